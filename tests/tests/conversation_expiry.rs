//! A conversation whose messages expire by themselves.

use std::time::Duration;

use sentinal_protocol::api::conversations::UpdateConversationRequest;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::{Base64, Clock, ConversationId, MessageId, Timestamp};
use sentinal_tests::{TestServer, TestUser};

async fn let_expire_after(user: &TestUser, chat: ConversationId, seconds: Option<u64>) {
    let change = UpdateConversationRequest {
        message_expiry_seconds: Some(seconds),
        ..UpdateConversationRequest::default()
    };
    let changed = user.client.update_conversation(chat, &change).await;
    assert_eq!(changed.unwrap().message_expiry_seconds, seconds);
}

async fn send_for(user: &TestUser, chat: ConversationId, seconds: u64) -> MessageId {
    let mut message = user.message(chat, 1).await;
    message.expires_in = Some(seconds);
    user.client.send_message(&message).await.unwrap().data.id
}

/// How long it lives, and whether it still says something.
fn state(message: &Message) -> (Option<Duration>, bool) {
    let lives = message
        .expires_at
        .map(|at| Duration::from_millis(u64::try_from(at.0 - message.created_at.0).unwrap()));
    (lives, message.ciphertext.is_some())
}

#[tokio::test]
async fn what_is_sent_from_now_on_expires_as_the_conversation_says() {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let read = async |id: MessageId| state(&bob.client.message(id).await.unwrap());

    let before = alice.send_text(chat, 1).await.id;
    let_expire_after(&alice, chat, Some(60)).await;
    let after = bob.send_text(chat, 2).await.id;
    let after = (after, alice.send_text(chat, 3).await.id);
    // Its own word counts where it is the shorter one.
    let (shorter, longer) = (
        send_for(&alice, chat, 5).await,
        send_for(&alice, chat, 600).await,
    );
    assert_eq!(read(before).await, (None, true));
    assert_eq!(read(after.1).await, (seconds(60), true));
    assert_eq!(read(shorter).await, (seconds(5), true));
    assert_eq!(read(longer).await, (seconds(60), true));
    let own = alice.client.message(after.0).await.unwrap();
    assert_eq!(state(&own), (seconds(60), true));

    clock.advance(Duration::from_secs(59));
    assert_eq!(read(shorter).await, (seconds(5), false));
    assert_eq!(read(after.1).await, (seconds(60), true));
    clock.advance(Duration::from_secs(1));
    assert_eq!(read(after.1).await, (seconds(60), false));
    assert_eq!(read(before).await, (None, true));
    assert_eq!(read(longer).await, (seconds(60), false));

    // Another word is for what comes; what was said keeps its end.
    let brief = alice.send_text(chat, 4).await.id;
    let_expire_after(&alice, chat, None).await;
    let stays = alice.send_text(chat, 5).await.id;
    clock.advance(Duration::from_hours(1));
    assert_eq!(read(brief).await, (seconds(60), false));
    assert_eq!(read(longer).await, (seconds(60), false));
    assert_eq!(read(stays).await, (None, true));
    let said = bob.client.message(stays).await.unwrap();
    assert_eq!(said.ciphertext, Some(Base64(b"5".to_vec())));
}
