//! History over REST: pages, gaps, intervals of membership, and what each device sees.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::messages::{HistoryQuery, Messages, SendMessageRequest};
use sentinal_protocol::{ConversationId, ErrorCode, MessageId};
use sentinal_tests::{TestServer, TestUser};
use serde_json::json;
use uuid::Uuid;

fn query(conversation_id: ConversationId) -> HistoryQuery {
    HistoryQuery {
        conversation_id,
        before_seq: None,
        after_seq: None,
        around_seq: None,
        limit: None,
    }
}

fn before(chat: ConversationId, seq: u64, limit: u64) -> HistoryQuery {
    HistoryQuery {
        before_seq: Some(seq),
        limit: Some(limit),
        ..query(chat)
    }
}

fn after(chat: ConversationId, seq: u64, limit: u64) -> HistoryQuery {
    HistoryQuery {
        after_seq: Some(seq),
        limit: Some(limit),
        ..query(chat)
    }
}

fn around(chat: ConversationId, seq: u64, limit: u64) -> HistoryQuery {
    HistoryQuery {
        around_seq: Some(seq),
        limit: Some(limit),
        ..query(chat)
    }
}

async fn history(user: &TestUser, query: HistoryQuery) -> Messages {
    user.client.history(&query).await.unwrap()
}

/// Numbers of the messages, and whether there are more.
fn shape(page: &Messages) -> (Vec<u64>, bool) {
    let numbers = page.messages.iter().map(|message| message.sequence_number);
    (numbers.collect(), page.has_more)
}

async fn add(owner: &TestUser, chat: ConversationId, whom: &TestUser) {
    let request = AddParticipantRequest {
        user_id: whom.id,
        role: None,
    };
    owner.client.add_participant(chat, &request).await.unwrap();
}

#[tokio::test]
async fn pages_go_down_up_and_around_and_meet() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=7).await;
    let newest = history(&bob, query(chat)).await;
    assert_eq!(shape(&newest), (vec![7, 6, 5, 4, 3, 2, 1], false));
    for (query, expected) in [
        (before(chat, 8, 3), (vec![7, 6, 5], true)),
        (before(chat, 5, 3), (vec![4, 3, 2], true)),
        (before(chat, 2, 3), (vec![1], false)),
        (before(chat, 1, 3), (vec![], false)),
        (after(chat, 0, 3), (vec![1, 2, 3], true)),
        (after(chat, 4, 3), (vec![5, 6, 7], false)),
        (after(chat, 7, 3), (vec![], false)),
        (around(chat, 4, 3), (vec![3, 4, 5], true)),
        (around(chat, 4, 100), (vec![1, 2, 3, 4, 5, 6, 7], false)),
        (around(chat, u64::MAX, 2), (vec![7], true)),
    ] {
        let page = history(&bob, query).await;
        assert_eq!(shape(&page), expected, "{query:?}");
        assert!(page.gaps.is_empty());
    }
}

#[tokio::test]
async fn bad_queries_are_refused() {
    let server = TestServer::spawn().await;
    let (_, bob, chat) = server.direct_chat("alice", "bob").await;
    let id = chat.to_string();
    let rule = Some(ErrorCode::Validation);
    for (query, expected) in [
        (json!({}), rule),
        (json!({"conversation_id": id, "limit": 0}), rule),
        (json!({"conversation_id": id, "limit": 101}), rule),
        (
            json!({"conversation_id": id, "before_seq": 1, "after_seq": 2}),
            rule,
        ),
        (
            json!({"conversation_id": "chat"}),
            Some(ErrorCode::BadRequest),
        ),
        (
            json!({"conversation_id": id, "before_seq": -1}),
            Some(ErrorCode::BadRequest),
        ),
    ] {
        let call = bob.client.call(Method::GET, "/v1/messages").query(&query);
        let refused = call.data::<Messages>().await.unwrap_err();
        assert_eq!(refused.code(), expected, "{query}");
    }
}

#[tokio::test]
async fn who_comes_back_sees_what_was_said_while_they_were_there() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    alice.send_many(chat, 1..=2).await;
    add(&alice, chat, &carol).await;
    alice.send_many(chat, 3..=5).await;
    carol.client.leave(chat).await.unwrap();
    alice.send_many(chat, 6..=8).await;
    add(&alice, chat, &carol).await;
    alice.send_many(chat, 9..=10).await;

    let page = history(&carol, query(chat)).await;
    assert_eq!(shape(&page), (vec![10, 9, 5, 4, 3], false));
    assert!(page.gaps.is_empty());
    for (query, expected) in [
        (before(chat, 9, 2), (vec![5, 4], true)),
        (after(chat, 0, 4), (vec![3, 4, 5, 9], true)),
        (around(chat, 7, 4), (vec![4, 5, 9, 10], true)),
    ] {
        assert_eq!(shape(&history(&carol, query).await), expected, "{query:?}");
    }
    let all = history(&bob, after(chat, 0, 100)).await;
    for message in &all.messages {
        let seen = carol.client.message(message.id).await;
        let there = [3, 4, 5, 9, 10].contains(&message.sequence_number);
        match seen {
            Ok(seen) => assert!(there && seen.id == message.id),
            Err(error) => {
                assert!(!there, "{}", message.sequence_number);
                assert_eq!(error.code(), Some(ErrorCode::NotFound));
            }
        }
    }
    let carols = carol.client.conversation(chat).await.unwrap();
    assert_eq!((carols.unread_count, carols.last_sequence), (2, 10));
}

#[tokio::test]
async fn a_reserved_number_is_a_known_gap() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_text(chat, 1).await;
    for expected in [2, 3] {
        let reserved = bob.client.reserve_sequence(chat).await.unwrap();
        assert_eq!(
            (reserved.sequence, reserved.last_sequence),
            (expected, expected)
        );
    }
    let sent = alice.send_text(chat, 4).await;
    assert_eq!(sent.sequence_number, 4);
    assert_eq!(alice.client.sequence(chat).await.unwrap().sequence, 4);
    let page = history(&alice, query(chat)).await;
    assert_eq!(shape(&page), (vec![4, 1], false));
    assert_eq!(page.gaps, [(2, 3, "reserved".to_owned())]);
    let page = history(&alice, before(chat, 4, 1)).await;
    assert_eq!(page.gaps, [(2, 3, "reserved".to_owned())]);
    let page = history(&alice, before(chat, 2, 1)).await;
    assert!(page.gaps.is_empty());
    let unread = bob.client.conversation(chat).await.unwrap().unread_count;
    assert_eq!(unread, 2);
}

#[tokio::test]
async fn each_device_sees_its_own_ciphertext_and_the_header_as_it_was_sent() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut ciphertexts = alice.ciphertexts(chat, 7).await;
    let header = r#"{ "counter" : 1.50,  "b":"ü" }"#;
    for ciphertext in &mut ciphertexts {
        let raw = serde_json::value::RawValue::from_string(header.to_owned());
        ciphertext.header = Some(raw.unwrap());
    }
    let request = SendMessageRequest::new(chat, ciphertexts);
    let sent = alice.client.send_message(&request).await.unwrap().data;
    let tablet = bob.another_device("bob-tablet").await;
    let seen = bob.client.message(sent.id).await.unwrap();
    assert_eq!(seen.ciphertext.unwrap().0, b"7");
    // But for white space between its tokens.
    assert_eq!(seen.header.unwrap().get(), r#"{"counter":1.50,"b":"ü"}"#);
    assert_eq!(seen.recipient_device_id.as_deref(), Some("bob-phone"));
    assert_eq!(seen.sender_device_id.as_deref(), Some("alice-phone"));
    assert_eq!((seen.is_deleted, seen.is_edited), (false, false));
    for other in [&tablet, &alice] {
        let seen = other.client.message(sent.id).await.unwrap();
        assert!(seen.ciphertext.is_none() && seen.header.is_none());
        assert!(seen.recipient_device_id.is_none());
    }
}

#[tokio::test]
async fn a_message_is_unknown_to_strangers_and_to_those_who_left() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let stranger = server.user("stranger").await;
    let sent = alice.send_text(chat, 1).await;
    assert!(bob.client.message(sent.id).await.is_ok());
    bob.client.leave(chat).await.unwrap();
    let refused = |outcome: Result<(), ClientError>| {
        assert_eq!(outcome.unwrap_err().code(), Some(ErrorCode::NotFound));
    };
    for user in [&stranger, &bob] {
        refused(user.client.message(sent.id).await.map(|_| ()));
        refused(user.client.history(&query(chat)).await.map(|_| ()));
    }
    let nothing = MessageId(Uuid::now_v7());
    refused(alice.client.message(nothing).await.map(|_| ()));
}
