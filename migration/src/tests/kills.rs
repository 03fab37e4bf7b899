//! Processes that die in the middle of a migration: this test program starts itself, and the child
//! aborts after a given number of statements.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicI64, Ordering};

use super::{TestDatabase, expected, first_schema, later_steps};
use crate::connection::Backend;
use crate::step::statements;
use crate::{STEPS, Work, runner};

/// Tells a child which database to migrate.
const URL: &str = "TEST_MIGRATE_URL";
/// Tells a child after how many statements to die.
const STATEMENTS: &str = "TEST_MIGRATE_STATEMENTS";
/// How a process ends that aborts.
const SIGABRT: i32 = 6;

/// Statements until this process dies; it lives on if it is not positive.
static LEFT: AtomicI64 = AtomicI64::new(0);

/// Called by the connection after each statement.
pub(crate) fn after_statement() {
    if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}

#[tokio::test]
#[ignore = "the child of the tests below"]
async fn child() {
    let (Ok(url), Ok(statements)) = (std::env::var(URL), std::env::var(STATEMENTS)) else {
        return;
    };
    LEFT.store(statements.parse().unwrap(), Ordering::Relaxed);
    runner::run(&url, &later_steps()).await.unwrap();
}

/// Migrates in a process that dies after so many statements.
fn migrate_and_die(database: &TestDatabase, statements: i64) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "tests::kills::child"])
        .env(URL, &database.url)
        .env(STATEMENTS, statements.to_string())
        .output()
        .unwrap()
        .status
}

/// Kills a migration after `statements` statements; the next one must end well. Answers whether
/// the first one lived long enough to die.
async fn survives(database: &TestDatabase, statements: i64, expected: &[String]) -> bool {
    let status = migrate_and_die(database, statements);
    assert!(
        status.success() || status.signal() == Some(SIGABRT),
        "{status}"
    );
    database.migrate(&later_steps()).await.unwrap();
    let mut after = database.describe().await;
    after.retain(|line| !line.contains("seaql_migrations"));
    assert_eq!(after, expected, "killed after statement {statements}");
    !status.success()
}

async fn marks(database: &TestDatabase) -> Vec<(i64, i64)> {
    let mut connection = database.open().await;
    let query = "SELECT account_revision, test_mark FROM users ORDER BY account_revision";
    let rows = connection.rows(query).await.unwrap();
    connection.close().await.unwrap();
    rows
}

#[tokio::test]
async fn a_first_start_may_be_killed_after_any_statement() {
    let expected = expected(&TestDatabase::sqlite(), &later_steps()).await;
    let mut statements = 0;
    loop {
        statements += 1;
        if !survives(&TestDatabase::sqlite(), statements, &expected).await {
            break;
        }
    }
    // So that the loop has walked through all of the first step at least.
    assert!(statements > 80, "{statements}");
}

#[tokio::test]
async fn an_upgrade_may_be_killed_after_any_statement() {
    let expected = expected(&TestDatabase::sqlite(), &later_steps()).await;
    let mut statements = 0;
    loop {
        statements += 1;
        let database = TestDatabase::sqlite();
        first_schema::create(&database).await;
        let before = first_schema::contents(&database).await;
        let died = survives(&database, statements, &expected).await;
        assert_eq!(first_schema::contents(&database).await, before);
        assert_eq!(marks(&database).await, [(101, 102), (102, 103), (103, 104)]);
        if !died {
            break;
        }
    }
    assert!(statements > 20, "{statements}");
}

#[tokio::test]
async fn postgres_goes_on_after_a_kill_too() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        return;
    };
    let like = TestDatabase::postgres(&server).await;
    let expected = expected(&like, &later_steps()).await;
    like.remove().await;
    for statements in [3, 40, 92] {
        let database = TestDatabase::postgres(&server).await;
        assert!(survives(&database, statements, &expected).await);
        database.remove().await;
    }
    // Within and between the steps of an upgrade; each is a database, which takes a second.
    for statements in [4, 7, 12, 18] {
        let database = TestDatabase::postgres(&server).await;
        first_schema::create(&database).await;
        survives(&database, statements, &expected).await;
        assert_eq!(marks(&database).await, [(101, 102), (102, 103), (103, 104)]);
        database.remove().await;
    }
}

/// What the first runner left when it was killed on SQLite: tables without a record, for ever.
#[tokio::test]
async fn the_half_database_of_the_first_runner_is_made_whole() {
    let expected = expected(&TestDatabase::sqlite(), STEPS).await;
    let Work::Transaction(schema) = STEPS[0].work else {
        panic!("the first step");
    };
    let schema = statements(schema, Backend::Sqlite);
    for made in [0, 1, 40, schema.len()] {
        let database = TestDatabase::sqlite();
        let mut all = vec![
            "CREATE TABLE seaql_migrations (version VARCHAR NOT NULL PRIMARY KEY, \
             applied_at BIGINT NOT NULL)",
        ];
        all.extend(schema[..made].iter().map(String::as_str));
        database.run(&all).await;
        database.migrate(STEPS).await.unwrap();
        let mut after = database.describe().await;
        after.retain(|line| !line.contains("seaql_migrations"));
        assert_eq!(after, expected, "{made} statements");
    }
}
