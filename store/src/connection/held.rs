//! One connection, checked out of its pool.
//!
//! It goes back only if its state is known. sqlx 0.9.0 gives every connection back, pings it without a
//! deadline, and keeps a transaction depth of its own that a failed `COMMIT` leaves at 1 although SQLite
//! has rolled back; from then on its `begin` is a savepoint and nothing is ever committed. So
//! transactions are begun and ended here by plain statements (sqlx's depth stays 0), and a
//! connection is closed after a failed `BEGIN`, `COMMIT` or `ROLLBACK`, after a code that says so
//! ([`crate::codes`]), after a missed deadline, and when a statement's future is dropped half-way.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor as _, Postgres, Sqlite};
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::time::error::Elapsed;

use super::budget::Wait;
use super::trust::{Loss, Trust};
use crate::codes::{self, Connection};

/// How long a connection may take to show that it is fit to go back.
const RETURN_LIMIT: Duration = Duration::from_secs(2);

pub(super) enum Live {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// The same code for both kinds.
macro_rules! on {
    ($live:expr, $connection:ident => $body:expr) => {
        match $live {
            Live::Sqlite($connection) => $body,
            Live::Postgres($connection) => $body,
        }
    };
}

impl Live {
    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, sqlx::Error> {
        let (text, values) = parts(statement);
        on!(self, connection => {
            let query = sqlx::query_with(text, values);
            Ok(query.execute(&mut **connection).await?.into())
        })
    }

    async fn fetch_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let (text, values) = parts(statement);
        on!(self, connection => {
            let query = sqlx::query_with(text, values);
            let rows = query.fetch_all(&mut **connection).await?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        })
    }

    async fn fetch_optional(
        &mut self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, sqlx::Error> {
        let (text, values) = parts(statement);
        on!(self, connection => {
            let query = sqlx::query_with(text, values);
            let row = query.fetch_optional(&mut **connection).await?;
            Ok(row.map(QueryResult::from))
        })
    }

    /// Without preparing it; one round trip.
    async fn execute_text(&mut self, text: String) -> Result<ExecResult, sqlx::Error> {
        on!(self, connection => {
            Ok((&mut **connection).execute(AssertSqlSafe(text)).await?.into())
        })
    }
}

fn parts(statement: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    let values = statement
        .values
        .unwrap_or(sea_orm::sea_query::Values(Vec::new()));
    (AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// A connection in use.
pub(super) struct Held {
    /// `None` once it was closed.
    live: Option<Live>,
    /// A statement has been handed to it and not ended.
    in_flight: bool,
    trust: Arc<Trust>,
}

impl Held {
    pub(super) fn new(live: Live, trust: Arc<Trust>) -> Self {
        Self {
            live: Some(live),
            in_flight: false,
            trust,
        }
    }

    /// Whether it may still be used.
    pub(super) fn is_open(&self) -> bool {
        self.live.is_some() && !self.in_flight
    }

    pub(super) async fn execute(
        &mut self,
        statement: Statement,
        wait: &Wait,
    ) -> Result<ExecResult, DbErr> {
        let live = Self::enter(&mut self.live, &mut self.in_flight)?;
        let outcome = tokio::time::timeout(wait.left(), live.execute(statement)).await;
        self.settle(outcome, DbErr::Exec)
    }

    pub(super) async fn fetch_all(
        &mut self,
        statement: Statement,
        wait: &Wait,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let live = Self::enter(&mut self.live, &mut self.in_flight)?;
        let outcome = tokio::time::timeout(wait.left(), live.fetch_all(statement)).await;
        self.settle(outcome, DbErr::Query)
    }

    pub(super) async fn fetch_optional(
        &mut self,
        statement: Statement,
        wait: &Wait,
    ) -> Result<Option<QueryResult>, DbErr> {
        let live = Self::enter(&mut self.live, &mut self.in_flight)?;
        let outcome = tokio::time::timeout(wait.left(), live.fetch_optional(statement)).await;
        self.settle(outcome, DbErr::Query)
    }

    pub(super) async fn execute_text(
        &mut self,
        text: impl Into<String>,
        wait: &Wait,
    ) -> Result<ExecResult, DbErr> {
        let live = Self::enter(&mut self.live, &mut self.in_flight)?;
        let outcome = tokio::time::timeout(wait.left(), live.execute_text(text.into())).await;
        self.settle(outcome, DbErr::Exec)
    }

    /// Marks that a statement is under way: whoever drops its future leaves the mark.
    fn enter<'a>(live: &'a mut Option<Live>, in_flight: &mut bool) -> Result<&'a mut Live, DbErr> {
        if *in_flight {
            return Err(gone());
        }
        let live = live.as_mut().ok_or_else(gone)?;
        *in_flight = true;
        Ok(live)
    }

    fn settle<T>(
        &mut self,
        outcome: Result<Result<T, sqlx::Error>, Elapsed>,
        kind: fn(RuntimeErr) -> DbErr,
    ) -> Result<T, DbErr> {
        self.in_flight = false;
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if codes::of_error(&error).connection == Connection::Close {
                    self.trust.lose(Loss::Broken);
                    self.close();
                }
                Err(kind(RuntimeErr::SqlxError(Arc::new(error))))
            }
            Err(_) => {
                self.trust.lose(Loss::Silent);
                self.close();
                Err(DbErr::Conn(RuntimeErr::Internal(
                    "the database did not answer in time".to_owned(),
                )))
            }
        }
    }

    /// Takes it out of the pool, which has room for another at once, and drops it: that closes its socket,
    /// or its file, and the database rolls back what was not committed. There is no farewell to a server
    /// that may not answer.
    pub(super) fn close(&mut self) {
        match self.live.take() {
            Some(Live::Sqlite(connection)) => drop(connection.detach()),
            Some(Live::Postgres(connection)) => drop(connection.detach()),
            None => {}
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.in_flight {
            self.close();
            return;
        }
        // Giving back tests the connection, which needs the runtime and a deadline: sqlx's own way back,
        // taken when a connection is simply dropped, has none.
        let Ok(runtime) = Handle::try_current() else {
            self.close();
            return;
        };
        match self.live.take() {
            Some(Live::Sqlite(mut connection)) => {
                runtime.spawn(tokio::time::timeout(
                    RETURN_LIMIT,
                    connection.return_to_pool(),
                ));
            }
            Some(Live::Postgres(mut connection)) => {
                runtime.spawn(tokio::time::timeout(
                    RETURN_LIMIT,
                    connection.return_to_pool(),
                ));
            }
            None => {}
        }
    }
}

fn gone() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(
        "the connection was closed after an earlier failure".to_owned(),
    ))
}
