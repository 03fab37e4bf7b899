//! The few words in which SQLite and PostgreSQL differ for us.

use sea_orm::{DbBackend, QueryResult, Statement, TryGetable, Value};

use crate::StoreError;

/// A statement with `$1`-style placeholders, which both databases read.
pub(crate) fn sql(
    backend: DbBackend,
    text: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(backend, text, values)
}

/// `FOR UPDATE` where rows are locked one by one; SQLite's write lock covers everything already.
pub(crate) fn for_update(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        " FOR UPDATE"
    } else {
        ""
    }
}

/// A column of a row, named.
pub(crate) fn column<T: TryGetable>(row: &QueryResult, name: &str) -> Result<T, StoreError> {
    Ok(row.try_get("", name)?)
}

/// A counter of the database as the unsigned number that it is.
pub(crate) fn counter(row: &QueryResult, name: &str) -> Result<u64, StoreError> {
    unsigned(column::<i64>(row, name)?)
}

/// A stored number that is never negative.
pub(crate) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("a negative counter"))
}

/// A counter as the database keeps it; past 2^63 it would have overflowed long ago.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `($1,$2),($3,$4)` for `rows` rows of as many columns as there are `types`, from placeholder
/// number `from` on. PostgreSQL learns the types from casts in the first row.
pub(crate) fn values_rows(backend: DbBackend, types: &[&str], rows: usize, from: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(rows * types.len() * 6);
    let mut placeholder = from;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for (index, kind) in types.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "${placeholder}");
            if row == 0 && backend == DbBackend::Postgres {
                let _ = write!(text, "::{kind}");
            }
            placeholder += 1;
        }
        text.push(')');
    }
    text
}

/// `$1,$2,$3` for `count` placeholders from number `from` on.
pub(crate) fn placeholders(count: usize, from: usize) -> String {
    (from..from + count)
        .map(|n| format!("${n}"))
        .collect::<Vec<_>>()
        .join(",")
}
