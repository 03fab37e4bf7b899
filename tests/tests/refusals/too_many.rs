//! Who asks too often is told when to come back.

use reqwest::Method;
use sentinal_tests::{TestServer, outcome, request};
use serde_json::{Value, json};

use super::{asked, refused};

/// Each way into an account has its own count.
#[tokio::test]
async fn the_ways_into_an_account_are_counted_each_by_itself() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "3/1h"),
        ("RATE_LIMIT_GENERAL", "off"),
        ("RATE_LIMIT_MESSAGES", "1/1h"),
    ])
    .await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let refresh = alice.client.login().unwrap().refresh_token.clone();
    let register = json!({"email": "alice@example.com", "username": "alice",
        "password": alice.password(), "device_id": "d"});
    let change = json!({"current_password": "a wrong guess", "new_password": "long enough"});
    let cases: [(&str, Value); 5] = [
        ("register", register),
        ("password/forgot", json!({"identity": "alice"})),
        (
            "password/reset",
            json!({"identity": "alice", "token": "x", "new_password": "long enough"}),
        ),
        ("password/change", change),
        ("refresh", json!({"refresh_token": refresh})),
    ];
    let limited = refused(429, "RATE_LIMIT_EXCEEDED");
    for (door, body) in cases {
        let path = format!("/v1/auth/{door}");
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(asked(&server, &alice, Method::POST, &path, body.clone()).await);
        }
        assert!(answers.contains(&limited), "{door}: {answers:?}");
        assert_ne!(answers.first(), Some(&limited), "{door}");
    }
    bob.try_send_text(chat, 1).await.unwrap();
    let second = bob.message(chat, 2).await;
    let second = request(&server, Some(&bob), Method::POST, "/v1/messages").json(&second);
    assert_eq!(outcome(second).await, limited);
}
