//! Messages kept at hand: starred for oneself, pinned for everybody.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::event::{AccountChanged, EventKind, MessagePinned, ServerFrame};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, MessageId};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn page(page: u64, limit: u64) -> PageQuery {
    PageQuery {
        page: Some(page),
        limit: Some(limit),
    }
}

async fn starred(user: &TestUser) -> Vec<MessageId> {
    let starred = user.client.starred(page(1, 100)).await.unwrap();
    assert_eq!(starred.total, starred.messages.len() as u64);
    starred.messages.iter().map(|message| message.id).collect()
}

async fn pinned(user: &TestUser, chat: ConversationId) -> Vec<MessageId> {
    let pins = user.client.pins(chat, page(1, 100)).await.unwrap();
    assert_eq!(pins.total, pins.pins.len() as u64);
    pins.pins.iter().map(|pin| pin.message_id).collect()
}

#[tokio::test]
async fn stars_are_the_users_own_on_all_devices() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let laptop = bob.another_device("bob-laptop").await;
    let first = alice.send_text(chat, 1).await.id;
    let second = alice.send_text(chat, 2).await.id;
    bob.connect().await;
    bob.messages_until_synced().await;
    let before = bob.client.conversation(chat).await.unwrap().revision;
    laptop.client.star_message(first).await.unwrap();
    laptop.client.star_message(first).await.unwrap();
    laptop.client.add_reaction(second, "+").await.unwrap();
    let star = laptop.client.star_message(second).await.unwrap();
    assert_eq!(
        (star.id, star.ciphertext),
        (second, Some(Base64(b"2".to_vec())))
    );
    let one = bob.wait_for(EventKind::AccountChanged).await;
    let two = bob.wait_for(EventKind::AccountChanged).await;
    let revision = |frame: &ServerFrame| frame.says::<AccountChanged>().account_revision;
    assert_eq!(revision(&one) + 1, revision(&two));
    let after = bob.client.conversation(chat).await.unwrap().revision;
    assert_eq!(before + 1, after, "only the reaction is in the log");
    let listed = bob.client.starred(page(1, 1)).await.unwrap();
    assert_eq!((listed.total, listed.has_more), (2, true));
    assert_eq!(listed.messages[0].id, second);
    assert_eq!(listed.messages[0].reactions.len(), 1);
    let listed = bob.client.starred(page(2, 1)).await.unwrap();
    assert_eq!((listed.messages[0].id, listed.has_more), (first, false));
    assert!(starred(&alice).await.is_empty());

    bob.client.unstar_message(second).await.unwrap();
    bob.client.unstar_message(second).await.unwrap();
    assert_eq!(starred(&bob).await, [first]);
    alice.client.delete_message(first).await.unwrap();
    assert!(starred(&bob).await.is_empty());
}

#[tokio::test]
async fn pins_are_everybodys() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let first = alice.send_text(chat, 1).await.id;
    let second = alice.send_text(chat, 2).await.id;
    bob.connect().await;
    bob.messages_until_synced().await;
    alice.client.pin_message(first).await.unwrap();
    bob.client.pin_message(second).await.unwrap();
    for (id, who) in [(first, alice.id), (second, bob.id)] {
        let heard = bob.wait_for(EventKind::MessagePinned).await;
        assert_eq!(heard.entry::<MessagePinned>().message_id, id);
        assert_eq!(
            (heard.user_id(), heard.entry::<MessagePinned>().pinned),
            (Some(who), true)
        );
    }
    let before = alice.client.conversation(chat).await.unwrap().revision;
    alice.client.pin_message(second).await.unwrap();
    assert_eq!(
        alice.client.conversation(chat).await.unwrap().revision,
        before
    );
    let listed = bob.client.pins(chat, page(1, 1)).await.unwrap();
    assert_eq!((listed.total, listed.has_more), (2, true));
    let pin = &listed.pins[0];
    assert_eq!((pin.message_id, pin.pinned_by), (second, bob.id));
    assert_eq!(pin.message.ciphertext, Some(Base64(b"2".to_vec())));
    alice.client.unpin_message(second).await.unwrap();
    let heard = bob.wait_for(EventKind::MessagePinned).await;
    assert!(!heard.entry::<MessagePinned>().pinned);
    alice.client.unpin_message(second).await.unwrap();
    assert_eq!(pinned(&bob, chat).await, [first]);
    alice.client.delete_message(first).await.unwrap();
    assert!(pinned(&bob, chat).await.is_empty());
    let late = alice.client.pin_message(first).await;
    assert_eq!(code(late), Some(ErrorCode::Conflict));
}

#[tokio::test]
async fn who_came_later_sees_no_pin_of_what_was_said_before() {
    let server = TestServer::spawn().await;
    let ([alice, _bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    let sent = alice.send_text(chat, 1).await.id;
    alice.client.pin_message(sent).await.unwrap();
    let request = sentinal_protocol::api::conversations::AddParticipantRequest {
        user_id: carol.id,
        role: None,
    };
    alice.client.add_participant(chat, &request).await.unwrap();
    assert!(pinned(&carol, chat).await.is_empty());
    let refused = carol.client.pin_message(sent).await;
    assert_eq!(code(refused), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn a_conversation_has_a_hundred_pins() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    for number in 0..100 {
        let id = alice.send_text(chat, number).await.id;
        alice.client.pin_message(id).await.unwrap();
    }
    let id = alice.send_text(chat, 100).await.id;
    let refused = bob.client.pin_message(id).await;
    assert_eq!(code(refused), Some(ErrorCode::Conflict));
    assert_eq!(pinned(&bob, chat).await.len(), 100);
}

#[tokio::test]
async fn strangers_star_and_pin_nothing() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let eve = server.user("eve").await;
    let id = alice.send_text(chat, 1).await.id;
    let message = |what: &str| format!("/v1/messages/{id}/{what}");
    for (method, path) in [
        (Method::PUT, message("star")),
        (Method::DELETE, message("star")),
        (Method::PUT, message("pin")),
        (Method::DELETE, message("pin")),
        (Method::GET, format!("/v1/conversations/{chat}/pins")),
    ] {
        let asked = request(&server, Some(&eve), method.clone(), &path);
        let nothing = (404, "NOT_FOUND".to_owned());
        assert_eq!(outcome(asked).await, nothing, "{method} {path}");
        let asked = request(&server, None, method.clone(), &path);
        assert_eq!(outcome(asked).await.0, 401, "{method} {path}");
    }
    let listed = alice.client.starred(page(1, 101)).await;
    assert_eq!(code(listed), Some(ErrorCode::Validation));
    let listed = alice.client.pins(chat, page(0, 1)).await;
    assert_eq!(code(listed), Some(ErrorCode::Validation));
    let asked = request(&server, None, Method::GET, "/v1/users/me/starred");
    assert_eq!(outcome(asked).await.0, 401);
}

#[tokio::test]
async fn a_pin_past_a_block_is_never_seen_by_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = bob.send_text(chat, 1).await.id;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    alice.client.pin_message(sent).await.unwrap();
    assert_eq!(pinned(&alice, chat).await, [sent]);
    bob.wait_for(EventKind::Revision).await;
    for refused in [
        bob.client.pin_message(sent).await,
        bob.client.unpin_message(sent).await,
    ] {
        assert_eq!(code(refused), Some(ErrorCode::Blocked));
    }
    bob.client.unblock(alice.id).await.unwrap();
    assert!(pinned(&bob, chat).await.is_empty());
    // Bob's own pin takes its place.
    bob.client.pin_message(sent).await.unwrap();
    assert_eq!(pinned(&bob, chat).await, [sent]);
    assert_eq!(pinned(&alice, chat).await, [sent]);
}

#[tokio::test]
async fn a_deleted_message_gets_no_star_and_keeps_none() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let message = alice.send_text(chat, 1).await.id;
    alice.client.delete_message(message).await.unwrap();
    let star = bob.client.star_message(message).await;
    assert_eq!(code(star), Some(ErrorCode::Conflict));
    assert_eq!(starred(&bob).await, []);
}
