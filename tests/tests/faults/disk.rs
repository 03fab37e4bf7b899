//! The disk below SQLite fills or breaks, for a while or for one call.

use sentinal_tests::faults::{Calls, Failure, FaultyDisk};
use sentinal_tests::{Launch, TestDatabase, until};

use crate::scenario::{Scenario, postgres};

/// Smaller than every file of the database: no page of it can be written any more.
const FULL_BYTES: u64 = 4096;

/// A server on SQLite and a disk that breaks on command; `None` if tests run on PostgreSQL.
async fn on_a_faulty_disk() -> Option<(Scenario, FaultyDisk)> {
    if postgres().is_some() {
        return None;
    }
    let database = TestDatabase::create_file();
    let disk = FaultyDisk::below(database.directory());
    let launch = Launch {
        settings: disk.environment().into(),
        database: Some(database),
        ..Launch::default()
    };
    Some((Scenario::start(launch).await, disk))
}

/// Writes fail from `hurt` to `mend`, and are made good afterwards.
async fn writes_fail(
    mut scenario: Scenario,
    hurt: impl FnOnce(&Scenario),
    mend: impl FnOnce(&Scenario),
) {
    hurt(&scenario);
    let unanswered = scenario.sends_at_once().await;
    assert!(!unanswered.is_empty(), "the disk fails");
    scenario.only_reads_are_answered().await;
    mend(&scenario);
    scenario.serves_again(&unanswered).await;
    scenario.keeps_its_answers().await;
}

/// As the kernel tells of a disk quota: what was allowed to begin fails at its COMMIT.
#[tokio::test]
async fn a_full_disk_makes_no_answer_false() {
    if postgres().is_some() {
        return;
    }
    let scenario = Scenario::start(Launch::default()).await;
    writes_fail(
        scenario,
        |it| it.server.limit_files(Some(FULL_BYTES)),
        |it| it.server.limit_files(None),
    )
    .await;
}

#[tokio::test]
async fn a_disk_without_space_makes_no_answer_false() {
    if let Some((scenario, disk)) = on_a_faulty_disk().await {
        let fill = |_: &Scenario| disk.fail(Calls::Writes, Failure::Full);
        writes_fail(scenario, fill, |_| disk.mend()).await;
    }
}

#[tokio::test]
async fn a_disk_that_cannot_sync_makes_no_answer_false() {
    if let Some((scenario, disk)) = on_a_faulty_disk().await {
        let break_it = |_: &Scenario| disk.fail(Calls::Syncs, Failure::Broken);
        writes_fail(scenario, break_it, |_| disk.mend()).await;
    }
}

#[tokio::test]
async fn a_disk_that_cannot_write_makes_no_answer_false() {
    if let Some((scenario, disk)) = on_a_faulty_disk().await {
        let break_it = |_: &Scenario| disk.fail(Calls::Writes, Failure::Broken);
        writes_fail(scenario, break_it, |_| disk.mend()).await;
    }
}

/// One COMMIT fails, and everything after it would work: the connection must not be used on as if
/// nothing had been.
#[tokio::test]
async fn one_failed_commit_makes_no_later_answer_false() {
    let Some((mut scenario, disk)) = on_a_faulty_disk().await else {
        return;
    };
    let failures = [
        (Calls::Syncs, Failure::Broken),
        (Calls::Writes, Failure::Broken),
        (Calls::Writes, Failure::Full),
    ];
    for (calls, failure) in failures {
        let before = disk.failures();
        disk.fail_once(calls, failure);
        let unanswered = scenario.sends_at_once().await;
        until("a call failed", async || {
            (disk.failures() > before).then_some(())
        })
        .await;
        scenario.serves_again(&unanswered).await;
    }
    scenario.keeps_its_answers().await;
}
