//! Connections to the database: who gets one, for how long, and what becomes of it.
//!
//! A [`Pool`] runs single statements; a [`Transaction`] holds one connection from its begin to its
//! end. Every wait has a deadline of ours, waiting for a connection included: the database's own
//! timeouts (`statement_timeout`, `tcp_user_timeout`) act on its side only, and a host that vanishes
//! without a word would keep every caller for ever.

mod budget;
#[cfg(debug_assertions)]
mod faults;
mod held;
mod servers;
mod transaction;
mod trust;

pub use budget::{REQUEST_BUDGET, budget_left, with_budget, with_budget_of, within_budget};
pub(crate) use servers::{COMMIT_SOMETHING, name as server_name};
pub(crate) use transaction::{Begin, Transaction};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, PgPool, SqlitePool};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};

use self::budget::Wait;
use self::held::{Held, Live};
use self::servers::Servers;
use self::trust::{Loss, Trust};
use crate::StoreError;
use crate::pooler::Pooler;

/// How long one statement may take, waiting for a connection included. `PostgreSQL` ends statements
/// after 3 s by itself and then says why, so this is a little more; a request's budget is less.
pub(crate) const STATEMENT_LIMIT: Duration = Duration::from_millis(3_500);
/// How long closing may take: connections in use are waited for, and on SQLite the log is checkpointed.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
enum Kind {
    Sqlite(SqlitePool),
    Postgres(PgPool, Arc<Servers>),
}

/// Connections to one database. Cloning it is cheap. As a [`ConnectionTrait`] it runs statements that
/// only read, each on any connection.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    kind: Kind,
    shared: Arc<Shared>,
}

/// What all pools of a store share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    statements: AtomicU64,
    trust: Arc<Trust>,
    pooler: Pooler,
    #[cfg(debug_assertions)]
    faults: faults::Faults,
}

impl Shared {
    /// Of a store whose connections go through this.
    pub(crate) fn behind(pooler: Pooler) -> Self {
        Self {
            pooler,
            ..Self::default()
        }
    }

    /// Statements that were run since it was opened, those in transactions included.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the last write failed for want of a database, and none was committed since.
    pub(crate) fn writes_fail(&self) -> bool {
        self.trust.writes_fail()
    }

    /// Notes that a transaction failed, if it was to write and the database is to blame.
    fn note_failure(&self, begin: Begin, error: &StoreError) {
        if begin == Begin::Write && matches!(error, StoreError::Unavailable(_)) {
            self.trust.write_failed();
        }
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Options of a pool of connections to a file. Each of them fails alone and none grows old: on a
    /// full disk the last one to be closed could not be opened again, because the first to be opened
    /// writes the index of the log. No number of them is kept open: a pool that does so spawns a task
    /// whenever one is dropped, which panics where a runtime ends.
    pub(crate) fn file_options<D: sqlx::Database>() -> PoolOptions<D> {
        PoolOptions::new()
            .acquire_timeout(STATEMENT_LIMIT)
            // A round trip each time; what is lost is found by its failure.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    }

    /// Options of a pool of connections to whichever of these servers takes writes: none is used that lay
    /// idle while another one was lost, or that was opened before another server was chosen. No number of
    /// them is kept open, as for a file.
    fn server_options(&self, servers: &Arc<Servers>) -> PoolOptions<sqlx::Postgres> {
        let trust = Arc::clone(&self.trust);
        // The servers hold the pool.
        let (chosen, admitting) = (Arc::downgrade(servers), Arc::downgrade(servers));
        PoolOptions::new()
            .acquire_timeout(STATEMENT_LIMIT)
            .test_before_acquire(false)
            .before_acquire(move |_, of| {
                let current = chosen.upgrade().is_none_or(|it| it.allows(of.age));
                let allowed = current && trust.allows(of.idle_for);
                Box::pin(async move { Ok(allowed) })
            })
            .after_connect(move |connection, _| {
                let servers = admitting.clone();
                Box::pin(async move {
                    let servers = servers.upgrade().ok_or(sqlx::Error::PoolClosed)?;
                    servers.admit(connection).await
                })
            })
    }
}

impl Pool {
    pub(crate) fn sqlite(pool: SqlitePool, shared: Arc<Shared>) -> Self {
        let kind = Kind::Sqlite(pool);
        Self { kind, shared }
    }

    /// Connections to whichever of these servers takes writes.
    pub(crate) async fn postgres(
        servers: Vec<PgConnectOptions>,
        connections_max: u32,
        shared: Arc<Shared>,
    ) -> Result<Self, sqlx::Error> {
        let first = servers.first().cloned().unwrap_or_default();
        let servers = Servers::new(servers);
        shared.trust.watched_by(&servers);
        let pool = shared
            .server_options(&servers)
            .max_connections(connections_max)
            .connect_lazy_with(first);
        servers.serve(pool.clone()).await;
        // The first one now, so that whoever opens the database hears what is wrong with it.
        drop(pool.acquire().await?);
        let kind = Kind::Postgres(pool, servers);
        Ok(Self { kind, shared })
    }

    async fn acquire(&self, wait: &Wait) -> Result<Held, DbErr> {
        let acquired = tokio::time::timeout(wait.left(), async {
            Ok(match &self.kind {
                Kind::Sqlite(pool) => Live::Sqlite(pool.acquire().await?),
                Kind::Postgres(pool, _) => Live::Postgres(pool.acquire().await?),
            })
        });
        match acquired.await {
            Ok(Ok(live)) => Ok(Held::new(live, Arc::clone(&self.shared.trust))),
            Err(_) | Ok(Err(sqlx::Error::PoolTimedOut)) => Err(self.without_connection()),
            Ok(Err(error)) => {
                if let Kind::Postgres(_, servers) = &self.kind {
                    servers.lost();
                }
                Err(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
            }
        }
    }

    /// Why no connection came in time.
    fn without_connection(&self) -> DbErr {
        let (open, max) = match &self.kind {
            Kind::Sqlite(pool) => (pool.size(), pool.options().get_max_connections()),
            Kind::Postgres(pool, _) => (pool.size(), pool.options().get_max_connections()),
        };
        if open >= max && !self.shared.trust.lost_recently() {
            return DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        }
        self.shared.trust.lose(Loss::Silent);
        DbErr::Conn(RuntimeErr::Internal(
            "no connection could be opened in time".to_owned(),
        ))
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, begin: Begin) -> Result<Transaction, StoreError> {
        match self.try_begin(begin).await {
            Ok(held) => {
                let (backend, shared) = (self.get_database_backend(), Arc::clone(&self.shared));
                Ok(Transaction::begun(held, begin, backend, shared))
            }
            Err(error) => {
                let error = StoreError::from(error);
                self.shared.note_failure(begin, &error);
                Err(error)
            }
        }
    }

    /// A connection on which it fails is closed, and another one tried once: after a restart of the
    /// database each one that lay idle fails at its first use.
    async fn try_begin(&self, begin: Begin) -> Result<Held, DbErr> {
        let text = begin.text(self.get_database_backend(), self.shared.pooler);
        let wait = Wait::start(STATEMENT_LIMIT);
        let mut held = self.acquire(&wait).await?;
        if held.execute_text(text.clone(), &wait).await.is_ok() {
            return Ok(held);
        }
        held.close();
        held = self.acquire(&wait).await?;
        match held.execute_text(text, &wait).await {
            Ok(_) => Ok(held),
            Err(error) => {
                held.close();
                Err(error)
            }
        }
    }

    /// Closes all connections, in a bounded time.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let closed = async {
            match &self.kind {
                Kind::Sqlite(pool) => pool.close().await,
                Kind::Postgres(pool, _) => pool.close().await,
            }
        };
        tokio::time::timeout(CLOSE_LIMIT, closed)
            .await
            .map_err(|_| {
                let text = "its connections did not close in time".to_owned();
                DbErr::Conn(RuntimeErr::Internal(text)).into()
            })
    }
}

/// Runs a statement that only reads on any connection; once more on another one if the first was lost
/// before it answered.
macro_rules! read {
    ($pool:expr, $method:ident, $statement:expr) => {{
        let (pool, statement): (&Pool, Statement) = ($pool, $statement);
        pool.shared.count();
        let wait = Wait::start(STATEMENT_LIMIT);
        let mut held = pool.acquire(&wait).await?;
        let mut answer = held.$method(statement.clone(), &wait).await;
        if answer.is_err() && !held.is_open() && !wait.left().is_zero() {
            held = pool.acquire(&wait).await?;
            answer = held.$method(statement, &wait).await;
        }
        drop(held);
        answer
    }};
}

#[async_trait::async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        match &self.kind {
            Kind::Sqlite(_) => DbBackend::Sqlite,
            Kind::Postgres(..) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        read!(self, execute, statement)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.get_database_backend(), text);
        read!(self, execute, statement)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        read!(self, fetch_optional, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        read!(self, fetch_all, statement)
    }
}

#[cfg(test)]
mod tests;
