//! The few words in which SQLite and PostgreSQL differ for us, and the form of statements over a
//! batch of rows.
//!
//! **The batch drives.** A statement over a batch begins with [`with_rows`], which makes the batch a
//! table `v`, and reads `FROM v CROSS JOIN big WHERE ...`. SQLite keeps the order of a CROSS JOIN, so
//! each row of the batch is one step of an index, whatever the size of the batch, of the table, or
//! of what `ANALYZE` once found. Left to choose, it walks through the whole big table from about 100
//! rows on. PostgreSQL reads a CROSS JOIN with a WHERE as any other join. An update has no such form:
//! its batch is cut by [`updated_rows_max`]. `crate::plan` looks at the plans of all of them.

use sea_orm::{DbBackend, QueryResult, Statement, TryGetable, Value};

use crate::StoreError;

/// Variables that SQLite takes in one statement (PostgreSQL: 65,535).
const SQLITE_VARIABLES_MAX: usize = 32_766;

/// A statement with `$1`-style placeholders, in which a number may be repeated and come in any order.
pub(crate) fn sql(
    backend: DbBackend,
    text: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    if backend != DbBackend::Sqlite {
        return Statement::from_sql_and_values(backend, text, values);
    }
    let (text, values) = positional(&text.into(), values.into_iter().collect());
    debug_assert!(values.len() <= SQLITE_VARIABLES_MAX, "too many variables");
    Statement::from_sql_and_values(backend, text, values)
}

/// Turns `$1`-style placeholders into bare `?` and puts the values into the order in which the text
/// names them, one for each time that it does.
///
/// SQLite reads `$1`, and `?1` too, as the *name* of a variable and looks each one up in a list of
/// all: 30,000 of them take more than a second to parse and to bind, as many `?` some milliseconds.
fn positional(text: &str, values: Vec<Value>) -> (String, Vec<Value>) {
    let mut bare = String::with_capacity(text.len());
    let mut named: Vec<usize> = Vec::with_capacity(values.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\'', '"']) {
        let (before, from) = rest.split_at(at);
        bare.push_str(before);
        // A quote that is doubled inside of quotes reads like two quoted texts side by side.
        let quote = from.chars().next().filter(|sign| *sign != '$');
        let inside = from.get(1..).unwrap_or_default();
        let end = match quote {
            Some(quote) => inside.find(quote).map(|closing| closing + 2),
            None => inside
                .find(|sign: char| !sign.is_ascii_digit())
                .map(|digits| digits + 1),
        };
        let end = end.unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        match token.strip_prefix('$').map(str::parse::<usize>) {
            Some(Ok(number)) => {
                bare.push('?');
                named.push(number);
            }
            Some(Err(_)) | None => bare.push_str(token),
        }
        rest = after;
    }
    bare.push_str(rest);
    (bare, in_order(values, &named))
}

/// The values that `named` names, numbered from 1. A value is cloned only if it comes again later.
fn in_order(mut values: Vec<Value>, named: &[usize]) -> Vec<Value> {
    let as_they_are = named.len() == values.len() && named.iter().copied().eq(1..=values.len());
    if as_they_are {
        return values;
    }
    let mut uses = vec![0_usize; values.len()];
    let slot = |number: usize| number.checked_sub(1);
    for number in named {
        if let Some(uses) = slot(*number).and_then(|slot| uses.get_mut(slot)) {
            *uses += 1;
        }
    }
    let mut next = |number: usize| {
        let slot = slot(number)?;
        let (value, left) = (values.get_mut(slot)?, uses.get_mut(slot)?);
        *left -= 1;
        Some(if *left == 0 {
            std::mem::replace(value, Value::Bool(None))
        } else {
            value.clone()
        })
    };
    let ordered = named.iter().map(|number| {
        let value = next(*number);
        debug_assert!(value.is_some(), "${number} has no value");
        // PostgreSQL refuses the statement; SQLite reads a variable without value as NULL.
        value.unwrap_or(Value::Bool(None))
    });
    ordered.collect()
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

/// `WITH v (id, at) AS (VALUES ($1,$2),($3,$4))`: a batch of `rows` rows as table `v`, its columns
/// with PostgreSQL's types, from placeholder number `from` on. See the head of this file for how a
/// statement goes on from there.
pub(crate) fn with_rows(
    backend: DbBackend,
    columns: &[(&str, &str)],
    rows: usize,
    from: usize,
) -> String {
    let (names, types): (Vec<_>, Vec<_>) = columns.iter().copied().unzip();
    format!(
        "WITH v ({}) AS (VALUES {})",
        names.join(", "),
        values_rows(backend, &types, rows, from)
    )
}

/// Rows of a batch that one reading statement takes: PostgreSQL would rather walk through a whole
/// table from some thousands on.
pub(crate) const READ_ROWS_MAX: usize = 1_000;

/// Rows of a batch that one `UPDATE ... FROM v` takes: SQLite would walk through the whole table from
/// about 200 rows on, PostgreSQL from some thousands on.
pub(crate) fn updated_rows_max(backend: DbBackend) -> usize {
    if backend == DbBackend::Postgres {
        1_000
    } else {
        100
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(text: &str, values: &[i64]) -> (String, Vec<Value>) {
        positional(text, values.iter().map(|value| (*value).into()).collect())
    }

    fn expected(text: &str, values: &[i64]) -> (String, Vec<Value>) {
        let values = values.iter().map(|value| (*value).into());
        (text.to_owned(), values.collect())
    }

    #[test]
    fn placeholders_in_order_keep_their_values() {
        assert_eq!(
            translated("SELECT $1, $2 WHERE a = $3", &[7, 8, 9]),
            expected("SELECT ?, ? WHERE a = ?", &[7, 8, 9])
        );
    }

    #[test]
    fn a_repeated_number_repeats_its_value() {
        assert_eq!(
            translated("a = $1 AND b = $2 AND c = $1 OR d = $1", &[7, 8]),
            expected("a = ? AND b = ? AND c = ? OR d = ?", &[7, 8, 7, 7])
        );
    }

    #[test]
    fn numbers_out_of_order_reorder_the_values() {
        assert_eq!(
            translated("($3,$1),($2)", &[7, 8, 9]),
            expected("(?,?),(?)", &[9, 7, 8])
        );
    }

    #[test]
    fn ten_is_not_one_and_a_zero() {
        let values: Vec<i64> = (1..=10).collect();
        assert_eq!(translated("$10 $1", &values), expected("? ?", &[10, 1]));
    }

    #[test]
    fn what_is_quoted_stays() {
        assert_eq!(
            translated("'$1' || 'it''s $2' || \"$1\"\"$2\" || $1 || '", &[7]),
            expected("'$1' || 'it''s $2' || \"$1\"\"$2\" || ? || '", &[7])
        );
        assert_eq!(
            translated("'ä$1ä' = $1$", &[7]),
            expected("'ä$1ä' = ?$", &[7])
        );
    }

    /// What one statement may hold at most, numbered as the store does it, stays within what SQLite
    /// takes.
    #[test]
    fn the_largest_batch_fits_into_a_statement() {
        use crate::log::VARIABLES_MAX;
        let rows = values_rows(DbBackend::Sqlite, &["int8"; 5], VARIABLES_MAX / 5, 1);
        let values = (0..VARIABLES_MAX).map(|value| Value::from(value as u64));
        let statement = sql(DbBackend::Sqlite, rows, values);
        assert_eq!(statement.sql.matches('?').count(), VARIABLES_MAX);
        const { assert!(VARIABLES_MAX <= SQLITE_VARIABLES_MAX) };
    }
}
