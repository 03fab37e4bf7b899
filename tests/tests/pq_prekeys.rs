//! Post-quantum prekeys: each is handed out once, the last-resort key as often as it takes; and the
//! backup of keys, which is nobody's but its owner's.

use std::collections::HashSet;

use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::future::join_all;
use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::keys::UploadIdentityRequest;
use sentinal_protocol::api::pq_keys::{PqPrekey, StoreBackupRequest, UploadPqPrekeysRequest};
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::keys::{device_of, random_key, setup};
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::json;

fn code<T>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.err().expect("a refusal").code()
}

/// A key of random bytes that nobody signed.
fn pq_key(key_id: u32) -> PqPrekey {
    let key: Vec<u8> = (0..49).flat_map(|_| rand::random::<[u8; 32]>()).collect();
    PqPrekey {
        key_id,
        public_key: Base64(key),
        signature: Base64(vec![7; 64]),
    }
}

fn upload(keys: Vec<PqPrekey>, last_resort: Option<PqPrekey>) -> UploadPqPrekeysRequest {
    UploadPqPrekeysRequest {
        device_id: None,
        keys,
        last_resort,
    }
}

async fn taken(taker: &TestUser, of: &TestUser) -> Option<PqPrekey> {
    let bundle = taker.client.bundle(of.id, &of.device).await.unwrap();
    bundle.pq_pre_key
}

#[tokio::test]
async fn bundles_carry_one_time_keys_oldest_first_and_then_the_last_resort() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    assert_eq!(taken(&bob, &alice).await, None, "there is none");
    let (first, second, last) = (pq_key(1), pq_key(2), pq_key(9));
    let request = upload(vec![first.clone(), second.clone()], Some(last.clone()));
    let uploaded = alice.client.upload_pq_prekeys(&request).await.unwrap();
    assert_eq!((uploaded.uploaded, uploaded.count), (3, 2));
    assert!(uploaded.has_last_resort);
    let counts = alice
        .client
        .prekey_counts(&device_of(&alice))
        .await
        .unwrap();
    assert_eq!((counts.count, counts.pq_count), (63, 2));

    for expected in [&first, &second, &last, &last] {
        assert_eq!(taken(&bob, &alice).await.as_ref(), Some(expected));
    }
    // Past the limit there are no one-time keys; the last resort is not scarce.
    assert_eq!(taken(&bob, &alice).await.as_ref(), Some(&last));
    let bundle = bob.client.bundle(alice.id, &alice.device).await.unwrap();
    assert_eq!(bundle.one_time_pre_key, None);
    assert_eq!(bundle.pq_pre_key.as_ref(), Some(&last));

    // What was handed out does not come back; another last resort replaces this one.
    let again = alice.client.upload_pq_prekeys(&request).await.unwrap();
    assert_eq!((again.uploaded, again.count), (0, 0));
    let newer = pq_key(10);
    let request = upload(Vec::new(), Some(newer.clone()));
    alice.client.upload_pq_prekeys(&request).await.unwrap();
    let carol = server.user("carol").await;
    assert_eq!(taken(&carol, &alice).await, Some(newer));
    // Another identity takes them along.
    let identity = UploadIdentityRequest {
        user_id: None,
        device_id: None,
        public_key: random_key(),
    };
    alice.client.upload_identity(&identity).await.unwrap();
    let counts = alice
        .client
        .prekey_counts(&device_of(&alice))
        .await
        .unwrap();
    assert_eq!(counts.pq_count, 0);
}

/// Twelve people ask five times each, all at once, for one of 40 keys.
#[tokio::test]
async fn each_one_time_key_is_handed_out_at_most_once() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    alice.client.set_up_keys(&setup(Vec::new())).await.unwrap();
    let last = pq_key(1_000);
    let request = upload((0..40).map(pq_key).collect(), Some(last.clone()));
    alice.client.upload_pq_prekeys(&request).await.unwrap();
    let mut takers = Vec::new();
    for number in 0..12 {
        takers.push(server.user(&format!("taker{number}")).await);
    }
    let asked = takers
        .iter()
        .flat_map(|taker| (0..5).map(move |_| taker))
        .map(|taker| taken(taker, &alice));
    let handed_out: Vec<u32> = join_all(asked)
        .await
        .into_iter()
        .map(|key| key.expect("there is always the last resort").key_id)
        .collect();
    assert_eq!(handed_out.len(), 60);
    let once: Vec<_> = handed_out.iter().filter(|id| **id != 1_000).collect();
    assert_eq!(once.len(), 40);
    assert_eq!(once.iter().collect::<HashSet<_>>().len(), 40);
}

/// What was withheld would tell of the block.
#[tokio::test]
async fn a_block_withholds_no_one_time_keys() {
    let server = TestServer::spawn().await;
    let (alice, eve, _) = server.direct_chat("alice", "eve").await;
    let one = pq_key(1);
    let request = upload(vec![one.clone()], Some(pq_key(9)));
    alice.client.upload_pq_prekeys(&request).await.unwrap();
    alice.client.block(eve.id).await.unwrap();
    for asks in [&eve, &alice] {
        let counts = asks.client.prekey_counts(&device_of(&alice)).await;
        assert_eq!(counts.unwrap().pq_count, 1, "{}", asks.name);
    }
    assert_eq!(taken(&eve, &alice).await, Some(one));
}

#[tokio::test]
async fn uploads_are_all_or_nothing() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let post = async |body: serde_json::Value| {
        let path = "/v1/encryption/pq-prekeys";
        let asked = request(&server, Some(&alice), Method::POST, path);
        outcome(asked.json(&body)).await
    };
    let (one, two) = (pq_key(1), pq_key(2));
    assert_eq!(post(json!({"keys": [one]})).await.0, 201);
    assert_eq!(post(json!({"keys": [one]})).await.0, 200);
    let conflict = (409, "KEY_ID_CONFLICT".to_owned());
    let other = pq_key(1);
    assert_eq!(post(json!({"keys": [other, two]})).await, conflict);
    let renamed = PqPrekey {
        key_id: 5,
        ..one.clone()
    };
    assert_eq!(post(json!({"keys": [renamed]})).await, conflict);
    assert_eq!(
        post(json!({"keys": [two], "last_resort": one})).await,
        conflict
    );
    assert_eq!(
        post(json!({"keys": [two], "last_resort": two})).await,
        conflict
    );
    let counts = alice
        .client
        .prekey_counts(&device_of(&alice))
        .await
        .unwrap();
    assert_eq!(counts.pq_count, 1);

    let mut short = pq_key(3);
    short.public_key.0.pop();
    let mut unsigned = pq_key(3);
    unsigned.signature.0.pop();
    let many: Vec<_> = (100..201).map(pq_key).collect();
    let large = PqPrekey {
        key_id: 0x8000_0000,
        ..pq_key(3)
    };
    let invalid = (422, "VALIDATION_ERROR".to_owned());
    for body in [
        json!({}),
        json!({"keys": []}),
        json!({"keys": [short]}),
        json!({"last_resort": unsigned}),
        json!({"keys": [large]}),
        json!({"keys": many}),
    ] {
        assert_eq!(post(body).await, invalid);
    }
    let foreign = json!({"keys": [two], "device_id": bob.device});
    assert_eq!(post(foreign).await, (404, "NOT_FOUND".to_owned()));

    for start in [200, 300] {
        let keys = (start..start + 99).map(pq_key).collect();
        alice
            .client
            .upload_pq_prekeys(&upload(keys, None))
            .await
            .unwrap();
    }
    let full = upload(vec![pq_key(400), pq_key(401)], None);
    let refused = alice.client.upload_pq_prekeys(&full).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Conflict));
    let details: serde_json::Value = refused.details().unwrap();
    assert_eq!(details, json!({"count": 199, "limit": 200}));
    let bare = alice.another_device_without_keys("tv").await;
    let refused = bare
        .client
        .upload_pq_prekeys(&upload(vec![two], None))
        .await;
    assert_eq!(code(refused), Some(ErrorCode::NoIdentityKey));
}

#[tokio::test]
async fn a_strict_server_stores_only_what_the_identity_signed() {
    let server = TestServer::spawn_with(&[("E2EE_VERIFY", "strict")]).await;
    let tokens = json!({
        "email": "s@example.com", "username": "signer", "password": "correct horse battery",
        "device_id": "phone",
    });
    let client = server.stranger();
    let request = serde_json::from_value(tokens).unwrap();
    client.register(&request).await.unwrap();
    let identity = SigningKey::from_bytes(&[5; 32]);
    let upload_identity = UploadIdentityRequest {
        user_id: None,
        device_id: None,
        public_key: Base64(identity.verifying_key().as_bytes().to_vec()),
    };
    client.upload_identity(&upload_identity).await.unwrap();
    let signed = |key_id, form: fn(&[u8]) -> Vec<u8>| {
        let mut key = pq_key(key_id);
        key.signature = Base64(identity.sign(&form(&key.public_key.0)).to_bytes().to_vec());
        key
    };
    let plain = signed(1, <[u8]>::to_vec);
    let typed = signed(2, |key| [&[0x08], key].concat());
    let good = upload(vec![plain, typed], None);
    let stored = client.upload_pq_prekeys(&good).await.unwrap();
    assert_eq!(stored.uploaded, 2);
    for bad in [
        upload(vec![pq_key(3)], None),
        upload(Vec::new(), Some(pq_key(4))),
    ] {
        let refused = client.upload_pq_prekeys(&bad).await;
        assert_eq!(code(refused), Some(ErrorCode::InvalidSignature));
    }
}

#[tokio::test]
async fn a_user_has_one_backup_that_nobody_else_sees() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let laptop = alice.another_device("laptop").await;
    assert_eq!(code(alice.client.backup().await), Some(ErrorCode::NotFound));
    let post = async |user: &TestUser, body: serde_json::Value| {
        let asked = request(&server, Some(user), Method::POST, "/v1/encryption/backup");
        outcome(asked.json(&body)).await
    };
    let kept = Base64(vec![1, 2, 3]);
    let body = json!({"backup_data": kept, "nonce": "AQ", "salt": "Ag=="});
    assert_eq!(post(&alice, body.clone()).await.0, 201);
    assert_eq!(post(&alice, body).await.0, 200);
    let shown = laptop.client.backup().await.unwrap();
    assert_eq!(shown.device_id.as_deref(), Some("alice-phone"));
    assert_eq!(shown.backup_data, kept);
    assert_eq!((shown.nonce.0, shown.salt.0), (vec![1], vec![2]));
    let newer = StoreBackupRequest {
        device_id: Some("laptop".to_owned()),
        backup_data: Base64(vec![9; 700_000]),
        nonce: Base64(vec![1; 12]),
        salt: Base64(vec![2; 16]),
    };
    let stored = alice.client.store_backup(&newer).await.unwrap();
    assert_eq!(stored.device_id.as_deref(), Some("laptop"));
    assert_eq!(alice.client.backup().await.unwrap(), stored);
    assert_eq!(code(bob.client.backup().await), Some(ErrorCode::NotFound));

    let (too_long, too_large) = (Base64(vec![0; 257]), Base64(vec![0; 1024 * 1024]));
    for (body, expected) in [
        (json!({"backup_data": "", "nonce": "AQ", "salt": "AQ"}), 422),
        (
            json!({"backup_data": "?", "nonce": "AQ", "salt": "AQ"}),
            422,
        ),
        (json!({"backup_data": "AQ", "nonce": "", "salt": "AQ"}), 422),
        (
            json!({"backup_data": "AQ", "nonce": "AQ", "salt": too_long}),
            422,
        ),
        (json!({"backup_data": "AQ", "nonce": "AQ"}), 422),
        (
            json!({"backup_data": "AQ", "nonce": "AQ", "salt": "AQ", "device_id": "x"}),
            404,
        ),
        (
            json!({"backup_data": too_large, "nonce": "AQ", "salt": "AQ"}),
            413,
        ),
    ] {
        assert_eq!(post(&alice, body).await.0, expected);
    }
    assert_eq!(alice.client.backup().await.unwrap(), stored);
}
