//! Keys of devices: who may upload and fetch what, what others hear of it, and one-time prekeys that
//! are handed out at most once.

use std::collections::HashSet;

use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::future::join_all;
use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::auth::RegisterRequest;
use sentinal_protocol::api::keys::{
    ConsumeQuery, DeviceQuery, OneTimePrekeyBody, RotateSignedPrekeyRequest, SetupRequest,
    SignedPrekeyBody, UploadIdentityRequest, UploadSignedPrekeyRequest,
};
use sentinal_protocol::api::messages::DeviceMismatch;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::{Value, json};
use uuid::Uuid;

fn random_key() -> Base64 {
    Base64(rand::random::<[u8; 32]>().to_vec())
}

fn signed_prekey(key_id: u32) -> SignedPrekeyBody {
    SignedPrekeyBody {
        key_id,
        public_key: random_key(),
        signature: Base64(vec![7; 64]),
    }
}

fn one_time_keys(ids: std::ops::Range<u32>) -> Vec<OneTimePrekeyBody> {
    ids.map(|key_id| OneTimePrekeyBody {
        user_id: None,
        device_id: None,
        key_id,
        public_key: random_key(),
    })
    .collect()
}

/// All keys of a device, with these one-time prekeys.
fn setup(one_time_keys: Vec<OneTimePrekeyBody>) -> SetupRequest {
    SetupRequest {
        device_id: None,
        identity_key: random_key(),
        signed_prekey: signed_prekey(1),
        one_time_keys,
    }
}

fn device_of(user: &TestUser) -> DeviceQuery {
    DeviceQuery {
        user_id: Some(user.id),
        device_id: Some(user.device.clone()),
        key_id: None,
    }
}

fn consume_of(user: &TestUser) -> ConsumeQuery {
    ConsumeQuery {
        user_id: user.id,
        device_id: user.device.clone(),
        consumed_by: None,
        consumed_device_id: None,
    }
}

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

/// A HEAD would use up a key that nobody gets.
#[tokio::test]
async fn there_is_no_head_of_a_bundle() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let path = format!(
        "/v1/encryption/bundles?user_id={}&device_id={}",
        bob.id, bob.device
    );
    let answer = request(&server, Some(&alice), Method::HEAD, &path)
        .send()
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET");
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
    assert_eq!(low.event(), Some(EventKind::PrekeysLow));
    assert_eq!(low.text("device_id"), Some(alice.device.as_str()));
    assert_eq!(low.number("count"), Some(9));
    assert_eq!(low.number("threshold"), Some(10));

    // It hears of it again when it connects; the other device hears nothing of either.
    alice.connect().await;
    let low = alice.wait_for(EventKind::PrekeysLow).await;
    assert_eq!(low.number("count"), Some(9));
    let more = one_time_keys(100..150);
    alice.client.upload_one_time_prekeys(more).await.unwrap();
    let chat = alice.client.create_direct(bob.id).await.unwrap();
    let heard = laptop.next_frame().await;
    assert_eq!(heard.event(), Some(EventKind::ConversationCreated));
    assert_eq!(heard.conversation_id, Some(chat.id));

    // At none left too, whoever asks in vain.
    let dave = server.user("dave").await;
    dave.client.set_up_keys(&setup(Vec::new())).await.unwrap();
    let refused = bob.client.consume_one_time_prekey(&consume_of(&dave)).await;
    assert_eq!(code(refused), Some(ErrorCode::NoPrekeys));
    let mut dave = dave;
    dave.connect().await;
    let low = dave.wait_for(EventKind::PrekeysLow).await;
    assert_eq!(low.number("count"), Some(0));
}

/// A reinstalled client: who shares a chat hears of it, nobody must encrypt to it until it has new
/// prekeys, and what was encrypted for it before is gone.
#[tokio::test]
async fn another_identity_key_is_told_and_starts_anew() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let message = bob.send_text(chat, 1).await;
    let seen = alice.client.message(message.id).await.unwrap();
    assert!(seen.ciphertext.is_some());
    bob.connect().await;
    bob.messages_until_synced().await;

    let identity = random_key();
    let upload = UploadIdentityRequest {
        user_id: Some(alice.id),
        device_id: Some(alice.device.clone()),
        public_key: identity.clone(),
    };
    let uploaded = alice.client.upload_identity(&upload).await.unwrap();
    assert_eq!(uploaded.public_key, identity);
    let changed = bob.wait_for(EventKind::IdentityChanged).await;
    assert_eq!(changed.user_id, Some(alice.id));
    assert_eq!(changed.fields["device"]["device_id"], alice.device);
    let seen = alice.client.message(message.id).await.unwrap();
    assert_eq!(seen.ciphertext, None);
    let keyed = bob.client.has_active_keys(&device_of(&alice)).await;
    assert!(!keyed.unwrap());
    let bundle = bob.client.bundle(alice.id, &alice.device).await;
    assert_eq!(code(bundle), Some(ErrorCode::NotFound));
    // Nobody must encrypt to it, so an empty list is complete.
    let mut nothing = bob.message(chat, 2).await;
    nothing.ciphertexts.clear();
    bob.client.send_message(&nothing).await.unwrap();

    let upload = UploadSignedPrekeyRequest {
        user_id: None,
        device_id: None,
        key: signed_prekey(9),
    };
    alice.client.upload_signed_prekey(&upload).await.unwrap();
    let added = bob.wait_for(EventKind::DeviceAdded).await;
    assert_eq!(added.fields["device"]["device_id"], alice.device);
    let mut nothing = bob.message(chat, 3).await;
    nothing.ciphertexts.clear();
    let refused = bob.client.send_message(&nothing).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::DeviceMismatch));
    let mismatch: DeviceMismatch = refused.details().unwrap();
    assert_eq!(mismatch.missing[0].device_id, alice.device);

    // The same key again, and a rotation of the prekey, are nothing to tell.
    let same = UploadIdentityRequest {
        user_id: None,
        device_id: None,
        public_key: identity,
    };
    alice.client.upload_identity(&same).await.unwrap();
    let rotation = RotateSignedPrekeyRequest {
        user_id: None,
        device_id: None,
        key: signed_prekey(10),
    };
    alice.client.rotate_signed_prekey(&rotation).await.unwrap();
    bob.send_text(chat, 4).await;
    let next = bob.next_frame().await;
    assert_eq!(next.event(), Some(EventKind::MessageNew));
}

#[tokio::test]
async fn setup_with_another_identity_is_one_step() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    alice.set_up_keys().await;
    let changed = bob.next_frame().await;
    assert_eq!(changed.event(), Some(EventKind::IdentityChanged));
    let added = bob.next_frame().await;
    assert_eq!(added.event(), Some(EventKind::DeviceAdded));
    let revision = |frame: &sentinal_protocol::event::ServerFrame| frame.revision.unwrap();
    assert_eq!(revision(&added), revision(&changed) + 1);
}

#[tokio::test]
async fn a_refused_setup_changes_nothing() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let before = bob.client.identity_key(&device_of(&alice)).await.unwrap();
    bob.connect().await;
    bob.messages_until_synced().await;

    let mut twice = setup(one_time_keys(200..210));
    twice.one_time_keys[9].key_id = 200;
    let refused = alice.client.set_up_keys(&twice).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::KeyIdConflict));
    let details: Value = refused.details().unwrap();
    assert_eq!(details, json!({"key_ids": [200]}));

    let after = bob.client.identity_key(&device_of(&alice)).await.unwrap();
    assert_eq!(after, before);
    let left = alice.client.one_time_prekey_count(&device_of(&alice)).await;
    assert_eq!(left.unwrap(), 64);
    alice.send_text(chat, 1).await;
    let next = bob.next_frame().await;
    assert_eq!(next.event(), Some(EventKind::MessageNew));
}

#[tokio::test]
async fn uploads_say_whether_something_is_new() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let keys = setup(one_time_keys(1..3));
    let (id, public_key, signature) = (1, &keys.signed_prekey.public_key, [7; 64].to_vec());
    let signed = json!({"key_id": id, "public_key": public_key, "signature": Base64(signature)});
    let other = json!({"key_id": id, "public_key": random_key(), "signature": signed["signature"]});
    let rotated = json!({"key": {"key_id": 2, "public_key": random_key(),
        "signature": signed["signature"]}});
    let more = json!({"keys": one_time_keys(3..5)});
    let many: Vec<_> = one_time_keys(10..110);
    let cases = [
        ("setup", json!(keys), 201, ""),
        ("setup", json!(keys), 200, ""),
        (
            "identity",
            json!({"public_key": keys.identity_key}),
            200,
            "",
        ),
        ("signed-prekeys", signed, 200, ""),
        ("signed-prekeys", other, 409, "KEY_ID_CONFLICT"),
        ("signed-prekeys/rotate", rotated.clone(), 201, ""),
        ("signed-prekeys/rotate", rotated, 200, ""),
        ("onetime-prekeys", more.clone(), 201, ""),
        ("onetime-prekeys", more, 200, ""),
        ("onetime-prekeys", json!({"keys": many[..99]}), 201, ""),
        ("onetime-prekeys", json!({"keys": many}), 201, ""),
        (
            "onetime-prekeys",
            json!({"keys": one_time_keys(200..298)}),
            409,
            "CONFLICT",
        ),
        (
            "onetime-prekeys",
            json!({"keys": one_time_keys(300..401)}),
            422,
            "VALIDATION_ERROR",
        ),
        (
            "onetime-prekeys",
            json!({"keys": []}),
            422,
            "VALIDATION_ERROR",
        ),
        (
            "identity",
            json!({"public_key": "AAAA"}),
            422,
            "VALIDATION_ERROR",
        ),
    ];
    for (number, (path, body, status, code)) in cases.into_iter().enumerate() {
        let path = format!("/v1/encryption/{path}");
        let asked = request(&server, Some(&alice), Method::POST, &path).json(&body);
        let expected = (status, code.to_owned());
        assert_eq!(outcome(asked).await, expected, "case {number}, {path}");
    }

    let fresh = alice.another_device_without_keys("alice-tv").await;
    let signed = json!({"key_id": 1, "public_key": random_key(), "signature": Base64(vec![7; 64])});
    let path = "/v1/encryption/signed-prekeys";
    let asked = request(&server, Some(&fresh), Method::POST, path).json(&signed);
    assert_eq!(outcome(asked).await, (409, "NO_IDENTITY_KEY".to_owned()));
}

#[tokio::test]
async fn a_strict_server_checks_signatures() {
    let server = TestServer::spawn_with(&[("E2EE_VERIFY", "strict")]).await;
    let client = server.stranger();
    let account = RegisterRequest {
        email: "alice@example.com".to_owned(),
        username: "alice".to_owned(),
        phone_number: None,
        password: "correct horse battery".to_owned(),
        display_name: None,
        device_id: "phone".to_owned(),
        device_name: None,
        device_type: None,
    };
    client.register(&account).await.unwrap();
    let mut keys = setup(Vec::new());
    let own = DeviceQuery {
        user_id: None,
        device_id: None,
        key_id: None,
    };
    let refused = client.set_up_keys(&keys).await;
    assert_eq!(code(refused), Some(ErrorCode::InvalidSignature));
    let nothing = client.identity_key(&own).await;
    assert_eq!(code(nothing), Some(ErrorCode::NotFound));

    let identity = SigningKey::from_bytes(&rand::random());
    let signature = identity.sign(&keys.signed_prekey.public_key.0);
    keys.identity_key = Base64(identity.verifying_key().to_bytes().to_vec());
    keys.signed_prekey.signature = Base64(signature.to_vec());
    let stored = client.set_up_keys(&keys).await.unwrap();
    assert_eq!(stored.identity_key.public_key, keys.identity_key);
    assert!(client.has_active_keys(&own).await.unwrap());
}

/// Nobody changes another's keys, and what is not there is not there.
#[tokio::test]
async fn ids_are_checked_against_the_caller() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let laptop = eve.another_device("eve-laptop").await;
    let identity = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    let prekey = alice.client.active_signed_prekey(&device_of(&alice)).await;
    let prekey = prekey.unwrap();
    let devices = alice.client.devices().await.unwrap();
    let (device, nobody) = (devices[0].id, Uuid::now_v7());
    let (forbidden, missing) = ((403, "FORBIDDEN"), (404, "NOT_FOUND"));
    let rule = (422, "VALIDATION_ERROR");
    let key = random_key();
    let one_time = |field: &str, value: Value| {
        let mut key = json!({"key_id": 900, "public_key": random_key()});
        key[field] = value;
        json!({"keys": [key]})
    };
    let mixed = json!({"keys": [{"key_id": 900, "public_key": random_key(), "device_id": eve.device},
        {"key_id": 901, "public_key": random_key(), "device_id": laptop.device}]});
    let mut foreign_setup = json!(setup(Vec::new()));
    foreign_setup["device_id"] = json!(device);
    let user_and_device = format!("user_id={}&device_id={}", alice.id, alice.device);
    let unknown_user = format!("user_id={nobody}&device_id={}", alice.device);
    let unknown_device = format!("user_id={}&device_id=toaster", alice.id);
    let posts = [
        (
            "identity",
            json!({"user_id": alice.id, "public_key": key}),
            forbidden,
        ),
        (
            "identity",
            json!({"device_id": alice.device, "public_key": key}),
            missing,
        ),
        (
            "identity",
            json!({"device_id": device, "public_key": key}),
            missing,
        ),
        (
            "onetime-prekeys",
            one_time("user_id", json!(alice.id)),
            forbidden,
        ),
        (
            "onetime-prekeys",
            one_time("device_id", json!(alice.device)),
            missing,
        ),
        ("onetime-prekeys", mixed, rule),
        ("setup", foreign_setup, missing),
    ];
    for (path, body, (status, code)) in posts {
        let path = format!("/v1/encryption/{path}");
        let asked = request(&server, Some(&eve), Method::POST, &path).json(&body);
        assert_eq!(
            outcome(asked).await,
            (status, code.to_owned()),
            "{path} {body}"
        );
    }
    let others = [
        (Method::DELETE, format!("identity/{}", identity.id), missing),
        (
            Method::PUT,
            format!("identity/{}/deactivate", identity.id),
            missing,
        ),
        (
            Method::PUT,
            format!("signed-prekeys/{}/deactivate", prekey.id),
            missing,
        ),
        (Method::GET, format!("identity?{unknown_user}"), missing),
        (Method::GET, format!("identity?{unknown_device}"), missing),
        (Method::GET, format!("identity?user_id={}", alice.id), rule),
        (
            Method::GET,
            format!("signed-prekeys?{unknown_user}&key_id=1"),
            missing,
        ),
        (
            Method::GET,
            format!("signed-prekeys?{user_and_device}&key_id=99"),
            missing,
        ),
        (
            Method::GET,
            format!("signed-prekeys/active?{unknown_device}"),
            missing,
        ),
        (
            Method::GET,
            format!("onetime-prekeys/count?{unknown_user}"),
            missing,
        ),
        (Method::GET, format!("keys/active?{unknown_user}"), missing),
        (
            Method::GET,
            format!("keys/active?{unknown_device}"),
            missing,
        ),
        (Method::GET, format!("bundles?{unknown_user}"), missing),
        (Method::GET, format!("bundles?user_id={nobody}"), missing),
        (Method::GET, format!("bundles?{unknown_device}"), missing),
        (
            Method::GET,
            format!(
                "bundles?{user_and_device}&consumer_device_id={}",
                alice.device
            ),
            missing,
        ),
        (
            Method::POST,
            format!("onetime-prekeys/consume?{unknown_device}"),
            missing,
        ),
        (
            Method::POST,
            format!(
                "onetime-prekeys/consume?{user_and_device}&consumed_by={}",
                alice.id
            ),
            forbidden,
        ),
        (
            Method::GET,
            "bundles?user_id=x".to_owned(),
            (400, "BAD_REQUEST"),
        ),
        (
            Method::DELETE,
            "identity/x".to_owned(),
            (400, "BAD_REQUEST"),
        ),
    ];
    for (method, path, (status, code)) in others {
        let path = format!("/v1/encryption/{path}");
        let asked = request(&server, Some(&eve), method.clone(), &path);
        assert_eq!(
            outcome(asked).await,
            (status, code.to_owned()),
            "{method} {path}"
        );
        let asked = request(&server, None, method.clone(), &path);
        assert_eq!(outcome(asked).await.0, 401, "{method} {path}");
    }
    let now = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    assert_eq!(now, identity);
    let left = alice.client.one_time_prekey_count(&device_of(&alice)).await;
    assert_eq!(left.unwrap(), 64);
}

#[tokio::test]
async fn keys_taken_out_of_use_leave_the_roster() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let identity = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    let gone = alice.client.deactivate_identity(&identity).await.unwrap();
    assert!(!gone.is_active);
    bob.wait_for(EventKind::DeviceRemoved).await;
    let none = bob.client.identity_key(&device_of(&alice)).await;
    assert_eq!(code(none), Some(ErrorCode::NotFound));

    let upload = UploadIdentityRequest {
        user_id: None,
        device_id: None,
        public_key: identity.public_key.clone(),
    };
    alice.client.upload_identity(&upload).await.unwrap();
    let next = bob.next_frame().await;
    assert_eq!(next.event(), Some(EventKind::DeviceAdded));
    let prekey = alice.client.active_signed_prekey(&device_of(&alice)).await;
    let prekey = prekey.unwrap();
    let gone = alice
        .client
        .deactivate_signed_prekey(&prekey)
        .await
        .unwrap();
    assert!(!gone.is_active);
    bob.wait_for(EventKind::DeviceRemoved).await;
    let kept = DeviceQuery {
        key_id: Some(prekey.key_id),
        ..device_of(&alice)
    };
    assert_eq!(bob.client.signed_prekey(&kept).await.unwrap(), gone);
    alice.client.delete_identity(&identity).await.unwrap();
    let again = alice.client.delete_identity(&identity).await;
    assert_eq!(code(again), Some(ErrorCode::NotFound));
}
