//! One-time prekeys and bundles under concurrency.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use sentinal_protocol::{DeviceId, UserId};
use sentinal_store::{KeyRefusal, StoreError, Stored, Take};
use uuid::Uuid;

use crate::seed::*;
use crate::support::on_each_database;

/// 150 takers want one of 100 keys at the same moment: each key goes to one, 50 go without.
#[tokio::test]
async fn each_prekey_is_handed_out_at_most_once() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 0..100)).await;
        let takers: Vec<UserId> = (0..150).map(|_| UserId(Uuid::now_v7())).collect();

        let running = takers.into_iter().map(|taker| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    match store.claim_one_time_prekey(taker, device, NOW).await {
                        Ok(take) => return take,
                        // The pool is small; whoever waits too long for it asks again.
                        Err(StoreError::Unavailable(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            })
        });
        let mut keys = HashSet::new();
        let mut empty_handed = 0;
        for take in join_all(running).await {
            match take.unwrap() {
                Take::Key { key, .. } => assert!(keys.insert(key.key_id), "handed out twice"),
                Take::NoneLeft => empty_handed += 1,
                Take::Limited { .. } => panic!("nobody took before"),
            }
        }
        assert_eq!((keys.len(), empty_handed), (100, 50));

        // The upload is repeated because its answer was lost: none of them comes back.
        let outcome = put_one_time(&store, user, device, 0..100).await;
        let Ok(Stored::Unchanged(uploaded)) = outcome else {
            panic!("a handed-out key was stored again");
        };
        assert_eq!((uploaded.uploaded, uploaded.count), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn prekeys_go_oldest_first_and_one_taker_gets_six_at_once() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let taker = db_user(&store, "bob").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 50..60)).await;
        let outcome = put_one_time(&store, user, device, 0..10).await;
        assert!(outcome.is_ok());

        let take = async |at| {
            let bundles = store.claim_bundles(taker, user, None, DeviceId(Uuid::nil()), at);
            let claimed = bundles.await.unwrap().remove(0);
            claimed.bundle.one_time_pre_key.map(|key| key.key_id)
        };
        for expected in 50..56 {
            assert_eq!(take(NOW).await, Some(expected));
        }
        assert_eq!(take(NOW).await, None, "past the limit");
        let limited = store.claim_one_time_prekey(taker, device, NOW).await;
        let retry_after = Duration::from_mins(10);
        assert_eq!(limited.unwrap(), Take::Limited { retry_after });
        assert_eq!(take(later(10)).await, Some(56));
        assert_eq!(store.count_one_time_prekeys(device).await.unwrap(), 13);

        // The limit is forgotten no sooner than it has run out.
        let deleted = store.delete_stale_keys(10, later(70)).await.unwrap();
        assert_eq!(deleted, 0);
        let deleted = store.delete_stale_keys(10, later(71)).await.unwrap();
        assert_eq!(deleted, 1);
    })
    .await;
}

#[tokio::test]
async fn a_device_keeps_at_most_two_hundred_prekeys() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        for ids in [0..100, 100..200] {
            let outcome = put_one_time(&store, user, device, ids).await;
            assert!(matches!(outcome, Ok(Stored::Created(_))));
        }
        let outcome = put_one_time(&store, user, device, 199..201).await;
        assert_eq!(outcome, Err(KeyRefusal::TooMany { stored: 200 }));
        let outcome = put_one_time(&store, user, device, 100..200).await;
        assert!(matches!(outcome, Ok(Stored::Unchanged(_))));
    })
    .await;
}

/// While a device changes its identity over and over, no bundle mixes an old part with a new one.
#[tokio::test]
async fn the_parts_of_a_bundle_belong_together() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 1000..1001)).await;
        let rotating = {
            let store = store.clone();
            tokio::spawn(async move {
                for seed in 2..20_u8 {
                    let id = u32::from(seed) * 1000;
                    put_all(&store, user, device, &setup(seed, id..id + 1)).await;
                }
            })
        };
        while !rotating.is_finished() {
            let taker = UserId(Uuid::now_v7());
            let bundles = store.claim_bundles(taker, user, None, DeviceId(Uuid::nil()), NOW);
            for claimed in bundles.await.unwrap() {
                let seed = u32::from(claimed.bundle.identity_key.public_key.0[0]);
                assert_eq!(claimed.bundle.signed_pre_key.key_id, seed);
                if let Some(key) = claimed.bundle.one_time_pre_key {
                    assert_eq!(key.key_id, seed * 1000);
                }
            }
        }
        rotating.await.unwrap();
    })
    .await;
}
