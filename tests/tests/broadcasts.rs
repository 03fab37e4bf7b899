//! Broadcast lists: nobody but their owner knows of them, and everybody on one is written to alone.

use std::collections::BTreeSet;

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::broadcasts::{
    BroadcastSearchQuery, Broadcasts, BroadcastsQuery, CreateBroadcastRequest,
    SendBroadcastRequest, SentBroadcast, SkippedUser, UpdateBroadcastRequest,
};
use sentinal_protocol::api::messages::{Ciphertext, DeviceMismatch, HistoryQuery};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Base64, BroadcastId, ErrorCode, SkipReason, UserId};
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

fn names(lists: &Broadcasts) -> Vec<&str> {
    lists
        .broadcasts
        .iter()
        .map(|list| list.name.as_str())
        .collect()
}

fn skipped(user_id: UserId, code: SkipReason) -> SkippedUser {
    SkippedUser { user_id, code }
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
async fn lists_are_made_read_changed_found_and_deleted() {
    let server = TestServer::spawn().await;
    let (mut alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.connect().await;
    let nobody = UserId(Uuid::now_v7());
    let request = CreateBroadcastRequest {
        name: "Marketing List".to_owned(),
        description: Some("Updates".to_owned()),
        recipients: vec![bob.id, bob.id, nobody],
        owner_id: Some(alice.id),
    };
    let made = alice.client.create_broadcast(&request).await.unwrap();
    alice.wait_for(EventKind::AccountChanged).await;
    let own = &made.broadcast;
    assert_eq!((own.owner_id, own.recipient_count), (alice.id, 1));
    let expected = [
        skipped(bob.id, SkipReason::Duplicate),
        skipped(nobody, SkipReason::UnknownUser),
    ];
    assert_eq!(made.skipped, expected);
    assert_eq!(alice.client.broadcast(own.id).await.unwrap(), *own);

    let rename = UpdateBroadcastRequest {
        name: Some("50%_Ärger".to_owned()),
        description: None,
    };
    let renamed = alice
        .client
        .update_broadcast(own.id, &rename)
        .await
        .unwrap();
    assert_eq!(renamed.name, "50%_Ärger");
    assert_eq!(
        renamed.description.as_deref(),
        Some("Updates"),
        "absent stays"
    );
    let clear = UpdateBroadcastRequest {
        name: None,
        description: Some(None),
    };
    let cleared = alice.client.update_broadcast(own.id, &clear).await.unwrap();
    assert_eq!(
        (cleared.name.as_str(), cleared.description),
        ("50%_Ärger", None)
    );

    list(&alice, "Friends", &[]).await;
    list(&bob, "Friends of Bob", &[]).await;
    let all = alice
        .client
        .broadcasts(&BroadcastsQuery::default())
        .await
        .unwrap();
    assert_eq!((names(&all), all.total), (vec!["50%_Ärger", "Friends"], 2));
    let second = BroadcastsQuery {
        page: Some(2),
        limit: Some(1),
        ..BroadcastsQuery::default()
    };
    let second = alice.client.broadcasts(&second).await.unwrap();
    assert_eq!((names(&second), second.has_more), (vec!["Friends"], false));
    for (part, found) in [
        ("ärG", "50%_Ärger"),
        ("%_", "50%_Ärger"),
        ("IEND", "Friends"),
    ] {
        let query = BroadcastSearchQuery {
            query: part.to_owned(),
            page: None,
            limit: None,
        };
        let listed = alice.client.search_broadcasts(&query).await.unwrap();
        assert_eq!(names(&listed), [found], "{part}");
    }

    alice.client.delete_broadcast(own.id).await.unwrap();
    assert_eq!(
        code(alice.client.broadcast(own.id).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(
        code(alice.client.delete_broadcast(own.id).await),
        Some(ErrorCode::NotFound)
    );
}

#[tokio::test]
async fn lists_keep_the_rules() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let id = list(&alice, "Friends", &[]).await;
    let rule = (422, "VALIDATION_ERROR");
    let one = format!("/v1/broadcasts/{id}");
    let (many, bulk) = (
        format!("{one}/recipients"),
        format!("{one}/recipients/bulk"),
    );
    let crowd: Vec<_> = (0..1_025).map(|_| Uuid::now_v7()).collect();
    let cases = [
        (Method::POST, "/v1/broadcasts", json!({}), rule),
        (Method::POST, "/v1/broadcasts", json!({"name": ""}), rule),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": "x".repeat(129)}),
            rule,
        ),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": 7}),
            (400, "BAD_REQUEST"),
        ),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": "x", "owner_id": bob.id}),
            (403, "FORBIDDEN"),
        ),
        (Method::PUT, one.as_str(), json!({"name": ""}), rule),
        (
            Method::PUT,
            &one,
            json!({"description": "x".repeat(1_025)}),
            rule,
        ),
        (Method::POST, &many, json!({}), rule),
        (Method::POST, &many, json!({"user_id": alice.id}), rule),
        (Method::POST, &bulk, json!({"user_ids": []}), rule),
        (Method::POST, &bulk, json!({"user_ids": crowd}), rule),
        (Method::DELETE, &bulk, json!({"user_ids": []}), rule),
        (
            Method::DELETE,
            &bulk,
            json!({"user_ids": ["x"]}),
            (400, "BAD_REQUEST"),
        ),
    ];
    for (method, path, body, (status, code)) in cases {
        let asked = request(&server, Some(&alice), method.clone(), path).json(&body);
        let expected = (status, code.to_owned());
        assert_eq!(outcome(asked).await, expected, "{method} {path}");
    }
    for path in [
        "/v1/broadcasts?page=0".to_owned(),
        "/v1/broadcasts/search".to_owned(),
        "/v1/broadcasts/search?query=".to_owned(),
        "/v1/broadcasts/search?query=x&limit=101".to_owned(),
        format!("{many}?limit=0"),
    ] {
        let asked = request(&server, Some(&alice), Method::GET, &path);
        assert_eq!(outcome(asked).await.0, 422, "{path}");
    }
    let theirs = format!("/v1/broadcasts?user_id={}", bob.id);
    let asked = request(&server, Some(&alice), Method::GET, &theirs);
    assert_eq!(outcome(asked).await, (403, "FORBIDDEN".to_owned()));
}

#[tokio::test]
async fn recipients_come_and_go_one_by_one_and_in_bulk() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let (dora, eve) = (server.user("dora").await, server.user("eve").await);
    dora.client.block(alice.id).await.unwrap();
    alice.client.block(eve.id).await.unwrap();
    let nobody = UserId(Uuid::now_v7());
    let id = list(&alice, "Friends", &[]).await;
    let client = &alice.client;

    let added = client.add_recipient(id, bob.id).await.unwrap();
    assert!(added.is_recipient);
    let path = format!("/v1/broadcasts/{id}/recipients");
    let again = request(&server, Some(&alice), Method::POST, &path);
    assert_eq!(
        outcome(again.json(&json!({"user_id": bob.id}))).await.0,
        200
    );
    assert_eq!(
        code(client.add_recipient(id, nobody).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(
        code(client.add_recipient(id, dora.id).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(
        code(client.add_recipient(id, eve.id).await),
        Some(ErrorCode::Blocked)
    );

    let users = vec![
        carol.id, carol.id, bob.id, nobody, dora.id, eve.id, alice.id,
    ];
    let bulk = client.add_recipients(id, users).await.unwrap();
    assert_eq!((bulk.added, bulk.count), (1, 2));
    let expected = [
        skipped(carol.id, SkipReason::Duplicate),
        skipped(bob.id, SkipReason::Duplicate),
        skipped(nobody, SkipReason::UnknownUser),
        skipped(dora.id, SkipReason::UnknownUser),
        skipped(eve.id, SkipReason::Blocked),
        skipped(alice.id, SkipReason::UnknownUser),
    ];
    assert_eq!(bulk.skipped, expected);

    assert_eq!(client.recipient_count(id).await.unwrap(), 2);
    assert!(
        client
            .check_recipient(id, carol.id)
            .await
            .unwrap()
            .is_recipient
    );
    assert!(
        !client
            .check_recipient(id, dora.id)
            .await
            .unwrap()
            .is_recipient
    );
    let page = PageQuery {
        page: Some(1),
        limit: Some(1),
    };
    let first = client.recipients(id, page).await.unwrap();
    assert_eq!(
        (first.recipients[0].user_id, first.total, first.has_more),
        (bob.id, 2, true)
    );
    assert_eq!(first.recipients[0].username, "bob");

    let removed = client
        .remove_recipients(id, vec![bob.id, bob.id, eve.id])
        .await
        .unwrap();
    assert_eq!((removed.removed, removed.count), (1, 1));
    let expected = [
        skipped(bob.id, SkipReason::Duplicate),
        skipped(eve.id, SkipReason::NotFound),
    ];
    assert_eq!(removed.skipped, expected);
    client.remove_recipient(id, carol.id).await.unwrap();
    let gone = client.remove_recipient(id, carol.id).await;
    assert_eq!(code(gone), Some(ErrorCode::NotFound));
    assert_eq!(client.recipient_count(id).await.unwrap(), 0);
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
    assert_eq!(heard.user_id, Some(alice.id));
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
    let id = list(&alice, "Friends", &[&bob, &carol]).await;
    bob.client.block(alice.id).await.unwrap();
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
async fn a_broadcast_counts_as_one_message_and_may_be_large() {
    let limits = [
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_MESSAGES", "2/1h"),
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
    let path = format!("/v1/broadcasts/{id}/messages");
    let send = |body: Value| request(&server, Some(&alice), Method::POST, &path).json(&body);
    let large = send(json!({"message_type": "text", "x": "x".repeat(2 * 1024 * 1024)}));
    assert_eq!(outcome(large).await.0, 429, "it was read");
    let larger = send(json!({"x": "x".repeat(4 * 1024 * 1024)}));
    assert_eq!(outcome(larger).await, (413, "PAYLOAD_TOO_LARGE".to_owned()));
    let smell = send(json!({"message_type": "smell"}));
    assert_eq!(outcome(smell).await, (422, "VALIDATION_ERROR".to_owned()));
}

#[tokio::test]
async fn to_others_a_list_does_not_exist() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let id = list(&alice, "Friends", &[&eve]).await;
    let nobody = BroadcastId(Uuid::now_v7());
    let who = eve.id;
    let bulk = json!({"user_ids": [who]});
    let cases = [
        (Method::GET, String::new(), None),
        (Method::PUT, String::new(), Some(json!({"name": "Mine"}))),
        (Method::DELETE, String::new(), None),
        (Method::GET, "/recipients".to_owned(), None),
        (
            Method::POST,
            "/recipients".to_owned(),
            Some(json!({"user_id": alice.id})),
        ),
        (Method::GET, "/recipients/count".to_owned(), None),
        (Method::GET, format!("/recipients/{who}"), None),
        (Method::DELETE, format!("/recipients/{who}"), None),
        (
            Method::POST,
            "/recipients/bulk".to_owned(),
            Some(bulk.clone()),
        ),
        (Method::DELETE, "/recipients/bulk".to_owned(), Some(bulk)),
        (
            Method::POST,
            "/messages".to_owned(),
            Some(json!({"ciphertexts": []})),
        ),
    ];
    for (method, path, body) in cases {
        let ask = |user: Option<&TestUser>, id: BroadcastId| {
            let path = format!("/v1/broadcasts/{id}{path}");
            let mut asked = request(&server, user, method.clone(), &path);
            // `eve` may add herself nowhere, and `alice` is someone else to her.
            if let Some(body) = &body {
                asked = asked.json(body);
            }
            asked
        };
        let nothing = (404, "NOT_FOUND".to_owned());
        assert_eq!(
            outcome(ask(Some(&eve), id)).await,
            nothing,
            "{method} {path}"
        );
        assert_eq!(
            outcome(ask(Some(&eve), nobody)).await,
            nothing,
            "{method} {path}"
        );
        let unknown = (401, "UNAUTHORIZED".to_owned());
        assert_eq!(outcome(ask(None, id)).await, unknown, "{method} {path}");
    }
    for path in ["/v1/broadcasts", "/v1/broadcasts/search?query=x"] {
        assert_eq!(
            outcome(request(&server, None, Method::GET, path)).await.0,
            401
        );
    }
    assert_eq!(alice.client.recipient_count(id).await.unwrap(), 1);
}
