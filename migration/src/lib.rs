//! The database schema in steps, the same on SQLite and PostgreSQL.
//!
//! Stands alone: a step that has been released never changes, even when the models do. Several
//! nodes may start at once on one PostgreSQL; an advisory lock lets one of them migrate while the
//! others wait. On SQLite the first writer's lock does the same.

mod initial;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait,
};

/// The key of PostgreSQL's advisory lock, "sentinal" in ASCII.
const LOCK_KEY: i64 = 0x7365_6e74_696e_616c;

/// The steps in order.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(initial::Migration)]
    }
}

/// Brings the schema up to date; does nothing if it already is.
pub async fn migrate(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Migrator::up(connection, None).await;
    }
    // The lock belongs to the transaction of this one connection and goes with it, also when the
    // process dies.
    let lock = connection.begin().await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK_KEY})"))
        .await?;
    let outcome = Migrator::up(connection, None).await;
    lock.commit().await?;
    outcome
}

/// Whether every step has been taken.
pub async fn is_current(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(Migrator::get_pending_migrations(connection)
        .await?
        .is_empty())
}
