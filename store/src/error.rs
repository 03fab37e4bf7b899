//! What can go wrong below the rules of the product.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::codes::{self, Fault};

/// A database that failed, or holds what it must not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be reached, did not answer in time, or cannot work now. Nothing was
    /// done, and nothing is known to be wrong with the request.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),
    /// The same while a transaction was being committed: it may have happened or not.
    #[error("it is not known whether the transaction was committed")]
    Unsettled(#[source] DbErr),
    /// All connections to the database were in use for as long as the request could wait. Nothing
    /// was done.
    #[error("all connections to the database are in use")]
    Busy(#[source] DbErr),
    /// Another transaction was in the way (deadlock, serialisation, lock timeout): try again.
    #[error("the transaction lost against another one")]
    Contended(#[source] DbErr),
    /// A row breaks a unique constraint.
    #[error("not unique: {0}")]
    NotUnique(String),
    /// Any other failure of a statement.
    #[error("a statement failed")]
    Failed(#[source] DbErr),
    /// A row holds what the program never writes.
    #[error("the database holds an impossible value: {0}")]
    Corrupt(&'static str),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let fault = match &error {
            DbErr::ConnectionAcquire(_) => return Self::Busy(error),
            DbErr::Conn(_) => Fault::Unavailable,
            DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => codes::of_error(inner).fault,
            _ => Fault::Failed,
        };
        match fault {
            Fault::Unavailable => Self::Unavailable(error),
            Fault::Contended => Self::Contended(error),
            Fault::NotUnique => match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(what)) => Self::NotUnique(what),
                _ => Self::NotUnique(error.to_string()),
            },
            Fault::Failed => Self::Failed(error),
        }
    }
}
