//! Several processes that start on one database at once.

use std::time::Duration;

use super::{expected, later_steps, on_each_database};
use crate::STEPS;

/// Longer than a process that waits takes between two attempts.
const WHILE_WAITING: Duration = Duration::from_secs(1);

#[tokio::test]
async fn of_several_that_start_on_an_empty_database_one_migrates_and_the_others_wait() {
    on_each_database(async |database| {
        let steps = later_steps();
        let migrate = || Box::pin(database.migrate(&steps));
        let (a, b, c, d) = tokio::join!(migrate(), migrate(), migrate(), migrate());
        for outcome in [a, b, c, d] {
            outcome.unwrap();
        }
        assert_eq!(database.describe().await, expected(database, &steps).await);
    })
    .await;
}

/// Longer than any timeout of the pool: an upgrade of a large table takes minutes.
#[tokio::test]
async fn who_waits_does_so_until_the_other_is_done() {
    on_each_database(async |database| {
        let mut other = database.open().await;
        other.lock().await.unwrap();
        other.begin().await.unwrap();
        let mut waiting = std::pin::pin!(database.migrate(STEPS));
        let waited = tokio::time::timeout(WHILE_WAITING, &mut waiting).await;
        assert!(waited.is_err(), "did not wait: {waited:?}");
        // As if it died.
        other.close().await.unwrap();
        waiting.await.unwrap();
        assert_eq!(database.describe().await, expected(database, STEPS).await);
    })
    .await;
}

#[tokio::test]
async fn a_start_with_nothing_to_do_waits_for_nobody() {
    on_each_database(async |database| {
        database.migrate(STEPS).await.unwrap();
        let mut other = database.open().await;
        other.lock().await.unwrap();
        other.begin().await.unwrap();
        database.migrate(STEPS).await.unwrap();
        other.close().await.unwrap();
    })
    .await;
}
