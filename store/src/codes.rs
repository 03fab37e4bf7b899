//! What the databases' error codes mean: one table for both.
//!
//! It answers three questions: what the caller is told ([`Meaning::fault`]), whether the connection
//! may be used again, and (by [`Fault::Contended`]) whether the transaction may be repeated.
//! `PostgreSQL`'s codes are those of its manual's appendix A; where a whole class means one thing, the
//! class stands for its codes. SQLite's are the *primary* result codes of its C API: extended ones
//! (1544 is `READONLY_ROLLBACK`, 778 `IOERR_WRITE`, 1034 `IOERR_FSYNC`) carry them in the low byte.

use sea_orm::DbBackend;
use sea_orm::sqlx::Error;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;

/// What a failed statement means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database cannot do it now, whatever the request: 503.
    Unavailable,
    /// Another transaction was in the way: the transaction may be repeated.
    Contended,
    /// A unique constraint is broken.
    NotUnique,
    /// Anything else is a fault of ours: 500, logged with its number.
    Failed,
}

/// What becomes of the connection on which a code came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It is as good as before.
    Keep,
    /// Its state is unknown, or its server is no longer the one to talk to.
    Close,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) fault: Fault,
    pub(crate) connection: Connection,
}

const fn means(fault: Fault, connection: Connection) -> Meaning {
    Meaning { fault, connection }
}

/// An unknown code: a fault of ours. The statement failed, the connection did not.
const UNKNOWN: Meaning = means(Fault::Failed, Connection::Keep);

use Connection::{Close, Keep};
use Fault::{Contended, Failed, NotUnique, Unavailable};

/// `PostgreSQL`: whole codes first, then classes (two characters).
const POSTGRES: &[(&str, Meaning)] = &[
    ("23505", means(NotUnique, Keep)),
    // Read-only: after a failover, a kept connection leads to what is now a standby.
    ("25006", means(Unavailable, Close)),
    // The idle transaction was ended by its timeout.
    ("25P03", means(Unavailable, Close)),
    // Statement in a failed transaction, or none where one was expected: our bookkeeping is wrong.
    ("25P01", means(Failed, Close)),
    ("25P02", means(Failed, Close)),
    // A migration changed what a prepared statement answers.
    ("0A000", means(Contended, Close)),
    // A prepared statement that the server (or a pooler) no longer knows.
    ("26000", means(Contended, Close)),
    // The outcome of the statement is unknown.
    ("40003", means(Unavailable, Close)),
    ("40", means(Contended, Keep)),
    // Lock not available within lock_timeout.
    ("55P03", means(Contended, Keep)),
    ("55", means(Unavailable, Keep)),
    // Canceled: statement_timeout, or an operator.
    ("57014", means(Unavailable, Keep)),
    ("57", means(Unavailable, Close)),
    // Out of disk, memory or connections.
    ("53300", means(Unavailable, Close)),
    ("53", means(Unavailable, Keep)),
    ("08", means(Unavailable, Close)),
    // The system under it failed: an I/O error.
    ("58", means(Unavailable, Close)),
    // The server cannot be entered: a changed password, a dropped database.
    ("28", means(Unavailable, Close)),
    ("3D", means(Unavailable, Close)),
    // Internal error, corrupted data or index.
    ("XX", means(Failed, Close)),
];

/// SQLite, by primary result code.
const SQLITE: &[(u8, Meaning)] = &[
    // INTERNAL, PERM, ABORT
    (2, means(Failed, Close)),
    (3, means(Unavailable, Close)),
    (4, means(Unavailable, Close)),
    // BUSY, LOCKED: another process holds the file (a backup).
    (5, means(Unavailable, Keep)),
    (6, means(Unavailable, Keep)),
    // NOMEM, READONLY, INTERRUPT, IOERR
    (7, means(Unavailable, Close)),
    (8, means(Unavailable, Close)),
    (9, means(Unavailable, Close)),
    (10, means(Unavailable, Close)),
    // CORRUPT: answers cannot be trusted, and asking again does not help.
    (11, means(Failed, Close)),
    // FULL, CANTOPEN, PROTOCOL
    (13, means(Unavailable, Close)),
    (14, means(Unavailable, Close)),
    (15, means(Unavailable, Close)),
    // SCHEMA: another process changed the schema; the statement may be prepared again.
    (17, means(Contended, Keep)),
    // NOLFS, AUTH, NOTADB
    (22, means(Unavailable, Close)),
    (23, means(Unavailable, Close)),
    (26, means(Failed, Close)),
];

/// SQLite's extended codes for a broken unique constraint: `CONSTRAINT_UNIQUE`, `CONSTRAINT_PRIMARYKEY`,
/// `CONSTRAINT_ROWID`.
const SQLITE_NOT_UNIQUE: [u32; 3] = [2067, 1555, 2579];

/// What a database's code means.
pub(crate) fn meaning(backend: DbBackend, code: &str) -> Meaning {
    if backend == DbBackend::Sqlite {
        let Ok(number) = code.parse::<u32>() else {
            return UNKNOWN;
        };
        if SQLITE_NOT_UNIQUE.contains(&number) {
            return means(NotUnique, Keep);
        }
        let primary = number & 0xff;
        let row = SQLITE.iter().find(|(code, _)| u32::from(*code) == primary);
        return row.map_or(UNKNOWN, |(_, meaning)| *meaning);
    }
    let row = POSTGRES.iter().find(|(prefix, _)| code.starts_with(prefix));
    row.map_or(UNKNOWN, |(_, meaning)| *meaning)
}

/// What a failure of the driver means: a database's code, or that the connection is gone.
pub(crate) fn of_error(error: &Error) -> Meaning {
    match error {
        Error::Database(error) => of_database(error.as_ref()),
        // A row that is not what was asked for says nothing of the connection.
        Error::RowNotFound
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::ColumnDecode { .. }
        | Error::TypeNotFound { .. }
        | Error::Decode(_)
        | Error::Encode(_)
        | Error::InvalidArgument(_) => means(Failed, Keep),
        // No answer at all, or one that is not of the protocol.
        _ => means(Unavailable, Close),
    }
}

fn of_database(error: &dyn DatabaseError) -> Meaning {
    let backend = if error.try_downcast_ref::<SqliteError>().is_some() {
        DbBackend::Sqlite
    } else {
        DbBackend::Postgres
    };
    error.code().map_or(UNKNOWN, |code| meaning(backend, &code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PG: DbBackend = DbBackend::Postgres;
    const LITE: DbBackend = DbBackend::Sqlite;

    /// Every row is reachable: no earlier row hides it.
    #[test]
    fn each_row_of_the_table_says_what_its_code_means() {
        for (code, expected) in POSTGRES {
            let whole = if code.len() == 5 {
                (*code).to_owned()
            } else {
                format!("{code}999")
            };
            assert_eq!(meaning(PG, &whole), *expected, "{code}");
        }
        for (code, expected) in SQLITE {
            assert_eq!(meaning(LITE, &code.to_string()), *expected, "{code}");
            // Any extended code of the family means the same.
            let extended = (3_u32 << 8) | u32::from(*code);
            assert_eq!(meaning(LITE, &extended.to_string()), *expected, "{code}");
        }
    }

    #[test]
    fn codes_seen_in_the_field_are_known() {
        let rows = [
            (LITE, "1544", Unavailable, Close), // READONLY_ROLLBACK
            (LITE, "778", Unavailable, Close),  // IOERR_WRITE
            (LITE, "1034", Unavailable, Close), // IOERR_FSYNC
            (LITE, "4874", Unavailable, Close), // IOERR_SHMSIZE
            (LITE, "13", Unavailable, Close),   // FULL
            (LITE, "261", Unavailable, Keep),   // BUSY_RECOVERY
            (LITE, "2067", NotUnique, Keep),    // CONSTRAINT_UNIQUE
            (LITE, "1555", NotUnique, Keep),    // CONSTRAINT_PRIMARYKEY
            (LITE, "1299", Failed, Keep),       // CONSTRAINT_NOTNULL
            (LITE, "1", Failed, Keep),          // ERROR
            (PG, "25006", Unavailable, Close),  // read_only_sql_transaction
            (PG, "57P01", Unavailable, Close),  // admin_shutdown
            (PG, "57P05", Unavailable, Close),  // idle_session_timeout
            (PG, "57014", Unavailable, Keep),   // query_canceled
            (PG, "53100", Unavailable, Keep),   // disk_full
            (PG, "53300", Unavailable, Close),  // too_many_connections
            (PG, "08006", Unavailable, Close),  // connection_failure
            (PG, "40001", Contended, Keep),     // serialization_failure
            (PG, "40P01", Contended, Keep),     // deadlock_detected
            (PG, "40003", Unavailable, Close),  // statement_completion_unknown
            (PG, "55P03", Contended, Keep),     // lock_not_available
            (PG, "23505", NotUnique, Keep),     // unique_violation
            (PG, "23502", Failed, Keep),        // not_null_violation
            (PG, "42P01", Failed, Keep),        // undefined_table
            (PG, "99999", Failed, Keep),        // unknown
        ];
        for (backend, code, fault, connection) in rows {
            assert_eq!(meaning(backend, code), means(fault, connection), "{code}");
        }
        assert_eq!(meaning(LITE, "no number"), UNKNOWN);
    }
}
