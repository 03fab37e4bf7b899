//! Opening a database, and the two ways into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions as SeaOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::StoreError;

/// How long a statement waits for a connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long SQLite waits for another process's lock (there is one only during a migration or a
/// backup; the program itself has one writer).
const SQLITE_BUSY_TIMEOUT_MS: u32 = 5_000;
/// Readers beside SQLite's one writer.
const SQLITE_READERS: u32 = 4;
/// Memory of SQLite's page cache per connection, KiB.
const SQLITE_CACHE_KIB: u32 = 4 * 1024;

/// Where the database is.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// `sqlite://path?mode=rwc` or `postgres://user:password@host:port/name`.
    pub url: String,
    /// Connections to PostgreSQL, at most.
    pub connections_max: u32,
}

/// The database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    backend: DbBackend,
    statements: Arc<AtomicU64>,
}

impl Store {
    /// Opens the database; creates an SQLite file that is not there yet.
    pub async fn open(options: &ConnectOptions) -> Result<Self, StoreError> {
        if options.url.starts_with("sqlite:") {
            Self::open_sqlite(options).await
        } else {
            Self::open_postgres(options).await
        }
    }

    async fn open_sqlite(options: &ConnectOptions) -> Result<Self, StoreError> {
        // WAL lets readers work beside the writer. FULL makes a commit wait for the disk: NORMAL
        // loses answered rows at a power cut.
        let pragmas = |read_only: bool| {
            move |sqlite: sea_orm::sqlx::sqlite::SqliteConnectOptions| {
                let sqlite = sqlite
                    .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sea_orm::sqlx::sqlite::SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_millis(u64::from(SQLITE_BUSY_TIMEOUT_MS)))
                    .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
                    .pragma("temp_store", "MEMORY")
                    .foreign_keys(false);
                if read_only {
                    sqlite.pragma("query_only", "ON")
                } else {
                    sqlite
                }
            }
        };
        let mut writer = SeaOptions::new(options.url.clone());
        writer
            .max_connections(1)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(pragmas(false));
        let mut writer = Database::connect(writer).await?;
        let mut reader = SeaOptions::new(options.url.clone());
        reader
            .max_connections(SQLITE_READERS)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(pragmas(true));
        let mut reader = Database::connect(reader).await?;
        let statements = Arc::default();
        count(&mut writer, &statements);
        count(&mut reader, &statements);
        Ok(Self {
            writer,
            reader,
            backend: DbBackend::Sqlite,
            statements,
        })
    }

    async fn open_postgres(options: &ConnectOptions) -> Result<Self, StoreError> {
        let mut sea = SeaOptions::new(options.url.clone());
        sea.max_connections(options.connections_max)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(|postgres| {
                // So that a node that vanishes does not hold a head's lock.
                postgres.options([
                    ("lock_timeout", "1s"),
                    ("statement_timeout", "3s"),
                    ("idle_in_transaction_session_timeout", "5s"),
                    ("tcp_user_timeout", "5s"),
                ])
            });
        let mut pool = Database::connect(sea).await?;
        let statements = Arc::default();
        count(&mut pool, &statements);
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            backend: DbBackend::Postgres,
            statements,
        })
    }

    /// Which database this is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Starts a transaction that may write. On SQLite it holds the write lock from here on: a
    /// transaction that only later turns into a writer would fail.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let transaction = match self.backend {
            DbBackend::Sqlite => {
                self.writer
                    .begin_with_options(TransactionOptions {
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..Default::default()
                    })
                    .await?
            }
            _ => self.writer.begin().await?,
        };
        Ok(transaction)
    }

    /// A connection for single reading statements.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// A transaction in which every statement sees the same state. Keep it short: on SQLite an open
    /// one keeps the log from being checkpointed.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let transaction = match self.backend {
            DbBackend::Sqlite => self.reader.begin().await?,
            _ => {
                self.reader
                    .begin_with_config(
                        Some(IsolationLevel::RepeatableRead),
                        Some(AccessMode::ReadOnly),
                    )
                    .await?
            }
        };
        Ok(transaction)
    }

    /// The connection on which migrations run.
    pub fn for_migration(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether the database answers and has been migrated.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader
            .execute_unprepared("SELECT version FROM seaql_migrations LIMIT 1")
            .await?;
        Ok(())
    }

    /// Statements that were run since it was opened, those in transactions included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Closes all connections; on SQLite the log is checkpointed into the database file.
    pub async fn close(self) -> Result<(), StoreError> {
        if self.backend == DbBackend::Sqlite {
            self.reader.close().await?;
        }
        self.writer.close().await?;
        Ok(())
    }
}

/// Counts the statements of a connection from now on.
fn count(connection: &mut DatabaseConnection, statements: &Arc<AtomicU64>) {
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
}
