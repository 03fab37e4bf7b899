//! How a transaction ends early: refused by a rule, or failed in the database.
//!
//! Inside a transaction both travel as one error, so that its steps read straight down with `?`.
//! Outside they part again: a refusal is an answer, a failure a [`StoreError`].

use sea_orm::DbErr;

use crate::StoreError;
use crate::connection::Transaction;
use crate::entry::Committed;

/// Why a transaction did not reach its end.
pub(crate) enum Stop<R> {
    /// A rule forbids it.
    Refused(R),
    /// The database failed.
    Failed(StoreError),
}

impl<R> From<StoreError> for Stop<R> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl<R> From<DbErr> for Stop<R> {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// What a change of conversations answers: the outcome or the rule that forbade it, and what it
/// committed.
pub type Settled<T, R> = (Result<T, R>, Vec<Committed>);

/// Commits what succeeded and takes back what was refused.
pub(crate) async fn settle<T, R>(
    tx: Transaction,
    done: Result<(T, Vec<Committed>), Stop<R>>,
) -> Result<Settled<T, R>, StoreError> {
    match done {
        Ok((outcome, committed)) => {
            tx.commit().await?;
            Ok((Ok(outcome), committed))
        }
        Err(Stop::Refused(refusal)) => {
            tx.rollback().await?;
            Ok((Err(refusal), Vec::new()))
        }
        Err(Stop::Failed(error)) => Err(error),
    }
}
