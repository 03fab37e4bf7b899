//! Which steps a database has taken, and whether it is one of ours at all.

use sea_orm::sqlx;

use crate::connection::{Backend, Connection};
use crate::step::created_tables;
use crate::{MigrationError, Step, Work};

/// The first step as sea-orm-migration recorded it, which ran the steps before this runner did.
const OLD_INITIAL: &str = "m20261122_000001_initial";
/// Where it did. Left alone: programs of that time look for it, and may still run beside this one.
const OLD_RECORD: &str = "seaql_migrations";
/// Where steps are recorded now.
const RECORD: &str = "schema_steps";

/// What was found in a database.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or nothing but the empty tables of a first start that was interrupted: these are to
    /// be dropped.
    New(Vec<String>),
    /// The first schema, recorded by the old runner alone.
    Old,
    /// Steps in order: number, name, oldest program.
    Recorded(Vec<(i64, String, i64)>),
}

/// Looks what a database is.
pub(crate) async fn find(
    connection: &mut Connection,
    steps: &[Step],
) -> Result<Found, MigrationError> {
    let tables = list_tables(connection).await?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    if has(RECORD) {
        let query = format!("SELECT number, name, oldest_program FROM {RECORD} ORDER BY number");
        let recorded: Vec<(i64, String, i64)> = connection.rows(&query).await?;
        if !recorded.is_empty() {
            return Ok(Found::Recorded(recorded));
        }
    }
    let first: Vec<&str> = match steps.first().map(|step| step.work) {
        Some(Work::Transaction(text)) => created_tables(text).collect(),
        Some(Work::Resumable(_)) | None => Vec::new(),
    };
    if has(OLD_RECORD) {
        let query = format!("SELECT version FROM {OLD_RECORD}");
        let versions: Vec<(String,)> = connection.rows(&query).await?;
        if versions.iter().any(|(version,)| version == OLD_INITIAL) {
            return match first.iter().find(|table| !has(table)) {
                Some(missing) => Err(MigrationError::Damaged((*missing).to_owned())),
                None => Ok(Found::Old),
            };
        }
        if !versions.is_empty() {
            return Err(MigrationError::NotOurs(OLD_RECORD.to_owned()));
        }
    }
    // The old runner made its own table, then, on SQLite, each table in a commit of its own, and
    // recorded the step last. Nobody was served before that, so its tables are empty.
    let interrupted = has(OLD_RECORD);
    let others = tables
        .into_iter()
        .filter(|table| table != RECORD && table != OLD_RECORD);
    let mut begun = Vec::new();
    for table in others {
        if !interrupted || !first.contains(&table.as_str()) {
            return Err(MigrationError::NotOurs(table));
        }
        let query = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        let rows: Vec<(bool,)> = connection.rows(&query).await?;
        if rows == [(true,)] {
            return Err(MigrationError::Half(table));
        }
        begun.push(table);
    }
    Ok(Found::New(begun))
}

/// The tables of a database but those that belong to it or to an extension.
async fn list_tables(connection: &mut Connection) -> Result<Vec<String>, MigrationError> {
    let query = match connection.backend() {
        Backend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' \
             AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        }
        Backend::Postgres => {
            "SELECT CAST(c.relname AS TEXT) FROM pg_class c \
             JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d \
             WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid \
             AND d.deptype = 'e') ORDER BY c.relname"
        }
    };
    let tables: Vec<(String,)> = connection.rows(query).await?;
    Ok(tables.into_iter().map(|(name,)| name).collect())
}

/// Creates the record.
pub(crate) async fn create(connection: &mut Connection) -> Result<(), sqlx::Error> {
    connection
        .execute(&format!(
            "CREATE TABLE IF NOT EXISTS {RECORD} (number BIGINT PRIMARY KEY, name TEXT NOT NULL, \
             oldest_program BIGINT NOT NULL, taken_at BIGINT NOT NULL)"
        ))
        .await?;
    Ok(())
}

/// Writes, in the transaction that is open, that a step was taken; may be repeated.
pub(crate) async fn insert(connection: &mut Connection, step: &Step) -> Result<(), sqlx::Error> {
    let now = match connection.backend() {
        Backend::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
        Backend::Postgres => "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)",
    };
    let Step {
        number,
        name,
        oldest_program,
        ..
    } = step;
    connection
        .execute(&format!(
            "INSERT INTO {RECORD} VALUES ({number}, '{name}', {oldest_program}, {now}) \
             ON CONFLICT (number) DO NOTHING"
        ))
        .await?;
    Ok(())
}
