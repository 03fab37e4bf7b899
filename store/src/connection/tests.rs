//! What becomes of a connection whose transaction failed, on both databases.

use sea_orm::ConnectionTrait as _;

use super::*;
use crate::dialect::{column, sql};
use crate::{ConnectOptions, Store};

/// A store with two small tables: `child` refers to `parent`, which is checked at the commit.
async fn with_deferred_check(url: &str) -> Store {
    let options = ConnectOptions {
        url: url.to_owned(),
        connections_max: 1,
        pooler: crate::Pooler::None,
    };
    let store = Store::open(&options).await.unwrap();
    let schema = [
        "CREATE TABLE parent (id BIGINT PRIMARY KEY)",
        "CREATE TABLE child (id BIGINT PRIMARY KEY, parent_id BIGINT NOT NULL \
         REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
    ];
    for text in schema {
        store.writer().execute_unprepared(text).await.unwrap();
    }
    store
}

/// SQLite checks references only where it is told to, connection by connection.
async fn check_references(store: &Store) {
    if store.backend() == DbBackend::Sqlite {
        let pragma = "PRAGMA foreign_keys = ON";
        store.writer().execute_unprepared(pragma).await.unwrap();
    }
}

async fn insert_child(tx: &Transaction, id: i64, parent: i64) -> Result<ExecResult, DbErr> {
    let text = "INSERT INTO child (id, parent_id) VALUES ($1, $2)";
    let values = [id.into(), parent.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await
}

async fn insert_pair(tx: &Transaction, id: i64) {
    let text = "INSERT INTO parent (id) VALUES ($1)";
    let statement = sql(tx.get_database_backend(), text, [id.into()]);
    tx.execute_raw(statement).await.unwrap();
    insert_child(tx, id, id).await.unwrap();
}

async fn children(store: &Store) -> i64 {
    let text = "SELECT COUNT(*) AS n FROM child";
    let statement = sql(store.backend(), text, []);
    let row = store.read().query_one_raw(statement).await.unwrap();
    column(&row.unwrap(), "n").unwrap()
}

/// Runs a test on SQLite, and on `PostgreSQL` where `TEST_POSTGRES_URL` names a server.
async fn on_each(test: impl AsyncFn(String)) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("test.db");
    test(format!("sqlite://{}?mode=rwc", file.display())).await;
    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        let name = format!("sentinal_{}", uuid::Uuid::now_v7().simple());
        let admin = sea_orm::Database::connect(&server).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        admin.execute_unprepared(&create).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        test(format!("{base}/{name}")).await;
        let remove = format!("DROP DATABASE {name} WITH (FORCE)");
        admin.execute_unprepared(&remove).await.unwrap();
    }
}

/// sqlx 0.9.0 would take the next transaction for a savepoint of the one that failed: it would answer
/// that everything is committed, and nothing would be.
#[tokio::test]
async fn what_is_committed_after_a_failed_commit_is_there_after_a_restart() {
    on_each(async |url| {
        let store = with_deferred_check(&url).await;
        check_references(&store).await;
        let tx = store.begin().await.unwrap();
        insert_child(&tx, 0, 404).await.unwrap();
        assert!(tx.commit().await.is_err(), "the commit fails");
        for id in 1..=50 {
            let tx = store.begin().await.unwrap();
            insert_pair(&tx, id).await;
            tx.commit().await.unwrap();
        }
        assert_eq!(children(&store).await, 50);
        store.close().await.unwrap();
        let options = ConnectOptions {
            url,
            connections_max: 1,
            pooler: crate::Pooler::None,
        };
        let store = Store::open(&options).await.unwrap();
        assert_eq!(children(&store).await, 50, "after a restart");
        store.close().await.unwrap();
    })
    .await;
}

/// `PostgreSQL` answers such a commit as if it had succeeded.
#[tokio::test]
async fn a_transaction_with_a_failed_statement_cannot_be_committed() {
    on_each(async |url| {
        let store = with_deferred_check(&url).await;
        let tx = store.begin().await.unwrap();
        insert_child(&tx, 1, 1).await.unwrap();
        assert!(tx.execute_unprepared("SELECT nothing").await.is_err());
        assert!(
            insert_child(&tx, 2, 2).await.is_err(),
            "nothing more of it is run"
        );
        assert!(tx.commit().await.is_err());
        assert_eq!(children(&store).await, 0);
        store.close().await.unwrap();
    })
    .await;
}

/// A runtime that ends drops what its tasks hold: nothing can be spawned any more, and a panic there
/// would abort the process.
#[test]
fn a_connection_may_be_dropped_outside_of_a_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    runtime().block_on(on_each(async |url| {
        std::thread::spawn(move || {
            let runtime = runtime();
            let (store, tx) = runtime.block_on(async {
                let store = with_deferred_check(&url).await;
                let tx = store.begin().await.unwrap();
                insert_pair(&tx, 1).await;
                (store, tx)
            });
            drop(tx);
            runtime.block_on(async {
                assert_eq!(children(&store).await, 0);
                store.close().await.unwrap();
            });
        })
        .join()
        .unwrap();
    }));
}

/// Its connection is in the middle of something: it is closed, and there is another one at once.
#[tokio::test]
async fn a_statement_that_nobody_waits_for_any_more_takes_its_connection_along() {
    on_each(async |url| {
        let store = with_deferred_check(&url).await;
        let tx = store.begin().await.unwrap();
        insert_child(&tx, 1, 1).await.unwrap();
        let slow = match store.backend() {
            DbBackend::Sqlite => {
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) \
                 SELECT COUNT(*) FROM n"
            }
            _ => "SELECT pg_sleep(2)",
        };
        let statement = sql(store.backend(), slow, []);
        let asked = tokio::time::timeout(Duration::from_millis(20), tx.query_one_raw(statement));
        assert!(asked.await.is_err(), "it is slow");
        drop(tx);
        assert_eq!(children(&store).await, 0, "rolled back");
        let tx = store.begin().await.unwrap();
        insert_pair(&tx, 2).await;
        tx.commit().await.unwrap();
        assert_eq!(children(&store).await, 1);
        store.close().await.unwrap();
    })
    .await;
}

/// The one connection is taken: whoever waits hears that all are in use, within the request's
/// budget, and not that the database is away.
#[tokio::test]
async fn a_pool_without_a_free_connection_has_an_error_of_its_own() {
    on_each(async |url| {
        let store = with_deferred_check(&url).await;
        let tx = store.begin().await.unwrap();
        let started = std::time::Instant::now();
        let refused = with_budget(store.begin()).await;
        assert!(matches!(refused, Err(StoreError::Busy(_))));
        assert!(started.elapsed() < Duration::from_secs(3));
        tx.rollback().await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}

/// A failed write makes the store say so until one succeeds.
#[tokio::test]
async fn a_store_knows_whether_writes_are_taken() {
    let shared = Shared::default();
    let away = || DbErr::Conn(RuntimeErr::Internal("away".to_owned()));
    shared.note_failure(Begin::Snapshot, &StoreError::Unavailable(away()));
    assert!(!shared.writes_fail(), "a read that failed says nothing");
    shared.note_failure(Begin::Write, &StoreError::Failed(away()));
    assert!(!shared.writes_fail(), "our own fault");
    shared.note_failure(Begin::Write, &StoreError::Unavailable(away()));
    assert!(shared.writes_fail());
    shared.trust.write_committed();
    assert!(!shared.writes_fail());
}

/// A server that takes connections and never says a word, like a host that vanished.
#[tokio::test]
async fn a_database_that_never_answers_is_given_up_on() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let options = ConnectOptions {
        url: format!("postgres://nobody@127.0.0.1:{port}/nothing"),
        connections_max: 1,
        pooler: crate::Pooler::None,
    };
    let started = std::time::Instant::now();
    assert!(Store::open(&options).await.is_err());
    assert!(started.elapsed() < Duration::from_secs(5));
}
