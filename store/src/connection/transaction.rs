//! A transaction: one connection from begin to end.
//!
//! Once a statement of it has failed, nothing more of it is run and it cannot be committed. `PostgreSQL`
//! does the same by itself, but answers the `COMMIT` of a failed transaction as if it had succeeded; SQLite
//! may have rolled back, and would run what follows as statements of their own.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::budget::Wait;
use super::held::Held;
use super::{STATEMENT_LIMIT, Shared};
use crate::StoreError;
use crate::pooler::{Pooler, TIMEOUTS};

/// How long a rollback may take that nobody waits for.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(2);

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It may write. On SQLite it takes the write lock at once: one that only later turns into a writer
    /// would fail.
    Write,
    /// It reads, and every statement of it sees the same state.
    Snapshot,
}

impl Begin {
    /// The statement that begins it. Behind a pooler the timeouts go with it, in the same message: a
    /// connection to the database is ours only from here to the commit.
    pub(super) fn text(self, backend: DbBackend, pooler: Pooler) -> Cow<'static, str> {
        let text = match (self, backend) {
            (Self::Write, DbBackend::Sqlite) => "BEGIN IMMEDIATE",
            (Self::Snapshot, DbBackend::Sqlite) | (Self::Write, _) => "BEGIN",
            (Self::Snapshot, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        match pooler {
            Pooler::None => text.into(),
            Pooler::PgBouncer => {
                let set = |(name, value)| format!("; SET LOCAL {name} = '{value}'");
                let timeouts: String = TIMEOUTS.into_iter().map(set).collect();
                format!("{text}{timeouts}").into()
            }
        }
    }
}

/// A running transaction. Dropped without a commit, it is rolled back.
pub(crate) struct Transaction {
    /// `None` once it has ended.
    open: Mutex<Option<Open>>,
    begin: Begin,
    backend: DbBackend,
    shared: Arc<Shared>,
}

struct Open {
    held: Held,
    failed: bool,
}

impl Transaction {
    pub(super) fn begun(held: Held, begin: Begin, backend: DbBackend, shared: Arc<Shared>) -> Self {
        let open = Open {
            held,
            failed: false,
        };
        Self {
            open: Mutex::new(Some(open)),
            begin,
            backend,
            shared,
        }
    }

    /// Ends it. A database that fails now leaves open whether it was committed:
    /// [`StoreError::Unsettled`]. After any failure the connection is closed.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let Some(Open { mut held, failed }) = self.open.get_mut().take() else {
            return Err(ended().into());
        };
        if failed {
            held.close();
            return Err(failed_before().into());
        }
        let wait = Wait::start(STATEMENT_LIMIT);
        #[cfg(debug_assertions)]
        let committed = match self.shared.faults.next_commit() {
            None => held.execute_text("COMMIT", &wait).await,
            Some(super::faults::CommitFault::Refused) => Err(super::faults::injected()),
            Some(super::faults::CommitFault::AnswerLost) => {
                held.execute_text("COMMIT", &wait).await?;
                Err(super::faults::injected())
            }
        };
        #[cfg(not(debug_assertions))]
        let committed = held.execute_text("COMMIT", &wait).await;
        match committed {
            Ok(_) => {
                self.shared.trust.write_committed();
                Ok(())
            }
            Err(error) => {
                held.close();
                let error = StoreError::from(error);
                self.shared.note_failure(self.begin, &error);
                Err(match error {
                    StoreError::Unavailable(error) => StoreError::Unsettled(error),
                    error => error,
                })
            }
        }
    }

    /// Ends it without a trace.
    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        if let Some(Open { mut held, .. }) = self.open.get_mut().take() {
            let wait = Wait::start(STATEMENT_LIMIT);
            if let Err(error) = held.execute_text("ROLLBACK", &wait).await {
                held.close();
                return Err(error.into());
            }
        }
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(Open { mut held, .. }) = self.open.get_mut().take() else {
            return;
        };
        if !held.is_open() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            held.close();
            return;
        };
        runtime.spawn(async move {
            let wait = Wait::start(ROLLBACK_LIMIT);
            if held.execute_text("ROLLBACK", &wait).await.is_err() {
                held.close();
            }
        });
    }
}

/// Runs a statement of a transaction and notes its failure.
macro_rules! run {
    ($transaction:expr, $method:ident, $statement:expr) => {{
        let transaction: &Transaction = $transaction;
        transaction.shared.count();
        let mut open = transaction.open.lock().await;
        let open = open.as_mut().ok_or_else(ended)?;
        if open.failed {
            return Err(failed_before());
        }
        let wait = Wait::start(STATEMENT_LIMIT);
        // Until it has ended well: its future may be dropped.
        open.failed = true;
        let answer = open.held.$method($statement, &wait).await;
        open.failed = answer.is_err();
        if let Err(error) = &answer {
            let error = StoreError::from(error.clone());
            transaction.shared.note_failure(transaction.begin, &error);
        }
        answer
    }};
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run!(self, execute, statement)
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        run!(self, execute_text, text)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run!(self, fetch_optional, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run!(self, fetch_all, statement)
    }
}

fn ended() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the transaction has ended".to_owned()))
}

fn failed_before() -> DbErr {
    let text = "a statement of this transaction failed before".to_owned();
    DbErr::Exec(RuntimeErr::Internal(text))
}
