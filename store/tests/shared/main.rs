//! What processes that share a database keep between them.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "../support/mod.rs"]
mod support;

use sentinal_store::Store;
use support::on_each_database;
use uuid::Uuid;

const NAME: &str = "a job";

/// One process at a time has a lease; it can renew it, and give it back.
#[tokio::test]
async fn a_lease_has_one_holder() {
    on_each_database(async |store: Store| {
        if !store.is_shared() {
            return;
        }
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        assert!(store.claim_lease(NAME, one).await.unwrap());
        assert!(!store.claim_lease(NAME, other).await.unwrap());
        assert!(store.claim_lease(NAME, one).await.unwrap(), "renewed");
        store.release_lease(NAME, other).await.unwrap();
        assert!(!store.claim_lease(NAME, other).await.unwrap(), "not theirs");
        store.release_lease(NAME, one).await.unwrap();
        assert!(store.claim_lease(NAME, other).await.unwrap());
    })
    .await;
}

/// Of many that ask at once one gets it.
#[tokio::test]
async fn of_many_that_claim_a_lease_at_once_one_has_it() {
    on_each_database(async |store: Store| {
        if !store.is_shared() {
            return;
        }
        let claims = (0..8).map(|_| store.claim_lease(NAME, Uuid::now_v7()));
        let claimed = futures_util::future::join_all(claims).await;
        let held = claimed.into_iter().filter(|it| *it.as_ref().unwrap());
        assert_eq!(held.count(), 1);
    })
    .await;
}

/// The first mark that is said stays until another one is put in its place.
#[tokio::test]
async fn the_place_of_files_has_one_mark() {
    on_each_database(async |store: Store| {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let mark = async |mark| store.find_or_insert_files_mark(mark).await.unwrap();
        assert_eq!(mark(one).await, one);
        assert_eq!(mark(other).await, one);
        store.update_files_mark(other).await.unwrap();
        assert_eq!(mark(one).await, other);
    })
    .await;
}
