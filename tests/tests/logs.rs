//! What the log holds: enough to find a request again, and nothing that is anybody's secret.

use reqwest::Method;
use sentinal_client::{Authenticate, RawSocket};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::frame::ClientFrame;
use sentinal_tests::{ServerProcess, TestUser, answered, keys, outcome, patiently, request, until};
use serde_json::json;

/// What a log must not hold, each with a name for the test's own message.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, text: impl Into<String>) {
        let text = text.into();
        assert!(text.len() >= 8, "{what} is too short to be looked for");
        self.0.push((what, text));
    }

    fn add_tokens(&mut self, user: &TestUser) {
        let login = user.client.login().unwrap();
        self.add("an access token", &login.access_token);
        self.add("a refresh token", &login.refresh_token);
        // Whoever has the signature can put the rest together.
        let signature = login.access_token.rsplit('.').next().unwrap();
        self.add("a token's signature", signature);
    }
}

/// Attempts to get in; what was tried is nobody's business either.
async fn try_what_fails(server: &ServerProcess, secrets: &mut Secrets) {
    let wrong = json!({"identity": "alice", "password": "hunter2-hunter2", "device_id": "x"});
    let login = request(server, None, Method::POST, "/v1/auth/login").json(&wrong);
    assert_eq!(outcome(login).await.0, 401);
    secrets.add("a wrong password", "hunter2-hunter2");
    let forged = "eyJhbGciOiJIUzI1NiJ9.forged-claims.forged-signature";
    let asked = request(server, None, Method::GET, "/v1/users/me").bearer_auth(forged);
    assert_eq!(outcome(asked).await.0, 401);
    secrets.add("a forged token", forged);
    let refresh =
        json!({"session_id": uuid::Uuid::now_v7(), "refresh_token": "stolen-refresh-token"});
    let asked = request(server, None, Method::POST, "/v1/auth/refresh").json(&refresh);
    assert_eq!(outcome(asked).await.0, 401);
    secrets.add("a stolen refresh token", "stolen-refresh-token");
    let reset = json!({"identity": "alice", "token": "reset-token-guess", "new_password": "another-password"});
    let asked = request(server, None, Method::POST, "/v1/auth/password/reset").json(&reset);
    assert_eq!(outcome(asked).await.0, 400);
    secrets.add("a reset token", "reset-token-guess");
    secrets.add("a new password", "another-password");
}

/// The socket's address without a socket, and tokens of push services, good and bad.
async fn show_secrets_at_the_edge(server: &ServerProcess, bob: &TestUser, secrets: &mut Secrets) {
    let bare = format!(
        "/v1/ws?ticket={}",
        bob.client.ticket().await.unwrap().ticket
    );
    secrets.add("a ticket in a query", bare.rsplit('=').next().unwrap());
    let bare = request(server, None, Method::GET, &bare);
    assert_eq!(outcome(bare).await.0, 426);
    for (token, status) in [
        ("https://push.example/endpoint-of-bob", 201),
        ("http://push.example/misplaced-endpoint", 422),
    ] {
        let path = "/v1/users/me/push-tokens";
        let body = json!({"platform": "webpush", "token": token});
        let asked = request(server, Some(bob), Method::POST, path).json(&body);
        assert_eq!(outcome(asked).await.0, status, "{token}");
        secrets.add("a push token", token.rsplit('/').next().unwrap());
    }
}

/// Everything that people do, at the most talkative level.
#[tokio::test]
async fn no_token_password_key_or_ciphertext_is_ever_logged() {
    let settings = [("RUST_LOG", "trace"), ("LOG_FORMAT", "json")];
    let mut server = ServerProcess::spawn_logging(&settings).await;
    let mut secrets = Secrets::default();
    let (mut alice, bob, chat) = server.direct_chat("alice", "bob").await;
    secrets.add("a password", alice.password());
    secrets.add_tokens(&alice);
    secrets.add_tokens(&bob);

    try_what_fails(&server, &mut secrets).await;
    bob.client.forgot_password("alice").await.unwrap();
    bob.client.refresh().await.unwrap();
    secrets.add_tokens(&bob);

    // Keys.
    let keys = keys::setup(keys::one_time_keys(500..510));
    let in_base64 = |key| {
        serde_json::to_value(key)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    secrets.add("an identity key", in_base64(&keys.identity_key));
    secrets.add("a signed prekey", in_base64(&keys.signed_prekey.public_key));
    for key in &keys.one_time_keys {
        secrets.add("a one-time prekey", in_base64(&key.public_key));
    }
    alice.client.set_up_keys(&keys).await.unwrap();
    bob.client.bundle(alice.id, &alice.device).await.unwrap();

    // Messages by both doors, right ones and wrong ones, under keys and again.
    let mut message = bob.message(chat, 1).await;
    for entry in &mut message.ciphertexts {
        entry.ciphertext = keys::random_key();
        secrets.add("a ciphertext", in_base64(&entry.ciphertext));
    }
    message.idempotency_key = Some("idempotency-key-of-bob".to_owned());
    bob.client.send_message(&message).await.unwrap();
    bob.client.send_message(&message).await.unwrap();
    message.ciphertexts.clear();
    assert!(bob.client.send_message(&message).await.is_err());
    let group = request(&server, Some(&bob), Method::POST, "/v1/conversations")
        .header("Idempotency-Key", "k-1")
        .json(&json!({"type": "GROUP", "subject": "a secret subject"}));
    assert_eq!(answered(group).await.0, 201);
    secrets.add("an answer", "a secret subject");
    let broken = request(&server, Some(&bob), Method::POST, "/v1/messages")
        .header("Content-Type", "application/json")
        .body(r#"{"ciphertexts":[{"ciphertext":"bm90LXNvLXNlY3JldA==""#);
    assert_eq!(outcome(broken).await.0, 400);
    secrets.add("a ciphertext in a broken body", "bm90LXNvLXNlY3JldA==");

    // Sockets, by every way in; the token in the query string above all.
    alice.connect().await;
    alice.messages_until_synced().await;
    let ticket = bob.client.ticket().await.unwrap().ticket;
    secrets.add("a ticket", &ticket);
    let mut by_query = RawSocket::connect(&bob.client, Authenticate::Query)
        .await
        .unwrap();
    patiently("hello", by_query.wait_for(EventKind::Hello))
        .await
        .unwrap();
    by_query.send(ClientFrame::Ping).await.unwrap();
    patiently("pong", by_query.wait_for(EventKind::Pong))
        .await
        .unwrap();
    let path = format!("/v1/users/me?token=misplaced-token&ticket={ticket}");
    secrets.add("a token in a query", "misplaced-token");
    assert_eq!(
        outcome(request(&server, Some(&bob), Method::GET, &path))
            .await
            .0,
        200
    );

    show_secrets_at_the_edge(&server, &bob, &mut secrets).await;
    let last = request(&server, Some(&bob), Method::GET, "/v1/users/me")
        .header("X-Request-ID", "the-last-one");
    assert_eq!(outcome(last).await.0, 200);
    until("the log's last line", async || {
        server.log().contains("the-last-one").then_some(())
    })
    .await;
    server.terminate();
    assert!(server.ended().await);
    let log = server.log();
    assert!(
        log.contains("\"TRACE\"") || log.contains("TRACE"),
        "it says little"
    );
    for (what, secret) in secrets.0 {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{what} was logged");
    }
}
