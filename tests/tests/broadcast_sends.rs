//! Messages to broadcast lists: everybody is written to alone.

use std::collections::BTreeSet;

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::broadcasts::{
    CreateBroadcastRequest, SendBroadcastRequest, SentBroadcast,
};
use sentinal_protocol::api::messages::{Ciphertext, DeviceMismatch, HistoryQuery};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Base64, BroadcastId, ErrorCode, UserId};
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::{Value, json};
use uuid::Uuid;

async fn list(user: &TestUser, name: &str, recipients: &[&TestUser]) -> BroadcastId {
    let request = CreateBroadcastRequest {
        name: name.to_owned(),
        description: None,
        recipients: recipients.iter().map(|user| user.id).collect(),
        owner_id: None,
    };
    let made = user.client.create_broadcast(&request).await.unwrap();
    assert_eq!(made.skipped, []);
    made.broadcast.id
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

/// A ciphertext of `text` for each of these devices.
fn message(text: &str, devices: &[(&TestUser, &str)]) -> SendBroadcastRequest {
    let ciphertexts = devices.iter().map(|(user, device)| Ciphertext {
        recipient_device_id: (*device).to_owned(),
        recipient_user_id: Some(user.id),
        ciphertext: Base64(text.as_bytes().to_vec()),
        header: None,
    });
    SendBroadcastRequest {
        ciphertexts: ciphertexts.collect(),
        message_type: None,
        client_message_id: Some(Uuid::now_v7().to_string()),
        idempotency_key: None,
    }
}

/// What a user can read in the conversation with someone.
async fn said(reader: &TestUser, other: &TestUser) -> Vec<String> {
    let chat = reader.client.create_direct(other.id).await;
    let Ok(chat) = chat else { return Vec::new() };
    let query = HistoryQuery {
        conversation_id: chat.id,
        before_seq: None,
        after_seq: Some(0),
        around_seq: None,
        limit: None,
    };
    let page = reader.client.history(&query).await.unwrap();
    let texts = page
        .messages
        .into_iter()
        .filter_map(|message| message.ciphertext);
    texts.map(|it| String::from_utf8(it.0).unwrap()).collect()
}

fn accepted(sent: &SentBroadcast) -> BTreeSet<UserId> {
    sent.messages
        .iter()
        .map(|message| message.user_id)
        .collect()
}

#[tokio::test]
async fn everybody_on_the_list_is_written_to_alone() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device("alice-laptop").await;
    let (mut bob, carol) = (server.user("bob").await, server.user("carol").await);
    let dora = server.user("dora").await;
    // One conversation is there already, the others are made.
    alice.client.create_direct(bob.id).await.unwrap();
    bob.connect().await;
    let id = list(&alice, "Friends", &[&bob, &carol, &dora]).await;
    let request = message(
        "hello",
        &[
            (&bob, "bob-phone"),
            (&carol, "carol-phone"),
            (&laptop, "alice-laptop"),
        ],
    );
    let answer = alice.client.send_broadcast(id, &request).await.unwrap();
    let sent = &answer.data;
    assert!(!answer.duplicate);
    assert_eq!(sent.accepted, 2);
    assert_eq!(accepted(sent), BTreeSet::from([bob.id, carol.id]));
    // Dora's device was forgotten: only she misses it.
    assert_eq!(sent.skipped.len(), 1);
    assert_eq!(sent.skipped[0].user_id, dora.id);
    assert_eq!(sent.skipped[0].code, "DEVICE_MISMATCH");
    let details = sent.skipped[0].details.clone().unwrap();
    let mismatch: DeviceMismatch = serde_json::from_value(details).unwrap();
    assert_eq!(mismatch.missing[0].device_id, "dora-phone");

    let heard = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!(heard.user_id(), Some(alice.id));
    assert_eq!(said(&bob, &alice).await, ["hello"]);
    assert_eq!(said(&carol, &alice).await, ["hello"]);
    assert!(said(&dora, &alice).await.is_empty());
    assert_eq!(said(&laptop, &bob).await, ["hello"]);
    assert_eq!(said(&laptop, &carol).await, ["hello"]);
    assert_eq!(said(&bob, &carol).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_retry_doubles_nothing_whatever_has_changed_since() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let carol = server.user("carol").await;
    let id = list(&alice, "Friends", &[&bob]).await;
    let mut request = message("once", &[(&bob, "bob-phone")]);
    let sends = (0..8).map(|_| alice.client.send_broadcast(id, &request));
    let answers = futures_util::future::join_all(sends).await;
    let first = answers[0].as_ref().unwrap().data.clone();
    for answer in answers {
        assert_eq!(answer.unwrap().data, first);
    }
    alice
        .client
        .add_recipients(id, vec![carol.id])
        .await
        .unwrap();
    bob.another_device("bob-laptop").await;
    let again = alice.client.send_broadcast(id, &request).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.data, first);
    alice.client.delete_broadcast(id).await.unwrap();
    assert_eq!(
        alice
            .client
            .send_broadcast(id, &request)
            .await
            .unwrap()
            .data,
        first
    );
    assert_eq!(said(&bob, &alice).await, ["once"]);

    request.ciphertexts[0].ciphertext = Base64(b"other".to_vec());
    let conflict = alice.client.send_broadcast(id, &request).await;
    assert_eq!(code(conflict), Some(ErrorCode::IdempotencyConflict));

    // The same with the other kind of key, for two recipients.
    let id = list(&alice, "More", &[&carol, &bob]).await;
    let devices = [
        (&bob, "bob-phone"),
        (&bob, "bob-laptop"),
        (&carol, "carol-phone"),
    ];
    let mut request = message("twice", &devices);
    request.client_message_id = None;
    request.idempotency_key = Some("k".to_owned());
    let one = alice.client.send_broadcast(id, &request).await.unwrap();
    assert_eq!(one.data.accepted, 2);
    let other = alice.client.send_broadcast(id, &request).await.unwrap();
    assert_eq!((other.duplicate, other.data), (true, one.data));
    assert_eq!(said(&carol, &alice).await, ["twice"]);
}

#[tokio::test]
async fn blocks_stay_silent_in_a_broadcast() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    // Bob's block was there before he was put on the list, and there is no DM yet.
    bob.client.block(alice.id).await.unwrap();
    let id = list(&alice, "Friends", &[&bob, &carol]).await;
    alice.client.block(carol.id).await.unwrap();
    let request = message("hello", &[(&bob, "bob-phone"), (&carol, "carol-phone")]);
    let sent = alice
        .client
        .send_broadcast(id, &request)
        .await
        .unwrap()
        .data;
    assert_eq!(
        accepted(&sent),
        BTreeSet::from([bob.id]),
        "who is blocked does not notice"
    );
    assert_eq!(sent.skipped[0].user_id, carol.id);
    assert_eq!(sent.skipped[0].code, "BLOCKED");
    assert!(said(&bob, &alice).await.is_empty());
}

#[tokio::test]
async fn devices_without_an_owner_are_found_or_refused() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let eve = server.user("eve").await;
    let id = list(&alice, "Friends", &[&bob, &carol]).await;
    let unnamed = |devices: &[(&TestUser, &str)]| {
        let mut request = message("hello", devices);
        for entry in &mut request.ciphertexts {
            entry.recipient_user_id = None;
        }
        request
    };
    let both = [(&bob, "bob-phone"), (&carol, "carol-phone")];
    let sent = alice
        .client
        .send_broadcast(id, &unnamed(&both))
        .await
        .unwrap()
        .data;
    assert_eq!(sent.accepted, 2);
    let unknown = alice
        .client
        .send_broadcast(id, &unnamed(&[(&eve, "eve-phone")]))
        .await;
    assert_eq!(code(unknown), Some(ErrorCode::Validation));
    let stranger = message("hello", &[both[0], both[1], (&eve, "eve-phone")]);
    let sent = alice
        .client
        .send_broadcast(id, &stranger)
        .await
        .unwrap()
        .data;
    assert_eq!((sent.accepted, sent.skipped[0].user_id), (2, eve.id));
    assert_eq!(sent.skipped[0].code, "UNKNOWN_USER");
    bob.another_device("tablet").await;
    carol.another_device("tablet").await;
    let ambiguous = alice
        .client
        .send_broadcast(id, &unnamed(&[(&bob, "tablet")]))
        .await;
    assert_eq!(code(ambiguous), Some(ErrorCode::AmbiguousDevice));
}

#[tokio::test]
async fn a_broadcast_counts_as_many_as_it_has_recipients_and_may_be_large() {
    let limits = [
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_BROADCAST", "4/1h"),
        ("RATE_LIMIT_MESSAGES", "1/1h"),
        ("RATE_LIMIT_AUTH", "off"),
    ];
    let server = TestServer::spawn_with(&limits).await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let id = list(&alice, "Friends", &[&bob, &carol]).await;
    let both = [(&bob, "bob-phone"), (&carol, "carol-phone")];
    for _ in 0..2 {
        let sent = alice.client.send_broadcast(id, &message("x", &both)).await;
        assert_eq!(sent.unwrap().data.accepted, 2);
    }
    let third = alice.client.send_broadcast(id, &message("x", &both)).await;
    assert_eq!(code(third), Some(ErrorCode::RateLimitExceeded));
    // Messages are counted by themselves.
    let chat = alice.client.create_direct(bob.id).await.unwrap().id;
    alice.send_text(chat, 1).await;
    let path = format!("/v1/broadcasts/{id}/messages");
    let send = |body: Value| request(&server, Some(&alice), Method::POST, &path).json(&body);
    let large = send(json!({"message_type": "text", "x": "x".repeat(2 * 1024 * 1024)}));
    assert_eq!(outcome(large).await.0, 429, "it was read");
    let larger = send(json!({"x": "x".repeat(4 * 1024 * 1024)}));
    assert_eq!(outcome(larger).await, (413, "PAYLOAD_TOO_LARGE".to_owned()));
    let smell = send(json!({"message_type": "smell"}));
    assert_eq!(outcome(smell).await, (422, "VALIDATION_ERROR".to_owned()));
}
