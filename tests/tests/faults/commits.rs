//! PostgreSQL goes away at a commit, refuses writes, or ends its connections.

use sentinal_tests::faults::{AtCommit, FaultProxy};
use sentinal_tests::{Launch, Log, TestDatabase, execute, until};

use crate::scenario::{Scenario, postgres};

/// Times that all connections are ended by an administrator.
const TERMINATIONS: usize = 5;
/// Ends all other connections of this database.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// A server that reaches its database through a proxy; `None` if tests run on SQLite.
pub async fn behind_a_proxy(log: Log) -> Option<(Scenario, FaultProxy)> {
    let database = TestDatabase::create_at(&postgres()?).await;
    let proxy = FaultProxy::start(database.url()).await;
    let launch = Launch {
        settings: vec![("DATABASE_URL".to_owned(), proxy.url(database.url()))],
        database: Some(database),
        log,
    };
    Some((Scenario::start(launch).await, proxy))
}

/// Whether it was committed or not is unknown to the server; it must find out, or say so.
#[tokio::test]
async fn a_connection_cut_at_a_commit_loses_and_doubles_nothing() {
    let Some((mut scenario, proxy)) = behind_a_proxy(Log::Inherited).await else {
        return;
    };
    for moment in [AtCommit::Before, AtCommit::After].repeat(3) {
        let before = proxy.commits_cut();
        proxy.cut_next_commit(moment);
        let unanswered = scenario.sends_at_once().await;
        until("a commit was cut", async || {
            (proxy.commits_cut() > before).then_some(())
        })
        .await;
        scenario.serves_again(&unanswered).await;
    }
    scenario.keeps_its_answers().await;
}

/// A failover to a replica: connections live on and refuse to write (25006).
#[tokio::test]
async fn a_read_only_database_makes_no_answer_false() {
    let Some(admin) = postgres() else { return };
    let database = TestDatabase::create_at(&admin).await;
    let name = database
        .url()
        .rsplit('/')
        .next()
        .expect("a name")
        .to_owned();
    let launch = Launch {
        database: Some(database),
        ..Launch::default()
    };
    let mut scenario = Scenario::start(launch).await;
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    let database = scenario.server.database();
    database
        .db_execute(&[read_only, TERMINATE.to_owned()])
        .await;
    // Connections of the pool that have died say so once.
    scenario.ask_everything().await;
    let unanswered = scenario.sends_at_once().await;
    assert!(!unanswered.is_empty(), "nothing can be written");
    scenario.only_reads_are_answered().await;
    let read_write = format!(
        "BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT"
    );
    scenario.server.database().db_execute(&[read_write]).await;
    scenario.serves_again(&unanswered).await;
    scenario.keeps_its_answers().await;
}

/// 57P01, at any moment of a request.
#[tokio::test]
async fn ended_connections_make_no_answer_false() {
    let Some(admin) = postgres() else { return };
    let launch = Launch {
        database: Some(TestDatabase::create_at(&admin).await),
        ..Launch::default()
    };
    let mut scenario = Scenario::start(launch).await;
    for _ in 0..TERMINATIONS {
        let (url, terminate) = (
            scenario.server.database().url().to_owned(),
            [TERMINATE.to_owned()],
        );
        let terminating = execute(&url, &terminate);
        let (unanswered, ()) = tokio::join!(scenario.sends_at_once(), terminating);
        scenario.ask_everything().await;
        scenario.serves_again(&unanswered).await;
    }
    scenario.keeps_its_answers().await;
}
