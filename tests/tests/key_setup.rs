//! Setting all keys of a device at once: it has these afterwards and no others.

use sentinal_protocol::api::keys::{Bundle, SetupRequest};
use sentinal_protocol::api::pq_keys::PqPrekey;
use sentinal_protocol::event::{EventKind, PrekeysLow};
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::keys::{consume_of, device_of, one_time_keys, random_key, setup};
use sentinal_tests::{Said, TestServer, TestUser};

fn pq_key(key_id: u32) -> PqPrekey {
    let key: Vec<u8> = (0..49).flat_map(|_| rand::random::<[u8; 32]>()).collect();
    PqPrekey {
        key_id,
        public_key: Base64(key),
        signature: Base64(vec![7; 64]),
    }
}

async fn bundle(taker: &TestUser, of: &TestUser) -> Bundle {
    taker.client.bundle(of.id, &of.device).await.unwrap()
}

/// A client that was restored from a backup counts its keys from 1 again: under the same identity the new
/// keys take the place of all that were there, whatever their ids.
#[tokio::test]
async fn a_restored_device_replaces_all_its_keys() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut before = setup(one_time_keys(1..4));
    before.pq_keys = vec![pq_key(1), pq_key(2)];
    before.pq_last_resort = Some(pq_key(9));
    let stored = alice.client.set_up_keys(&before).await.unwrap();
    assert_eq!((stored.uploaded, stored.count), (3, 3));
    assert_eq!((stored.pq_uploaded, stored.pq_count), (3, 2));
    assert!(stored.has_last_resort);
    let taken = bundle(&bob, &alice).await;
    assert_eq!(taken.one_time_pre_key.unwrap().key_id, 1);
    assert_eq!(taken.pq_pre_key.unwrap().key_id, 1);

    let again = SetupRequest {
        identity_key: before.identity_key.clone(),
        ..setup(one_time_keys(1..3))
    };
    let stored = alice.client.set_up_keys(&again).await.unwrap();
    assert_eq!((stored.uploaded, stored.count), (2, 2));
    assert_eq!((stored.pq_uploaded, stored.pq_count), (0, 0));
    assert!(!stored.has_last_resort, "what is not there is gone");
    assert_eq!(
        stored.signed_prekey.public_key,
        again.signed_prekey.public_key
    );
    let taken = bundle(&bob, &alice).await;
    assert_eq!(
        taken.signed_pre_key.public_key,
        again.signed_prekey.public_key
    );
    let one_time = taken.one_time_pre_key.unwrap();
    assert_eq!(one_time.public_key, again.one_time_keys[0].public_key);
    assert_eq!(taken.pq_pre_key, None);
}

/// What was handed out is never handed out again, under whatever id it comes back.
#[tokio::test]
async fn a_key_that_was_handed_out_stays_away() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut keys = setup(one_time_keys(1..3));
    keys.pq_keys = vec![pq_key(1)];
    alice.client.set_up_keys(&keys).await.unwrap();
    let first = bundle(&bob, &alice).await;
    assert_eq!(
        first.device_uuid,
        alice.client.devices().await.unwrap()[0].id
    );
    keys.one_time_keys[0].key_id = 7;
    keys.pq_keys[0].key_id = 7;
    let stored = alice.client.set_up_keys(&keys).await.unwrap();
    assert_eq!((stored.uploaded, stored.count), (0, 1));
    assert_eq!((stored.pq_uploaded, stored.pq_count), (0, 0));
    let second = bundle(&bob, &alice).await;
    assert_eq!(second.one_time_pre_key.unwrap().key_id, 2);
    assert_eq!(second.pq_pre_key, None);
    let last = SetupRequest {
        pq_last_resort: Some(PqPrekey {
            key_id: 8,
            ..keys.pq_keys[0].clone()
        }),
        pq_keys: Vec::new(),
        ..keys
    };
    let refused = alice.client.set_up_keys(&last).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::KeyIdConflict));
}

#[tokio::test]
async fn a_setup_that_comes_again_changes_nothing() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut keys = setup(one_time_keys(1..12));
    keys.pq_keys = vec![pq_key(1)];
    let first = alice.client.set_up_keys(&keys).await.unwrap();
    let again = alice.client.set_up_keys(&keys).await.unwrap();
    assert_eq!(again.signed_prekey, first.signed_prekey);
    assert_eq!((again.uploaded, again.count), (0, 11));
    assert_eq!((again.pq_uploaded, again.pq_count), (0, 1));
}

/// A device hears of post-quantum keys running out if it ever stored such, of one-time keys always.
#[tokio::test]
async fn few_post_quantum_keys_are_told_to_those_who_use_them() {
    let server = TestServer::spawn().await;
    let (mut alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut keys = setup(one_time_keys(1..30));
    keys.pq_keys = (1..11).map(pq_key).collect();
    alice.client.set_up_keys(&keys).await.unwrap();
    alice.connect().await;
    alice.messages_until_synced().await;
    bundle(&bob, &alice).await;
    let low = alice.wait_for(EventKind::PrekeysLow).await;
    let low = low.says::<PrekeysLow>();
    assert_eq!((low.count, low.pq_count, low.threshold), (28, 9, 10));
    alice.disconnect().await;
    let without = SetupRequest {
        identity_key: random_key(),
        ..setup(one_time_keys(1..30))
    };
    alice.client.set_up_keys(&without).await.unwrap();
    alice.connect().await;
    let low = alice.wait_for(EventKind::PrekeysLow).await;
    assert_eq!(low.says::<PrekeysLow>().pq_count, 0);
    let query = consume_of(&alice);
    let consumed = bob.client.consume_one_time_prekey(&query).await.unwrap();
    assert_eq!(consumed.user_id, alice.id);
    assert_eq!(consumed.device_id, alice.device);
    assert_eq!(consumed.consumed_by, bob.id);
    let counts = alice
        .client
        .prekey_counts(&device_of(&alice))
        .await
        .unwrap();
    assert_eq!((counts.count, counts.pq_count), (28, 0));
}
