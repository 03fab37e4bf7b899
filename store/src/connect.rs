//! Opening a database, and the two ways into it.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, RuntimeErr};
use sentinal_protocol::limits::CONVERSATIONS_MAX;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::connection::{
    Begin, COMMIT_SOMETHING, Pool, STATEMENT_LIMIT, Shared, Transaction, within_budget,
};
use crate::pooler::{Pooler, TCP_TIMEOUT, TIMEOUTS};
use crate::{StoreError, addresses};

/// How long SQLite waits for another process's lock (there is one only during a migration or a
/// backup; the program itself has one writer). Less than a statement may take, so that SQLite's own
/// word for it is heard.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Readers beside SQLite's one writer.
const SQLITE_READERS: u32 = 4;
/// Which part of the readers requests for files may take at once.
const FILE_READERS_PART: u32 = 4;
/// Memory of SQLite's page cache per connection, KiB.
const SQLITE_CACHE_KIB: u32 = 4 * 1024;

/// Where the database is.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// `sqlite://path?mode=rwc` or `postgres://user:password@host:port/name`; several servers are
    /// `host:port,host:port`, of which the one is used that takes writes.
    pub url: String,
    /// Connections to `PostgreSQL`, at most.
    pub connections_max: u32,
    /// What stands between.
    pub pooler: Pooler,
}

impl ConnectOptions {
    /// What sqlx needs to connect to each of the servers.
    pub(crate) fn servers(&self) -> Result<Vec<PgConnectOptions>, sqlx::Error> {
        let servers = addresses::options(&self.url)?.into_iter();
        Ok(match self.pooler {
            Pooler::None => servers.collect(),
            Pooler::PgBouncer => servers.map(|it| it.extra_float_digits(None)).collect(),
        })
    }
}

/// The database. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Pool,
    reader: Pool,
    shared: Arc<Shared>,
    /// Of whoever looks up a file.
    files: Arc<Semaphore>,
    conversations_max: u64,
}

/// Permits of those who look up files, beside so many readers in all.
fn file_permits(readers: u32) -> Arc<Semaphore> {
    let permits = (readers / FILE_READERS_PART).max(1);
    Arc::new(Semaphore::new(permits as usize))
}

impl Store {
    /// The same database, in which a user may take part in so many conversations
    /// ([`CONVERSATIONS_MAX`] unless this says otherwise).
    #[must_use]
    pub fn with_conversations_max(self, conversations_max: u64) -> Self {
        Self {
            conversations_max,
            ..self
        }
    }

    /// Conversations that a user may take part in.
    pub(crate) fn conversations_max(&self) -> u64 {
        self.conversations_max
    }

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
        let sqlite = SqliteConnectOptions::from_str(&options.url)
            .map_err(cannot_connect)?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
            .pragma("temp_store", "MEMORY")
            // Every join of ours has its index. One that SQLite builds for a single statement is a
            // walk through a whole table, or makes one look cheap.
            .pragma("automatic_index", "OFF")
            .foreign_keys(false)
            .disable_statement_logging();
        let shared = Arc::<Shared>::default();
        let writer = Shared::file_options()
            .max_connections(1)
            .connect_with(sqlite.clone())
            .await
            .map_err(cannot_connect)?;
        let reader = Shared::file_options()
            .max_connections(SQLITE_READERS)
            .connect_with(sqlite.pragma("query_only", "ON"))
            .await
            .map_err(cannot_connect)?;
        Ok(Self {
            writer: Pool::sqlite(writer, Arc::clone(&shared)),
            reader: Pool::sqlite(reader, Arc::clone(&shared)),
            shared,
            files: file_permits(SQLITE_READERS),
            conversations_max: CONVERSATIONS_MAX,
        })
    }

    async fn open_postgres(options: &ConnectOptions) -> Result<Self, StoreError> {
        let servers = options.servers().map_err(cannot_connect)?;
        let servers = servers
            .into_iter()
            .map(|server| match options.pooler {
                Pooler::None => server.options(TIMEOUTS.into_iter().chain([TCP_TIMEOUT])),
                // Set at the begin of each transaction.
                Pooler::PgBouncer => server,
            })
            .map(sqlx::ConnectOptions::disable_statement_logging)
            .collect();
        let shared = Arc::new(Shared::behind(options.pooler));
        let opening = Pool::postgres(servers, options.connections_max, Arc::clone(&shared));
        let pool = opening.await.map_err(cannot_connect)?;
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            shared,
            files: file_permits(options.connections_max),
            conversations_max: CONVERSATIONS_MAX,
        })
    }

    /// Which database this is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Starts a transaction that may write. On SQLite it holds the write lock from here on: a
    /// transaction that only later turns into a writer would fail.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.writer.begin(Begin::Write).await
    }

    /// A connection for single reading statements.
    pub(crate) fn read(&self) -> &Pool {
        &self.reader
    }

    /// Waits until a file may be looked up, no longer than a statement may take.
    pub(crate) async fn file_permit(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        let acquired = within_budget(STATEMENT_LIMIT, self.files.acquire()).await;
        match acquired {
            Ok(Ok(permit)) => Ok(permit),
            // Nobody closes it, so it is the time that ran out.
            Ok(Err(_)) | Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into()),
        }
    }

    /// The connections that may write, for tests that set them up.
    #[cfg(test)]
    pub(crate) fn writer(&self) -> &Pool {
        &self.writer
    }

    /// A transaction in which every statement sees the same state. Keep it short: on SQLite an open
    /// one keeps the log from being checkpointed.
    pub(crate) async fn snapshot(&self) -> Result<Transaction, StoreError> {
        self.reader.begin(Begin::Snapshot).await
    }

    /// Whether the database answers and has been migrated.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reader
            .execute_unprepared("SELECT number FROM schema_steps LIMIT 1")
            .await?;
        Ok(())
    }

    /// Whether the last commit failed and none has succeeded since: writes may not be taken, which
    /// [`Store::probe_write`] finds out.
    pub fn writes_fail(&self) -> bool {
        self.shared.writes_fail()
    }

    /// Commits a write that leaves nothing behind.
    pub async fn probe_write(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        // No process has this id, and nobody sees the row.
        let nobody = uuid::Uuid::nil();
        for text in [
            "INSERT INTO nodes (id, seen_at) VALUES ($1, 0)",
            "DELETE FROM nodes WHERE id = $1",
        ] {
            let statement = crate::dialect::sql(self.backend(), text, [nobody.into()]);
            tx.execute_raw(statement).await?;
        }
        tx.commit().await
    }

    /// Answers once all that was visible before is on the synchronous standby, if there is one: for answers
    /// that are read and not written. A row may be visible that is not there, because its server crashed or
    /// somebody ended its wait; a commit that follows it in the log takes it along.
    pub(crate) async fn confirm_visible(&self) -> Result<(), StoreError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(());
        }
        let tx = self.begin().await?;
        tx.execute_unprepared(COMMIT_SOMETHING).await?;
        tx.commit().await
    }

    /// Statements that were run since it was opened, those in transactions included.
    pub fn statements(&self) -> u64 {
        self.shared.statements()
    }

    /// Closes all connections, within five seconds; on SQLite the log is checkpointed into the
    /// database file.
    pub async fn close(self) -> Result<(), StoreError> {
        // Both at once: the deadline holds for all of it.
        let (reader, writer) = tokio::join!(self.reader.close(), self.writer.close());
        reader.and(writer)
    }
}

fn cannot_connect(error: sqlx::Error) -> StoreError {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into()
}
