//! The one connection of a migration: no pool, no timeouts, no transactions but those written out.
//!
//! A plain connection and not a `DatabaseConnection`: sea-orm's is a pool, and sqlx-sqlite 0.9
//! believes in a transaction that a failed COMMIT has ended. Here BEGIN and COMMIT are statements
//! like others, and after any failure the connection is closed, which ends what was begun.

use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgRow};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions as _, Connection as _, FromRow, PgConnection,
    SqliteConnection,
};
use tokio::time::Instant;

use crate::MigrationError;

/// The key of PostgreSQL's advisory lock, "sentinal" in ASCII.
const LOCK_KEY: i64 = 0x7365_6e74_696e_616c;
/// How often a lock that another process holds is tried again. Waiting inside a statement would
/// keep a snapshot open on PostgreSQL, for which a concurrent index of the holder would wait.
const LOCK_RETRY: Duration = Duration::from_millis(200);
/// How long another process may migrate until this one gives up: longer than an index on a large
/// table takes.
const LOCK_WAIT_MAX: Duration = Duration::from_hours(1);
/// How often it is said in the log that another process is waited for.
const LOCK_REPORT: Duration = Duration::from_secs(10);
/// How long opening a connection, or a question that needs no work, may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// SQLite's codes for a file that another connection has locked, without their extensions.
const SQLITE_BUSY: [i32; 2] = [5, 6];

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// An open connection.
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    /// Opens it; creates an SQLite file that is not there yet.
    pub(crate) async fn open(url: &str) -> Result<Self, MigrationError> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else {
            Self::open_postgres(url).await
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, MigrationError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(MigrationError::Url)?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCK_RETRY)
            .foreign_keys(false)
            .disable_statement_logging();
        let mut wait = LockWait::start();
        loop {
            // Turning a new file to WAL cannot wait for its lock by itself.
            match SqliteConnection::connect_with(&options).await {
                Ok(connection) => return Ok(Self::Sqlite(connection)),
                Err(error) if is_busy(&error) => wait.again().await?,
                Err(error) => return Err(MigrationError::Open(error)),
            }
        }
    }

    async fn open_postgres(url: &str) -> Result<Self, MigrationError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(MigrationError::Url)?
            .disable_statement_logging();
        let opened = tokio::time::timeout(ANSWER_MAX, PgConnection::connect_with(&options)).await;
        let connection = opened
            .map_err(|_| MigrationError::Silent(ANSWER_MAX))?
            .map_err(MigrationError::Open)?;
        let mut connection = Self::Postgres(connection);
        // Whatever the URL, the role or the server sets; some of these are unknown to older servers.
        connection
            .execute(
                "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN \
                 ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', \
                 'idle_session_timeout', 'transaction_timeout')",
            )
            .await?;
        Ok(connection)
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// Runs a statement; answers how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: &str) -> Result<u64, sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        let changed = match self {
            Self::Sqlite(connection) => query.execute(connection).await?.rows_affected(),
            Self::Postgres(connection) => query.execute(connection).await?.rows_affected(),
        };
        #[cfg(test)]
        crate::tests::kills::after_statement();
        Ok(changed)
    }

    /// The rows of a query.
    pub(crate) async fn rows<T>(&mut self, query: &str) -> Result<Vec<T>, sqlx::Error>
    where
        T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
    {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_as(query).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(query).fetch_all(connection).await,
        }
    }

    /// Keeps other processes from migrating until the connection is closed, once they do not. On
    /// SQLite that is what [`Connection::begin`] does.
    pub(crate) async fn lock(&mut self) -> Result<(), MigrationError> {
        if self.backend() == Backend::Sqlite {
            return Ok(());
        }
        let mut wait = LockWait::start();
        let question = format!("SELECT pg_try_advisory_lock({LOCK_KEY})");
        loop {
            let asked = self.rows::<(bool,)>(&question);
            let locked = tokio::time::timeout(ANSWER_MAX, asked)
                .await
                .map_err(|_| MigrationError::Silent(ANSWER_MAX))??;
            if locked == [(true,)] {
                return Ok(());
            }
            wait.again().await?;
        }
    }

    /// Begins a transaction that writes; on SQLite once no other process does.
    pub(crate) async fn begin(&mut self) -> Result<(), MigrationError> {
        if self.backend() == Backend::Postgres {
            self.execute("BEGIN").await?;
            return Ok(());
        }
        let mut wait = LockWait::start();
        loop {
            match self.execute("BEGIN IMMEDIATE").await {
                Ok(_) => return Ok(()),
                Err(error) if is_busy(&error) => wait.again().await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Commits what was begun.
    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.execute("COMMIT").await?;
        Ok(())
    }

    /// Closes the connection: locks are given back, a transaction that is still open is undone.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
    }
}

/// Whether another connection had locked the SQLite file.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| SQLITE_BUSY.contains(&(code & 0xff)))
}

/// Patience with another process that migrates.
struct LockWait {
    since: Instant,
    reported: Option<Instant>,
}

impl LockWait {
    fn start() -> Self {
        Self {
            since: Instant::now(),
            reported: None,
        }
    }

    /// Waits for a moment; fails once it has been long enough.
    async fn again(&mut self) -> Result<(), MigrationError> {
        if self.since.elapsed() > LOCK_WAIT_MAX {
            return Err(MigrationError::Locked(LOCK_WAIT_MAX));
        }
        if self.reported.is_none_or(|at| at.elapsed() > LOCK_REPORT) {
            tracing::info!("another process migrates the database; waiting for it");
            self.reported = Some(Instant::now());
        }
        tokio::time::sleep(LOCK_RETRY).await;
        Ok(())
    }
}
