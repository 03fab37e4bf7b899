//! Keys that are not the caller's to store, or do not fit what is there.

use reqwest::Method;
use sentinal_protocol::Base64;
use sentinal_protocol::api::auth::Tokens;
use sentinal_tests::keys::{device_of, one_time_keys, random_key, setup};
use sentinal_tests::{TestServer, TestUser, fetched, outcome, request};
use serde_json::{Value, json};

use super::{asked, refused};

async fn post(server: &TestServer, user: &TestUser, path: &str, body: Value) -> (u16, String) {
    let path = format!("/v1/encryption/{path}");
    asked(server, user, Method::POST, &path, body).await
}

fn signed(key_id: u32) -> Value {
    json!({"key_id": key_id, "public_key": random_key(), "signature": Base64(vec![7; 64])})
}

/// `body` with one field more.
fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

#[tokio::test]
async fn keys_are_stored_for_oneself_and_ones_devices_only() {
    let server = TestServer::spawn().await;
    let (alice, bob, _) = server.direct_chat("alice", "bob").await;
    let all = json!(setup(one_time_keys(1..3)));
    let mut of_bob = setup(one_time_keys(1..3));
    of_bob.one_time_keys[0].user_id = Some(bob.id);
    let (new, other) = (signed(2), json!({"key": signed(3)}));
    for (path, body, others) in [
        ("setup", &all, json!(of_bob)),
        ("signed-prekeys", &new, with(&new, "user_id", json!(bob.id))),
        (
            "signed-prekeys/rotate",
            &other,
            with(&other, "user_id", json!(bob.id)),
        ),
    ] {
        let answer = post(&server, &alice, path, others).await;
        assert_eq!(answer, refused(403, "FORBIDDEN"), "{path}");
        for device in [&bob.device, "nobody's"] {
            let others = with(body, "device_id", json!(device));
            let answer = post(&server, &alice, path, others).await;
            assert_eq!(answer, refused(404, "NOT_FOUND"), "{path} {device}");
        }
    }
}

#[tokio::test]
async fn keys_do_not_replace_others_under_their_ids() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let taken = refused(409, "KEY_ID_CONFLICT");
    // The device's own keys have the ids from 1 on.
    let one_time = json!({"keys": one_time_keys(1..2)});
    assert_eq!(
        post(&server, &alice, "onetime-prekeys", one_time).await,
        taken
    );
    let path = "signed-prekeys/rotate";
    let again = json!({"key": signed(1)});
    assert_eq!(post(&server, &alice, path, again).await, taken);
    let stored = alice.client.identity_key(&device_of(&alice)).await.unwrap();
    let mut many = setup(one_time_keys(1_000..1_100));
    many.identity_key = stored.public_key.clone();
    many.signed_prekey.key_id = 9;
    assert_eq!(
        post(&server, &alice, "setup", json!(many)).await,
        (201, String::new())
    );
    // What setup names takes the place of all that was there, so that it never fills up; the rest does.
    let full = refused(409, "CONFLICT");
    for (ids, answer) in [(2_000..2_100, (201, String::new())), (3_000..3_001, full)] {
        let more = json!({"keys": one_time_keys(ids)});
        assert_eq!(post(&server, &alice, "onetime-prekeys", more).await, answer);
    }
}

#[tokio::test]
async fn what_is_no_key_is_not_stored() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let short = json!({"key_id": 7, "public_key": "AAAA", "signature": Base64(vec![7; 64])});
    let mut all = json!(setup(Vec::new()));
    all["identity_key"] = json!("AAAA");
    for (path, body) in [
        ("setup", all),
        ("signed-prekeys", short.clone()),
        ("signed-prekeys/rotate", json!({"key": short})),
    ] {
        let answer = post(&server, &alice, path, body).await;
        assert_eq!(answer, refused(422, "VALIDATION_ERROR"), "{path}");
    }
}

#[tokio::test]
async fn a_device_without_identity_has_no_signed_prekey() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let fresh = alice.another_device_without_keys("alice-tv").await;
    let path = "signed-prekeys/rotate";
    let answer = post(&server, &fresh, path, json!({"key": signed(1)})).await;
    assert_eq!(answer, refused(409, "NO_IDENTITY_KEY"));
}

#[tokio::test]
async fn a_strict_server_takes_no_prekey_that_is_not_signed() {
    let server = TestServer::spawn_with(&[("E2EE_VERIFY", "strict")]).await;
    let client = server.stranger();
    // Nobody signs what `TestUser` uploads, so this one signs up by hand.
    let account = json!({"email": "alice@example.com", "username": "alice",
        "password": "correct horse battery", "device_id": "alice-phone"});
    let signing_up = client.call(Method::POST, "/v1/auth/register");
    let tokens: Tokens = signing_up.body(&account).data().await.unwrap();
    let send = |path: &str, body: Value| {
        let asked = request(
            &server,
            None,
            Method::POST,
            &format!("/v1/encryption/{path}"),
        );
        outcome(asked.bearer_auth(&tokens.access_token).json(&body))
    };
    let identity = json!({"public_key": random_key()});
    assert_eq!(send("identity", identity).await, (201, String::new()));
    let unsigned = refused(422, "INVALID_SIGNATURE");
    assert_eq!(send("signed-prekeys", signed(1)).await, unsigned);
    let rotated = json!({"key": signed(1)});
    assert_eq!(send("signed-prekeys/rotate", rotated).await, unsigned);
}

#[tokio::test]
async fn keys_of_somebody_are_those_of_one_device() {
    let server = TestServer::spawn().await;
    let (alice, bob, _) = server.direct_chat("alice", "bob").await;
    let rule = refused(422, "VALIDATION_ERROR");
    for path in [
        "keys/active",
        "onetime-prekeys/count",
        "signed-prekeys",
        "signed-prekeys/active",
    ] {
        let path = format!("/v1/encryption/{path}?user_id={}", bob.id);
        let answer = asked(&server, &alice, Method::GET, &path, Value::Null).await;
        assert_eq!(answer, rule, "{path}");
    }
    let own = format!(
        "/v1/encryption/onetime-prekeys/consume?user_id={}&device_id={}",
        alice.id, alice.device
    );
    let answer = asked(&server, &alice, Method::POST, &own, Value::Null).await;
    assert_eq!(answer, rule, "one's own key");
    let head = format!(
        "/v1/encryption/bundles?user_id={}&device_id={}",
        bob.id, bob.device
    );
    let head = request(&server, Some(&alice), Method::HEAD, &head);
    assert_eq!(fetched(head).await.status(), 405);
    assert_eq!(
        alice
            .client
            .one_time_prekey_count(&device_of(&bob))
            .await
            .unwrap(),
        64,
        "none was used up"
    );
}
