//! A fresh database for a test: always `SQLite`, and `PostgreSQL` where `TEST_POSTGRES_URL` names a
//! server on which databases may be made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use sea_orm::{ConnectionTrait, Database};
use sentinal_store::{ConnectOptions, Store};
use uuid::Uuid;

/// Runs a test on a fresh, migrated database of each kind.
pub async fn on_each_database(test: impl AsyncFn(Store)) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("test.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let store = open(url).await;
    test(store.clone()).await;
    store.close().await.unwrap();

    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        let name = format!("sentinal_{}", Uuid::now_v7().simple());
        let admin = Database::connect(&server).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let store = open(format!("{base}/{name}")).await;
        test(store.clone()).await;
        store.close().await.unwrap();
        admin
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
    }
}

async fn open(url: String) -> Store {
    let options = ConnectOptions {
        url,
        connections_max: 8,
    };
    let store = Store::open(&options).await.unwrap();
    sentinal_migration::migrate(store.for_migration())
        .await
        .unwrap();
    store
}
