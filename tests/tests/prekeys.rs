//! One-time prekeys are handed out at most once, in bundles and by themselves, and not too fast.

use std::collections::HashSet;

use futures_util::future::join_all;
use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::event::{EventKind, PrekeysLow};
use sentinal_tests::keys::{consume_of, device_of, one_time_keys, setup};
use sentinal_tests::{Said, TestServer, request};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

#[tokio::test]
async fn a_bundle_is_all_that_a_first_message_needs() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let laptop = bob.another_device("bob-laptop").await;
    bob.another_device_without_keys("bob-tv").await;

    let bundle = alice.client.bundle(bob.id, &bob.device).await.unwrap();
    assert_eq!((bundle.user_id, &bundle.device_id), (bob.id, &bob.device));
    let identity = bob.client.identity_key(&device_of(&bob)).await.unwrap();
    assert_eq!(bundle.identity_key, identity);
    let prekey = alice.client.active_signed_prekey(&device_of(&bob)).await;
    assert_eq!(bundle.signed_pre_key, prekey.unwrap());
    assert_eq!(bundle.one_time_pre_key.unwrap().key_id, 1, "the oldest");
    let left = bob.client.one_time_prekey_count(&device_of(&bob)).await;
    assert_eq!(left.unwrap(), 63);

    // By the server's name of the device too, and of all devices at once.
    let device = &alice.client.peer_devices(bob.id).await.unwrap().devices[0];
    let same = alice.client.bundle(bob.id, &device.id.to_string()).await;
    assert_eq!(same.unwrap().device_id, bob.device);
    let all = alice.client.bundles(bob.id).await.unwrap();
    let names: Vec<_> = all.iter().map(|bundle| &bundle.device_id).collect();
    assert_eq!(names, [&bob.device, &laptop.device]);
    assert!(all.iter().all(|bundle| bundle.one_time_pre_key.is_some()));

    // Own other devices are like those of others; the calling one is not.
    let own = laptop.client.bundles(bob.id).await.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].device_id, bob.device);
    let itself = bob.client.bundle(bob.id, &bob.device).await;
    assert_eq!(code(itself), Some(ErrorCode::Validation));
    let no_keys = alice.client.bundle(bob.id, "bob-tv").await;
    assert_eq!(code(no_keys), Some(ErrorCode::NotFound));
}

/// A HEAD would use up a key that nobody gets, however the path is written.
#[tokio::test]
async fn there_is_no_head_of_a_bundle() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    for path in [
        "/v1/encryption/bundles",
        "/v1/encryption/%62undles",
        "/v1/%65ncryption/bundle%73",
    ] {
        let path = format!("{path}?user_id={}&device_id={}", bob.id, bob.device);
        let answer = request(&server, Some(&alice), Method::HEAD, &path)
            .send()
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], "GET", "{path}");
    }
    // Any other GET has its HEAD, however the path is written.
    for path in ["/v1/users/me", "/v1/users/%6De"] {
        let answer = request(&server, Some(&alice), Method::HEAD, path).send();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.text().await.unwrap().is_empty(), "{path}");
    }
    let left = bob.client.one_time_prekey_count(&device_of(&bob)).await;
    assert_eq!(left.unwrap(), 64);
}

/// 25 people ask six times each, all at the same moment, for one of 100 keys.
#[tokio::test]
async fn each_one_time_prekey_is_handed_out_at_most_once() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let keys = setup(one_time_keys(0..100));
    alice.client.set_up_keys(&keys).await.unwrap();
    let mut takers = Vec::new();
    for number in 0..25 {
        takers.push(server.user(&format!("taker{number}")).await);
    }
    let askers = takers.iter().flat_map(|taker| (0..6).map(move |_| taker));
    let asked = askers.enumerate().map(async |(number, taker)| {
        // By both ways.
        if number % 2 == 0 {
            let bundle = taker.client.bundle(alice.id, &alice.device).await;
            return bundle.unwrap().one_time_pre_key.map(|key| key.key_id);
        }
        let query = consume_of(&alice);
        match taker.client.consume_one_time_prekey(&query).await {
            Ok(key) => Some(key.key_id),
            Err(refused) => {
                assert_eq!(refused.code(), Some(ErrorCode::NoPrekeys));
                None
            }
        }
    });
    let taken: Vec<u32> = join_all(asked).await.into_iter().flatten().collect();
    let distinct: HashSet<_> = taken.iter().collect();
    assert_eq!(taken.len(), 100);
    assert_eq!(distinct.len(), 100);

    // The upload is repeated, as by a client that never heard the answer.
    let again = alice.client.upload_one_time_prekeys(keys.one_time_keys);
    let again = again.await.unwrap();
    assert_eq!((again.uploaded, again.count), (0, 0));
    let bundle = takers[0].client.bundle(alice.id, &alice.device).await;
    assert_eq!(bundle.unwrap().one_time_pre_key, None);
}

#[tokio::test]
async fn one_person_gets_six_prekeys_of_a_device_at_once() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let laptop = alice.another_device("alice-laptop").await;
    for number in 0..6 {
        // Whichever of her devices asks: the limit is hers.
        let asks = if number % 2 == 0 { &alice } else { &laptop };
        let bundle = asks.client.bundle(bob.id, &bob.device).await.unwrap();
        assert!(bundle.one_time_pre_key.is_some());
    }
    let bundle = alice.client.bundle(bob.id, &bob.device).await.unwrap();
    assert_eq!(bundle.one_time_pre_key, None);
    let refused = alice
        .client
        .consume_one_time_prekey(&consume_of(&bob))
        .await;
    let Err(ClientError::Api {
        status,
        code,
        retry_after,
        ..
    }) = refused
    else {
        panic!("past the limit");
    };
    assert_eq!((status, code.as_str()), (429, "RATE_LIMIT_EXCEEDED"));
    let seconds = retry_after.unwrap().as_secs();
    assert!((590..=600).contains(&seconds), "{seconds}");
    let carol = server.user("carol").await;
    let bundle = carol.client.bundle(bob.id, &bob.device).await.unwrap();
    assert!(bundle.one_time_pre_key.is_some());
}

#[tokio::test]
async fn a_device_hears_when_its_prekeys_run_low() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let mut laptop = alice.another_device("alice-laptop").await;
    let bob = server.user("bob").await;
    let keys = setup(one_time_keys(0..11));
    alice.client.set_up_keys(&keys).await.unwrap();
    alice.connect().await;
    laptop.connect().await;
    alice.messages_until_synced().await;
    laptop.messages_until_synced().await;

    // Eleven, ten, nine: the second take is the first to be told.
    for _ in 0..2 {
        bob.client.bundle(alice.id, &alice.device).await.unwrap();
    }
    let low = alice.next_frame().await;
    assert_eq!(low.kind(), Some(EventKind::PrekeysLow));
    assert_eq!(low.says::<PrekeysLow>().device_id, alice.device);
    assert_eq!(low.says::<PrekeysLow>().count, 9);
    assert_eq!(low.says::<PrekeysLow>().threshold, 10);

    // It hears of it again when it connects; the other device hears nothing of either.
    alice.connect().await;
    let low = alice.wait_for(EventKind::PrekeysLow).await;
    assert_eq!(low.says::<PrekeysLow>().count, 9);
    let more = one_time_keys(100..150);
    alice.client.upload_one_time_prekeys(more).await.unwrap();
    let chat = alice.client.create_direct(bob.id).await.unwrap();
    let heard = laptop.next_frame().await;
    assert_eq!(heard.kind(), Some(EventKind::ConversationCreated));
    assert_eq!(heard.conversation_id(), Some(chat.id));

    // At none left too, whoever asks in vain.
    let dave = server.user("dave").await;
    dave.client.set_up_keys(&setup(Vec::new())).await.unwrap();
    let refused = bob.client.consume_one_time_prekey(&consume_of(&dave)).await;
    assert_eq!(code(refused), Some(ErrorCode::NoPrekeys));
    let mut dave = dave;
    dave.connect().await;
    let low = dave.wait_for(EventKind::PrekeysLow).await;
    assert_eq!(low.says::<PrekeysLow>().count, 0);
}
