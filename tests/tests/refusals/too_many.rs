//! Who asks too often is told when to come back.

use reqwest::Method;
use sentinal_tests::{TestServer, outcome, request};
use serde_json::json;

use super::refused;

/// Each way into an account bounds how often it is tried, from an address or for an account.
#[tokio::test]
async fn no_way_into_an_account_is_open_for_ever() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "3/1h"),
        ("RATE_LIMIT_GENERAL", "off"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let alice = server.user("alice").await;
    let login = alice.client.login().unwrap();
    let refresh = json!({"session_id": login.session_id, "refresh_token": login.refresh_token});
    let register = json!({"email": "alice@example.com", "username": "alice",
        "password": alice.password(), "device_id": "d"});
    let reset = json!({"identity": "alice", "token": "x", "new_password": "long enough"});
    let change = json!({"current_password": "a wrong guess", "new_password": "long enough"});
    let limited = refused(429, "RATE_LIMIT_EXCEEDED");
    for (number, (door, body)) in [
        ("register", register),
        ("password/forgot", json!({"identity": "somebody"})),
        ("password/reset", reset),
        ("password/change", change),
        ("refresh", refresh),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/v1/auth/{door}");
        // Each from an address of its own, whose count is whole.
        let address = format!("192.0.2.{}", number + 1);
        let mut answers = Vec::new();
        for _ in 0..4 {
            let asked = request(&server, Some(&alice), Method::POST, &path).json(&body);
            answers.push(outcome(asked.header("X-Forwarded-For", &address)).await);
        }
        assert_eq!(answers.last(), Some(&limited), "{door}: {answers:?}");
        assert_ne!(answers.first(), Some(&limited), "{door}: {answers:?}");
    }
}

#[tokio::test]
async fn messages_are_counted_by_themselves() {
    let limits = [
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_MESSAGES", "1/1h"),
    ];
    let server = TestServer::spawn_with(&limits).await;
    let (alice, _, chat) = server.direct_chat("alice", "bob").await;
    alice.try_send_text(chat, 1).await.unwrap();
    let second = alice.message(chat, 2).await;
    let second = request(&server, Some(&alice), Method::POST, "/v1/messages").json(&second);
    assert_eq!(outcome(second).await, refused(429, "RATE_LIMIT_EXCEEDED"));
}
