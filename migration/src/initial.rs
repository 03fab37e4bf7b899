//! The schema, first edition.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates every table of the product.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000001_initial"
    }
}

/// Puts the database's own words for UUID, BYTES, FOLDED and ROWLESS into a statement.
fn dialect(sql: &str, backend: DbBackend) -> String {
    let words = if backend == DbBackend::Postgres {
        [
            ("ROWLESS", ""),
            ("BYTES", "BYTEA"),
            ("FOLDED", "TEXT COLLATE \"C\""),
            ("UUID", "UUID"),
        ]
    } else {
        [
            ("ROWLESS", "WITHOUT ROWID"),
            ("BYTES", "BLOB"),
            ("FOLDED", "TEXT"),
            ("UUID", "BLOB"),
        ]
    };
    words
        .iter()
        .fold(sql.to_owned(), |sql, (word, own)| sql.replace(word, own))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let schema: String = include_str!("initial.sql")
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        for statement in schema
            .split(';')
            .map(str::trim)
            .filter(|sql| !sql.is_empty())
        {
            let sql = dialect(statement, manager.get_database_backend());
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
