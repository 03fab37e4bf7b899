//! What has expired is shown nowhere, from its moment on.

use std::time::Duration;

use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::edits::EditMessageRequest;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::event::{EventKind, MessageExpired, MessageNew, MessageUpdated};
use sentinal_protocol::{Base64, ConversationId, ErrorCode};
use sentinal_tests::{Said, TestServer, TestUser, until};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

async fn send_fleeting(user: &TestUser, chat: ConversationId, number: u64) -> SentMessage {
    let mut request = user.message(chat, number).await;
    request.expires_in = Some(2);
    request.metadata = serde_json::value::RawValue::from_string("{\"a\":1}".to_owned()).ok();
    user.client.send_message(&request).await.unwrap().data
}

#[tokio::test]
async fn an_expired_message_says_nothing_any_more() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = bob.another_device("bob-laptop").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let sent = send_fleeting(&alice, chat, 1).await;
    let heard = bob.wait_for(EventKind::MessageNew).await;
    let heard = heard.entry::<MessageNew>();
    assert!(heard.content.is_some() && heard.expires_at.is_some());
    let seen = bob.client.message(sent.id).await.unwrap();
    let expected = sent.created_at.plus(Duration::from_secs(2));
    assert_eq!(seen.expires_at, Some(expected));
    bob.client.add_reaction(sent.id, "+").await.unwrap();
    bob.client.pin_message(sent.id).await.unwrap();
    bob.client.star_message(sent.id).await.unwrap();
    let edit = EditMessageRequest {
        ciphertexts: Some(alice.ciphertexts(chat, 2).await),
        ..EditMessageRequest::default()
    };
    alice.client.edit_message(sent.id, &edit).await.unwrap();

    let expired = bob.wait_for(EventKind::MessageExpired).await;
    assert_eq!(expired.says::<MessageExpired>().message_id, sent.id);
    assert_eq!(expired.revision(), None, "it takes no revision");
    let seen = bob.client.message(sent.id).await.unwrap();
    assert!(seen.ciphertext.is_none() && seen.metadata.is_none());
    assert!(!seen.is_deleted && seen.reactions.is_empty());
    let page = PageQuery::default();
    assert_eq!(bob.client.pins(chat, page).await.unwrap().total, 0);
    assert_eq!(bob.client.starred(page).await.unwrap().total, 0);
    assert_eq!(bob.client.reactions(sent.id, page).await.unwrap().total, 0);
    let gone = Some(ErrorCode::Conflict);
    assert_eq!(code(alice.client.edit_message(sent.id, &edit).await), gone);
    assert_eq!(code(bob.client.add_reaction(sent.id, "-").await), gone);
    assert_eq!(code(bob.client.pin_message(sent.id).await), gone);

    laptop.connect().await;
    let replayed = laptop.wait_for(EventKind::MessageNew).await;
    let replayed = replayed.entry::<MessageNew>();
    assert!(replayed.content.is_none() && replayed.expires_at.is_some());
    assert!(replayed.metadata.is_none());
    let update = laptop.wait_for(EventKind::MessageUpdated).await;
    assert!(update.entry::<MessageUpdated>().content.is_none());
    let revision = alice.client.conversation(chat).await.unwrap().revision;
    assert_eq!(revision, sent.revision + 3, "reaction, pin and edit");
}

/// Not from when it is erased.
#[tokio::test]
async fn nothing_is_shown_from_the_moment_it_expires() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = send_fleeting(&alice, chat, 1).await;
    let due = sent.created_at.plus(Duration::from_secs(2));
    until("it expires", async || {
        let before = server.app().clock().now();
        let seen = bob.client.message(sent.id).await.unwrap();
        let after = server.app().clock().now();
        if after < due {
            assert!(seen.ciphertext.is_some());
        }
        if before >= due {
            assert!(seen.ciphertext.is_none());
            return Some(());
        }
        None
    })
    .await;
}

#[tokio::test]
async fn messages_without_an_end_stay() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let stays = alice.send_text(chat, 1).await;
    send_fleeting(&alice, chat, 2).await;
    bob.wait_for(EventKind::MessageExpired).await;
    let seen = bob.client.message(stays.id).await.unwrap();
    assert_eq!(seen.ciphertext, Some(Base64(b"1".to_vec())));
    assert_eq!(seen.expires_at, None);
}
