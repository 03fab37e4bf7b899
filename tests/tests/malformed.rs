//! Bad input gets the documented answer and changes nothing; a client that made one mistake keeps
//! its socket.

use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use sentinal_client::{RawFrame, RawSocket};
use sentinal_protocol::api::messages::HistoryQuery;
use sentinal_protocol::event::{ErrorAnswer, EventKind};
use sentinal_protocol::frame::{ClientFrame, FrameId};
use sentinal_protocol::{CloseCode, ConversationId};
use sentinal_tests::{Said, TestServer, answered, outcome, patiently, request};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn bodies_that_do_not_parse_are_400_and_rules_422() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let device = bob.device.clone();
    let ciphertext = json!([{"recipient_device_id": device, "ciphertext": "MQ=="}]);
    let send = |change: Value| {
        let mut body = json!({"conversation_id": chat, "ciphertexts": ciphertext});
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        body.to_string()
    };
    let bad = (400, "BAD_REQUEST");
    let rule = (422, "VALIDATION_ERROR");
    let cases = [
        ("no JSON", "not json".to_owned(), bad),
        ("half of it", "{\"conversation_id\":".to_owned(), bad),
        ("empty", String::new(), bad),
        ("an array", "[]".to_owned(), bad),
        (
            "an array in place of an object",
            format!(r#"["{chat}", []]"#),
            bad,
        ),
        ("a deep one", "[".repeat(100_000), bad),
        (
            "an id that is none",
            send(json!({"conversation_id": "x"})),
            bad,
        ),
        ("a wrong type", send(json!({"ciphertexts": 7})), bad),
        (
            "a character that databases do not keep",
            send(json!({"client_message_id": "a\u{0}b"})),
            bad,
        ),
        ("nothing in it", "{}".to_owned(), rule),
        (
            "no base64",
            send(json!({"ciphertexts":
            [{"recipient_device_id": device, "ciphertext": "not base64!"}]})),
            rule,
        ),
        (
            "an empty ciphertext",
            send(json!({"ciphertexts":
            [{"recipient_device_id": device, "ciphertext": ""}]})),
            rule,
        ),
        (
            "an unknown word",
            send(json!({"message_type": "smell"})),
            rule,
        ),
        (
            "a long id",
            send(json!({"client_message_id": "x".repeat(129)})),
            rule,
        ),
    ];
    for (case, body, (status, code)) in cases {
        let asked = request(&server, Some(&alice), Method::POST, "/v1/messages")
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        assert_eq!(outcome(asked).await, (status, code.to_owned()), "{case}");
    }
    let sequence = alice.client.sequence(chat).await.unwrap();
    assert_eq!(sequence.last_sequence, 0, "nothing was stored");
}

/// JSON that is handed on is JSON that every reader takes. What is not comes to nothing: two requests
/// that cannot be compared must not pass for one, whose second is answered and never stored.
#[tokio::test]
async fn json_that_not_every_reader_takes_is_refused() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let rule = (422, "VALIDATION_ERROR".to_owned());
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let send = |key: &str, metadata: &str, header: &str| {
        let body = format!(
            r#"{{"conversation_id":"{chat}","client_message_id":"{key}","metadata":{metadata},
                "ciphertexts":[{{"recipient_device_id":"{}","ciphertext":"MQ==","header":{header}}}]}}"#,
            bob.device
        );
        let asked = request(&server, Some(&alice), Method::POST, "/v1/messages");
        outcome(asked.header(CONTENT_TYPE, "application/json").body(body))
    };
    for bad in [&*deep(33), &deep(200), "[1e400]", r#""\ud800""#] {
        assert_eq!(send("one", bad, "null").await, rule, "metadata {bad}");
        assert_eq!(send("one", "null", bad).await, rule, "header {bad}");
    }
    let fits = deep(32);
    assert_eq!(send("one", &fits, &fits).await.0, 201);
    assert_eq!(send("one", &fits, &fits).await.0, 200, "a repeat");
    let other = send("one", "[[]]", &fits).await;
    assert_eq!(other, (409, "IDEMPOTENCY_CONFLICT".to_owned()));
    assert_eq!(send("two", "{\n\"a\":\r\n1}", "null").await.0, 201);
    let query = HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: None,
        around_seq: None,
        limit: None,
    };
    let page = alice.client.history(&query).await.unwrap();
    let metadata = page.messages.iter().filter_map(|it| it.metadata.as_ref());
    let metadata: Vec<&str> = metadata.map(|it| it.get()).collect();
    assert!(metadata.contains(&fits.as_str()), "{metadata:?}");
    assert!(
        metadata.iter().all(|it| !it.contains(['\n', '\r'])),
        "{metadata:?}"
    );
}

/// A time whose offset carries it out of the years that can be written would be stored and never be
/// shown again.
#[tokio::test]
async fn times_that_cannot_be_written_are_refused() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let mute = |until: &str| {
        let path = format!("/v1/conversations/{chat}/mute");
        outcome(request(&server, Some(&alice), Method::POST, &path).json(&json!({"until": until})))
    };
    for out in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"] {
        assert_eq!(mute(out).await.0, 422, "{out}");
    }
    assert_eq!(mute("9999-12-31T23:59:59Z").await.0, 200);
    let list = request(&server, Some(&alice), Method::GET, "/v1/conversations");
    assert_eq!(outcome(list).await.0, 200);
}

#[tokio::test]
async fn groups_and_keys_keep_the_rules() {
    let server = TestServer::spawn().await;
    let (alice, bob, _chat) = server.direct_chat("alice", "bob").await;
    let cases = [
        (
            "an unknown type",
            "/v1/conversations",
            json!({"type": "CROWD"}),
        ),
        (
            "a long subject",
            "/v1/conversations",
            json!({"type": "GROUP",
            "subject": "x".repeat(129), "participants": [bob.id]}),
        ),
        (
            "a short key",
            "/v1/encryption/identity",
            json!({"public_key": "AAAA"}),
        ),
        (
            "no keys",
            "/v1/encryption/onetime-prekeys",
            json!({"keys": []}),
        ),
    ];
    for (case, path, body) in cases {
        let asked = request(&server, Some(&alice), Method::POST, path).json(&body);
        let rule = (422, "VALIDATION_ERROR".to_owned());
        assert_eq!(outcome(asked).await, rule, "{case}");
    }
}

#[tokio::test]
async fn registrations_keep_the_rules() {
    let server = TestServer::spawn().await;
    let good = json!({"email": "carol@example.com", "username": "carol",
        "password": "correct horse", "device_id": "phone"});
    let cases = [
        ("email", json!("no address")),
        ("username", json!("no spaces please")),
        ("username", json!("ab")),
        ("password", json!("short")),
        ("password", json!("x".repeat(73))),
        ("phone_number", json!("0800-CALL")),
        ("display_name", json!("")),
        ("display_name", json!("x".repeat(65))),
        ("device_id", json!("")),
        ("device_id", json!("x".repeat(129))),
        ("device_id", Value::Null),
    ];
    for (field, value) in cases {
        let mut body = good.clone();
        if value.is_null() {
            body.as_object_mut().unwrap().remove(field);
        } else {
            body[field] = value.clone();
        }
        let asked = request(&server, None, Method::POST, "/v1/auth/register").json(&body);
        let (status, refusal) = answered(asked).await;
        assert_eq!(status, 422, "{field}: {value}");
        assert_eq!(refusal["details"][0]["field"], field, "{refusal}");
        assert!(refusal["details"][0]["reason"].is_string(), "{refusal}");
    }
    let asked = request(&server, None, Method::POST, "/v1/auth/register").json(&good);
    assert_eq!(
        outcome(asked).await.0,
        201,
        "nothing was taken by the refused ones"
    );
}

#[tokio::test]
async fn the_form_of_a_body_is_checked_before_it_is_read() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let post = || request(&server, Some(&alice), Method::POST, "/v1/conversations");
    let unsupported = (415, "UNSUPPORTED_MEDIA_TYPE".to_owned());
    let form = post().header(CONTENT_TYPE, "text/plain").body("{}");
    assert_eq!(outcome(form).await, unsupported);
    let packed = post()
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_ENCODING, "gzip");
    assert_eq!(outcome(packed.body("{}")).await, unsupported);
    assert_eq!(
        outcome(post()).await,
        (400, "BAD_REQUEST".to_owned()),
        "no body at all"
    );
    let large = json!({"type": "GROUP", "subject": "x".repeat(1_100_000)});
    assert_eq!(
        outcome(post().json(&large)).await,
        (413, "PAYLOAD_TOO_LARGE".to_owned())
    );
    let long = format!("/v1/conversations?page={}", "1".repeat(9_000));
    let long = request(&server, Some(&alice), Method::GET, &long);
    assert!([400, 414, 431].contains(&outcome(long).await.0));
}

#[tokio::test]
async fn ids_and_pages_that_do_not_parse_are_refused() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let cases = [
        ("/v1/conversations/x", 400),
        ("/v1/conversations/x/participants", 400),
        ("/v1/messages/x", 400),
        ("/v1/users/x/devices", 400),
        ("/v1/messages", 422),
        ("/v1/messages?conversation_id=x", 400),
        ("/v1/conversations?page=x", 400),
        ("/v1/conversations?page=0", 422),
        ("/v1/conversations?limit=101", 422),
        ("/v1/encryption/bundles?user_id=x&device_id=y", 400),
    ];
    for (path, status) in cases {
        let (got, _) = outcome(request(&server, Some(&alice), Method::GET, path)).await;
        assert_eq!(got, status, "{path}");
    }
}

/// The code that a frame is refused with.
async fn refusal(socket: &mut RawSocket, text: String) -> String {
    socket.send_text(text).await.unwrap();
    let error = patiently("a refusal", socket.wait_for(EventKind::Error))
        .await
        .unwrap();
    let error = error.says::<ErrorAnswer>();
    assert_eq!(error.id.as_ref().and_then(FrameId::as_u64), Some(7));
    assert!(!error.error.is_empty());
    error.code.clone()
}

#[tokio::test]
async fn malformed_frames_are_refused_and_the_socket_lives() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let nobody = ConversationId(Uuid::from_u128(1));
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let cases = [
        (json!({"type": "message:smell"}), "UNKNOWN_TYPE"),
        (json!({"type": "ack"}), "VALIDATION_ERROR"),
        (
            json!({"type": "ack", "conversation_id": "x", "revision": 1}),
            "BAD_REQUEST",
        ),
        (
            json!({"type": "ack", "conversation_id": chat, "revision": -1}),
            "BAD_REQUEST",
        ),
        (
            json!({"type": "ack", "conversation_id": nobody, "revision": 1}),
            "NOT_FOUND",
        ),
        (json!({"type": "message:send"}), "VALIDATION_ERROR"),
        (
            json!({"type": "message:send", "conversation_id": nobody, "ciphertexts": []}),
            "NOT_FOUND",
        ),
        (
            json!({"type": "message:send", "conversation_id": chat, "ciphertexts": 1}),
            "BAD_REQUEST",
        ),
        (
            json!({"type": "message:send", "conversation_id": chat, "ciphertexts": [],
            "message_type": "smell"}),
            "VALIDATION_ERROR",
        ),
        (
            json!({"type": "message:send", "conversation_id": chat, "ciphertexts": []}),
            "DEVICE_MISMATCH",
        ),
        (
            json!({"type": "message:read", "message_id": "x"}),
            "BAD_REQUEST",
        ),
        (
            json!({"type": "message:read", "message_id": nobody}),
            "NOT_FOUND",
        ),
        (
            json!({"type": "typing:started", "conversation_id": nobody}),
            "NOT_FOUND",
        ),
        (json!({"type": "sync", "cursors": {}}), "BAD_REQUEST"),
        (
            json!({"type": "ping", "padding": "x".repeat(600 * 1024)}),
            "PAYLOAD_TOO_LARGE",
        ),
    ];
    for (mut frame, code) in cases {
        frame["id"] = json!(7);
        let shown = frame.to_string().chars().take(80).collect::<String>();
        assert_eq!(
            refusal(&mut socket, frame.to_string()).await,
            code,
            "{shown}"
        );
    }
    for text in ["{}", r#"{"id":7}"#, r#"{"type":1,"id":7}"#] {
        socket.send_text(text).await.unwrap();
        let refused = patiently("a refusal", socket.wait_for(EventKind::Error)).await;
        let refused = refused.unwrap();
        assert_eq!(refused.says::<ErrorAnswer>().code, "BAD_REQUEST", "{text}");
    }
    socket.send(ClientFrame::Ping).await.unwrap();
    patiently("pong", socket.wait_for(EventKind::Pong))
        .await
        .unwrap();
    let sequence = alice.client.sequence(chat).await.unwrap();
    assert_eq!(sequence.last_sequence, 0, "nothing was stored");
}

#[tokio::test]
async fn what_is_no_frame_at_all_closes_the_socket() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let protocol = CloseCode::Protocol.number();
    for text in ["not json", "[]", "7", "", "{\"type\":"] {
        let mut socket = alice.raw_socket().await;
        patiently("hello", socket.wait_for(EventKind::Hello))
            .await
            .unwrap();
        socket.send_text(text).await.unwrap();
        assert_eq!(
            patiently("the end", socket.closed()).await.0,
            protocol,
            "{text}"
        );
    }
    let mut socket = alice.raw_socket().await;
    socket.send_binary(vec![0; 16]).await.unwrap();
    assert_eq!(patiently("the end", socket.closed()).await.0, protocol);
    let mut socket = alice.raw_socket().await;
    let large = json!({"type": "ping", "padding": "x".repeat(1_100_000)});
    // The server may close before all of it is written.
    let _ = socket.send_text(large.to_string()).await;
    let big = CloseCode::FrameTooBig.number();
    assert_eq!(patiently("the end", socket.closed()).await.0, big);
}

/// The other sockets of the same person, and of others, do not suffer from a bad one.
#[tokio::test]
async fn the_neighbours_of_a_malformed_frame_hear_on() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let mut bad = bob.raw_socket().await;
    patiently("hello", bad.wait_for(EventKind::Hello))
        .await
        .unwrap();
    bad.send_text("not json").await.unwrap();
    loop {
        if let RawFrame::Closed(..) = patiently("the end", bad.next()).await {
            break;
        }
    }
    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
}
