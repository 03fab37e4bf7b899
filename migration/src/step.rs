//! What a step is, and its statements in the words of each database.

use crate::connection::Backend;

/// A change of the schema.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Step {
    /// Its place, from 1 without gaps. The number of a program's last step is that program's number.
    pub number: i64,
    /// What it is about, in snake case.
    pub name: &'static str,
    /// The oldest program, by its number, that still runs on a database that has taken this step.
    ///
    /// A step that only expands (a table, an index, a column that may be NULL or has a default)
    /// leaves it as it was in the row before. One that contracts names the first program that did
    /// without what it takes away.
    pub oldest_program: i64,
    /// What it does.
    pub work: Work,
}

/// What a step does.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Work {
    /// Statements, each ended by `;`, in one transaction with the record of the step. Lines that
    /// begin with `--` are comments; no other `;` may be in the text.
    Transaction(&'static str),
    /// Tasks that each may be repeated after an interruption, and may run twice at once. The server
    /// may serve meanwhile, with the program before.
    Resumable(&'static [Task]),
}

/// Work that would hold its locks for too long in one transaction.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Task {
    /// An index on a large table, which PostgreSQL builds beside its writers.
    Index {
        /// `INDEX` or `UNIQUE INDEX`.
        kind: &'static str,
        /// The index's name.
        name: &'static str,
        /// `table (columns)`, with a condition if it is a partial one.
        on: &'static str,
    },
    /// A statement that changes a bounded number of rows (say `WHERE id IN (SELECT … LIMIT 1000)`),
    /// repeated until it changes none, each time in a transaction of its own.
    Rounds(&'static str),
}

/// The statements of a text, in the words of a database.
pub(crate) fn statements(text: &str, backend: Backend) -> Vec<String> {
    let is_comment = |line: &&str| line.trim_start().starts_with("--");
    let lines: Vec<_> = text.lines().filter(|line| !is_comment(line)).collect();
    let text = dialect(&lines.join("\n"), backend);
    let statements = text.split(';').map(str::trim);
    statements
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Puts the database's own words for UUID, BYTES, FOLDED and ROWLESS into a statement.
pub(crate) fn dialect(sql: &str, backend: Backend) -> String {
    let words = match backend {
        Backend::Postgres => [
            ("ROWLESS", ""),
            ("BYTES", "BYTEA"),
            ("FOLDED", "TEXT COLLATE \"C\""),
            ("UUID", "UUID"),
        ],
        Backend::Sqlite => [
            ("ROWLESS", "WITHOUT ROWID"),
            ("BYTES", "BLOB"),
            ("FOLDED", "TEXT"),
            ("UUID", "BLOB"),
        ],
    };
    words
        .iter()
        .fold(sql.to_owned(), |sql, (word, own)| sql.replace(word, own))
}

/// The tables that a text creates.
pub(crate) fn created_tables(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.strip_prefix("CREATE TABLE ")?;
        rest.split_whitespace().next()
    })
}
