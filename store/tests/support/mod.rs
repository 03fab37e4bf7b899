//! A fresh database for a test: always `SQLite`, and `PostgreSQL` where `TEST_POSTGRES_URL` names a
//! server on which databases may be made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use sentinal_store::{ConnectOptions, Store};
use uuid::Uuid;

/// Runs a test on a fresh, migrated database of each kind.
pub async fn on_each_database(test: impl AsyncFn(Store)) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("test.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    run(&test, url).await;

    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        let name = format!("sentinal_{}", Uuid::now_v7().simple());
        let admin = Database::connect(&server).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        run(&test, format!("{base}/{name}")).await;
        admin
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
    }
}

tokio::task_local! {
    static PAST_THE_STORE: DatabaseConnection;
}

/// Another connection to a store's database, for statements past the store. Only the task of
/// [`on_each_database`] itself may ask for it.
#[allow(dead_code, reason = "not every test binary looks past the store")]
pub fn past_the_store(_: &Store) -> DatabaseConnection {
    PAST_THE_STORE.with(DatabaseConnection::clone)
}

async fn run(test: &impl AsyncFn(Store), url: String) {
    sentinal_migration::migrate(&url).await.unwrap();
    let past_the_store = Database::connect(&url).await.unwrap();
    let options = ConnectOptions {
        url,
        connections_max: 8,
        pooler: sentinal_store::Pooler::None,
    };
    let store = Store::open(&options).await.unwrap();
    PAST_THE_STORE
        .scope(past_the_store.clone(), test(store.clone()))
        .await;
    store.close().await.unwrap();
    past_the_store.close().await.unwrap();
}
