//! Keys of devices: who may upload and fetch what, and what others hear of it.

use ed25519_dalek::{Signer as _, SigningKey};
use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::auth::RegisterRequest;
use sentinal_protocol::api::keys::{
    DeviceQuery, RotateSignedPrekeyRequest, UploadIdentityRequest, UploadSignedPrekeyRequest,
};
use sentinal_protocol::api::messages::DeviceMismatch;
use sentinal_protocol::event::{DeviceAdded, EventKind, IdentityChanged, ServerFrame};
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::keys::{device_of, one_time_keys, random_key, setup, signed_prekey};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};
use serde_json::{Value, json};
use uuid::Uuid;

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
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
    assert_eq!(changed.user_id(), Some(alice.id));
    assert_eq!(
        changed.entry::<IdentityChanged>().device.device_id,
        alice.device
    );
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
    assert_eq!(added.entry::<DeviceAdded>().device.device_id, alice.device);
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
    assert_eq!(next.kind(), Some(EventKind::MessageNew));
}

#[tokio::test]
async fn setup_with_another_identity_is_one_step() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    alice.set_up_keys().await;
    let changed = bob.next_frame().await;
    assert_eq!(changed.kind(), Some(EventKind::IdentityChanged));
    let added = bob.next_frame().await;
    assert_eq!(added.kind(), Some(EventKind::DeviceAdded));
    let revision = |frame: &ServerFrame| frame.revision().unwrap();
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
    assert_eq!(next.kind(), Some(EventKind::MessageNew));
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

/// Sends these requests for keys as `user`, and once more as nobody.
async fn refused(
    server: &TestServer,
    user: &TestUser,
    cases: &[(Method, String, Value, u16, &str)],
) {
    for (method, path, body, status, code) in cases {
        let path = format!("/v1/encryption/{path}");
        let asked = |user| {
            let request = request(server, user, method.clone(), &path);
            if body.is_null() {
                request
            } else {
                request.json(body)
            }
        };
        let expected = (*status, (*code).to_owned());
        assert_eq!(
            outcome(asked(Some(user))).await,
            expected,
            "{method} {path} {body}"
        );
        assert_eq!(outcome(asked(None)).await.0, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_changes_the_keys_of_another() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let laptop = eve.another_device("eve-laptop").await;
    let identity = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    let prekey = alice.client.active_signed_prekey(&device_of(&alice)).await;
    let prekey = prekey.unwrap().id;
    let device = alice.client.devices().await.unwrap()[0].id;
    let key = || json!(random_key());
    let one_time = |field: &str, value: Value| {
        let mut body = json!({"key_id": 900, "public_key": key()});
        body[field] = value;
        body
    };
    let mut foreign_setup = json!(setup(Vec::new()));
    foreign_setup["device_id"] = json!(device);
    let mixed = [one_time("device_id", json!(eve.device)), {
        let mut other = one_time("device_id", json!(laptop.device));
        other["key_id"] = json!(901);
        other
    }];
    let post = |path: &str, body, status, code| (Method::POST, path.to_owned(), body, status, code);
    let cases = [
        post(
            "identity",
            json!({"user_id": alice.id, "public_key": key()}),
            403,
            "FORBIDDEN",
        ),
        post(
            "identity",
            json!({"device_id": alice.device, "public_key": key()}),
            404,
            "NOT_FOUND",
        ),
        post(
            "identity",
            json!({"device_id": device, "public_key": key()}),
            404,
            "NOT_FOUND",
        ),
        post(
            "onetime-prekeys",
            json!({"keys": [one_time("user_id", json!(alice.id))]}),
            403,
            "FORBIDDEN",
        ),
        post(
            "onetime-prekeys",
            json!({"keys": [one_time("device_id", json!(alice.device))]}),
            404,
            "NOT_FOUND",
        ),
        post(
            "onetime-prekeys",
            json!({"keys": mixed}),
            422,
            "VALIDATION_ERROR",
        ),
        post("setup", foreign_setup, 404, "NOT_FOUND"),
        (
            Method::DELETE,
            format!("identity/{}", identity.id),
            Value::Null,
            404,
            "NOT_FOUND",
        ),
        (
            Method::PUT,
            format!("identity/{}/deactivate", identity.id),
            Value::Null,
            404,
            "NOT_FOUND",
        ),
        (
            Method::PUT,
            format!("signed-prekeys/{prekey}/deactivate"),
            Value::Null,
            404,
            "NOT_FOUND",
        ),
        (
            Method::DELETE,
            "identity/x".to_owned(),
            Value::Null,
            400,
            "BAD_REQUEST",
        ),
    ];
    refused(&server, &eve, &cases).await;
    let now = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    assert_eq!(now, identity);
    let left = alice.client.one_time_prekey_count(&device_of(&alice)).await;
    assert_eq!(left.unwrap(), 64);
}

#[tokio::test]
async fn keys_of_what_is_not_there_are_not_there() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let nobody = Uuid::now_v7();
    let known = format!("user_id={}&device_id={}", alice.id, alice.device);
    let unknown_user = format!("user_id={nobody}&device_id={}", alice.device);
    let unknown_device = format!("user_id={}&device_id=toaster", alice.id);
    let mut cases = Vec::new();
    let mut get = |path: String, status, code| {
        cases.push((Method::GET, path, Value::Null, status, code));
    };
    for unknown in [&unknown_user, &unknown_device] {
        for path in [
            "identity",
            "signed-prekeys",
            "signed-prekeys/active",
            "onetime-prekeys/count",
            "keys/active",
            "bundles",
        ] {
            get(format!("{path}?{unknown}"), 404, "NOT_FOUND");
        }
    }
    get(format!("bundles?user_id={nobody}"), 404, "NOT_FOUND");
    get(
        format!("signed-prekeys?{known}&key_id=99"),
        404,
        "NOT_FOUND",
    );
    let consumer = format!("{known}&consumer_device_id={}", alice.device);
    get(format!("bundles?{consumer}"), 404, "NOT_FOUND");
    get(
        format!("identity?user_id={}", alice.id),
        422,
        "VALIDATION_ERROR",
    );
    get("bundles?user_id=x".to_owned(), 400, "BAD_REQUEST");
    let mut consume = |query: String, status, code| {
        let path = format!("onetime-prekeys/consume?{query}");
        cases.push((Method::POST, path, Value::Null, status, code));
    };
    consume(unknown_user, 404, "NOT_FOUND");
    consume(unknown_device, 404, "NOT_FOUND");
    consume(
        format!("{known}&consumed_by={}", alice.id),
        403,
        "FORBIDDEN",
    );
    refused(&server, &eve, &cases).await;
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
    assert_eq!(next.kind(), Some(EventKind::DeviceAdded));
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
