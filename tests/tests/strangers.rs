//! Who may not: without a usable token, or without the right to know of a thing.

use reqwest::Method;
use sentinal_tests::{TestServer, outcome, request};
use serde_json::json;

#[tokio::test]
async fn tokens_that_cannot_be_used_are_401() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let token = alice.client.login().unwrap().access_token.clone();
    let parts: Vec<_> = token.split('.').collect();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let flipped = |part: &str| {
        let last = if part.ends_with('A') { "E" } else { "A" };
        format!("{}{last}", &part[..part.len() - 1])
    };
    let cases = [
        ("nothing", String::new()),
        ("no scheme", token.clone()),
        ("another scheme", format!("Basic {token}")),
        ("no token", "Bearer ".to_owned()),
        ("rubbish", "Bearer x.y.z".to_owned()),
        ("no algorithm", format!("Bearer {unsigned}")),
        ("no signature", format!("Bearer {}.{}.", parts[0], parts[1])),
        (
            "another signature",
            format!(
                "Bearer {}.{}.{}",
                parts[0],
                parts[1],
                "A".repeat(parts[2].len())
            ),
        ),
        (
            "other claims",
            format!("Bearer {}.{}.{}", parts[0], flipped(parts[1]), parts[2]),
        ),
        ("a long one", format!("Bearer {}", "x".repeat(3_000))),
    ];
    for (case, header) in cases {
        let asked = request(&server, None, Method::GET, "/v1/users/me");
        let asked = asked.header("Authorization", header);
        assert_eq!(
            outcome(asked).await,
            (401, "UNAUTHORIZED".to_owned()),
            "{case}"
        );
    }
    // The right token, once its session has ended.
    alice.client.clone().log_out().await.unwrap();
    let asked = request(&server, None, Method::GET, "/v1/users/me").bearer_auth(&token);
    assert_eq!(outcome(asked).await.0, 401, "a session that has ended");
}

/// Whoever has no right to know of a thing is told that there is none, and nothing happens.
#[tokio::test]
async fn strangers_are_told_that_there_is_nothing() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let eve = server.user("eve").await;
    let message = alice.send_text(chat, 1).await.id;
    let send = json!({"conversation_id": chat, "ciphertexts": []});
    let session = alice.client.login().unwrap().session_id;
    let device = alice.client.devices().await.unwrap()[0].id;
    let other = server.user("carol").await;
    let cases = [
        (Method::GET, format!("/v1/conversations/{chat}"), None),
        (
            Method::GET,
            format!("/v1/conversations/{chat}/participants"),
            None,
        ),
        (
            Method::GET,
            format!("/v1/conversations/{chat}/sequence"),
            None,
        ),
        (
            Method::POST,
            format!("/v1/conversations/{chat}/sequence"),
            None,
        ),
        (
            Method::POST,
            format!("/v1/conversations/{chat}/participants"),
            Some(json!({"user_id": other.id})),
        ),
        (
            Method::DELETE,
            format!("/v1/conversations/{chat}/participants/{}", bob.id),
            None,
        ),
        (
            Method::PUT,
            format!("/v1/conversations/{chat}/participants/{}/role", bob.id),
            Some(json!({"role": "admin"})),
        ),
        (
            Method::POST,
            format!("/v1/conversations/{chat}/leave"),
            None,
        ),
        (
            Method::POST,
            format!("/v1/conversations/{chat}/read"),
            Some(json!({"up_to_sequence": 1})),
        ),
        (
            Method::GET,
            format!("/v1/messages?conversation_id={chat}"),
            None,
        ),
        (Method::POST, "/v1/messages".to_owned(), Some(send)),
        (Method::GET, format!("/v1/messages/{message}"), None),
        (
            Method::POST,
            format!("/v1/messages/{message}/delivered"),
            None,
        ),
        (Method::POST, format!("/v1/messages/{message}/read"), None),
        (
            Method::DELETE,
            format!("/v1/users/me/sessions/{session}"),
            None,
        ),
        (
            Method::POST,
            "/v1/auth/logout".to_owned(),
            Some(json!({"session_id": session})),
        ),
        (
            Method::DELETE,
            format!("/v1/users/me/devices/{device}"),
            None,
        ),
    ];
    for (method, path, body) in cases {
        let mut asked = request(&server, Some(&eve), method.clone(), &path);
        if let Some(body) = &body {
            asked = asked.json(body);
        }
        let refused = (404, "NOT_FOUND".to_owned());
        assert_eq!(outcome(asked).await, refused, "{method} {path}");
        let mut asked = request(&server, None, method.clone(), &path);
        if let Some(body) = &body {
            asked = asked.json(body);
        }
        assert_eq!(
            outcome(asked).await.0,
            401,
            "{method} {path} without a token"
        );
    }
    let state = alice.client.conversation(chat).await.unwrap();
    assert_eq!((state.last_sequence, state.participant_count), (1, 2));
}
