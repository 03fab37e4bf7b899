//! The database says nothing, or refuses connections: every request is answered in time, the
//! process can be ended, and serves again once the database is back.

use sentinal_tests::faults::{Cut, PrivatePostgres, Traffic};
use sentinal_tests::{Launch, Log, TestDatabase};

use crate::commits::behind_a_proxy;
use crate::scenario::{STOP_MAX, Scenario, postgres};

/// How often everything is asked meanwhile.
const ROUNDS: usize = 2;

/// Nothing is answered from `hurt` to `mend`; everything within 5 s after it; and a process that is
/// told to end meanwhile does.
async fn nothing_is_heard(
    what: &str,
    mut scenario: Scenario,
    mut hurt: impl AsyncFnMut(),
    mut mend: impl AsyncFnMut(),
) {
    println!("{what}: begins");
    hurt().await;
    let mut unanswered = scenario.sends_at_once().await;
    assert!(!unanswered.is_empty(), "{what}: nothing can be written");
    for _ in 0..ROUNDS {
        scenario.nothing_is_answered().await;
    }
    println!("{what}: ends");
    mend().await;
    scenario.serves_again(&unanswered).await;
    println!("{what}: begins again, and SIGTERM");
    hurt().await;
    unanswered = scenario.sends_at_once().await;
    scenario.server.terminate();
    // It says that it has failed: the database was not closed.
    let ended = scenario.server.ended_within(STOP_MAX).await;
    assert!(
        ended.is_some(),
        "{what}: running {STOP_MAX:?} after SIGTERM"
    );
    println!("{what}: ends again");
    mend().await;
    scenario.server.start().await;
    scenario.serves_again(&unanswered).await;
    scenario.keeps_its_answers().await;
    println!("{what}: passed");
}

/// Each of the following, at the same time: they consist of waiting.
#[tokio::test]
async fn a_silent_database_holds_nobody_up() {
    if postgres().is_some() {
        tokio::join!(
            a_host_that_vanishes(),
            lost_answers(),
            refused_connections(),
            a_paused_database()
        );
    }
}

/// The host of the database vanishes without FIN or RST, and never speaks again on connections that
/// were open.
async fn a_host_that_vanishes() {
    if let Some((scenario, proxy)) = behind_a_proxy(Log::Inherited).await {
        let vanish = async || proxy.set(Traffic::Silent);
        nothing_is_heard("vanished", scenario, vanish, async || proxy.resume()).await;
    }
}

/// Questions arrive there and answers do not come back: what was committed meanwhile is found.
async fn lost_answers() {
    if let Some((scenario, proxy)) = behind_a_proxy(Log::Inherited).await {
        let vanish = async || proxy.set(Traffic::SilentAnswers);
        nothing_is_heard("lost answers", scenario, vanish, async || proxy.resume()).await;
    }
}

/// Nobody listens there: connecting is refused.
async fn refused_connections() {
    if let Some((scenario, proxy)) = behind_a_proxy(Log::Inherited).await {
        let proxy = tokio::sync::Mutex::new(proxy);
        let refuse = async || {
            let mut proxy = proxy.lock().await;
            proxy.cut(Cut::Fin);
            proxy.close().await;
        };
        let listen = async || proxy.lock().await.reopen().await;
        nothing_is_heard("refused", scenario, refuse, listen).await;
    }
}

/// All its processes stand still: the kernel takes what is sent to them, and nobody reads it.
async fn a_paused_database() {
    let postgres = PrivatePostgres::start();
    let launch = Launch {
        database: Some(TestDatabase::create_at(&postgres.url()).await),
        ..Launch::default()
    };
    let scenario = Scenario::start(launch).await;
    let pause = async || postgres.pause();
    nothing_is_heard("paused", scenario, pause, async || postgres.resume()).await;
}

/// Somebody else holds the locks that writing needs: SQLite's one writer, or the heads' rows.
#[tokio::test]
async fn a_held_lock_holds_nobody_up() {
    let mut scenario = Scenario::start(Launch::default()).await;
    let held = scenario.server.database().db_hold_writes().await;
    let unanswered = scenario.sends_at_once().await;
    assert!(!unanswered.is_empty(), "nothing can be written");
    for _ in 0..ROUNDS {
        for asked in scenario.ask_everything().await {
            assert!(asked.writes || asked.status() == 200, "{asked:?}");
        }
    }
    held.release().await;
    scenario.serves_again(&unanswered).await;
    let held = scenario.server.database().db_hold_writes().await;
    let unanswered = scenario.sends_at_once().await;
    scenario.server.terminate();
    let ended = scenario.server.ended_within(STOP_MAX).await;
    assert!(ended.is_some(), "still running {STOP_MAX:?} after SIGTERM");
    held.release().await;
    scenario.server.start().await;
    scenario.serves_again(&unanswered).await;
    scenario.keeps_its_answers().await;
}

/// A start fails in time, with a text that says where nobody answers.
#[tokio::test]
async fn a_start_against_a_silent_database_is_refused() {
    let Some((mut scenario, proxy)) = behind_a_proxy(Log::File).await else {
        return;
    };
    scenario.stops().await;
    proxy.set(Traffic::Silent);
    scenario.server.start_unready();
    let ended = scenario.server.ended_within(STOP_MAX).await;
    assert_eq!(ended, Some(false), "refused within {STOP_MAX:?}");
    let log = scenario.server.log();
    let address = proxy.address().to_string();
    assert!(log.contains(&address), "names {address}: {log}");
    proxy.resume();
    scenario.server.start().await;
    scenario.serves_again(&[]).await;
}
