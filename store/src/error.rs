//! What can go wrong below the rules of the product.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A database that failed, or holds what it must not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be reached or did not answer in time. Nothing is known to be wrong
    /// with the request; a commit in this state may have happened.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),
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

/// PostgreSQL's codes for serialization failure, deadlock, and lock not available.
const CONTENDED: [&str; 3] = ["40001", "40P01", "55P03"];

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(what)) = error.sql_err() {
            return Self::NotUnique(what);
        }
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error),
            DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
                match inner.as_database_error() {
                    // Server-side: admin shutdown, crash shutdown, cannot connect now, disk full.
                    Some(database) => match database.code().as_deref() {
                        Some(code) if CONTENDED.contains(&code) => Self::Contended(error),
                        Some(
                            "57P01" | "57P02" | "57P03" | "53100" | "53300" | "25P03" | "57014"
                            | "5" | "10" | "13",
                        ) => Self::Unavailable(error),
                        Some(_) | None => Self::Failed(error),
                    },
                    // No answer of the server at all: the connection is gone.
                    None => Self::Unavailable(error),
                }
            }
            _ => Self::Failed(error),
        }
    }
}
