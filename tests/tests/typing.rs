//! Who is writing: told to the others, for as long as it is true, and never across a block.

use std::time::Duration;

use sentinal_protocol::event::{EventKind, ServerEvent, ServerFrame, TypingStarted, TypingStopped};
use sentinal_protocol::frame::{ClientFrame, Typing};
use sentinal_protocol::{Clock, ConversationId, Timestamp};
use sentinal_tests::{Said, TestServer, TestUser, patiently, until};
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

async fn server() -> (TestServer, Clock) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    (TestServer::spawn_at(clock.clone(), &[]).await, clock)
}

async fn connected(user: &mut TestUser) {
    user.connect().await;
    user.messages_until_synced().await;
}

async fn types(user: &mut TestUser, chat: ConversationId, is_typing: bool) {
    let conversation_id = chat;
    let frame = if is_typing {
        ClientFrame::TypingStarted(Typing { conversation_id })
    } else {
        ClientFrame::TypingStopped(Typing { conversation_id })
    };
    let sender = user.socket().sender();
    let answer = patiently("an answer", sender.request::<Value>(frame)).await;
    answer.unwrap();
}

/// The next event that is of this chat and tells of writing or of a message.
async fn next_of(user: &mut TestUser, chat: ConversationId) -> (EventKind, ServerFrame) {
    loop {
        let frame = user.next_frame().await;
        let Some(kind) = frame.kind() else { continue };
        let place = match &frame.event {
            ServerEvent::TypingStarted(event) => event.conversation_id,
            ServerEvent::TypingStopped(event) => event.conversation_id,
            ServerEvent::MessageNew(event) => event.place.conversation_id,
            _ => continue,
        };
        if place == chat {
            return (kind, frame);
        }
    }
}

async fn next_kind(user: &mut TestUser, chat: ConversationId) -> EventKind {
    next_of(user, chat).await.0
}

#[tokio::test]
async fn repeats_are_dropped_and_silence_of_ten_seconds_ends_it() {
    let (server, clock) = server().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    types(&mut alice, chat, true).await;
    let (kind, frame) = next_of(&mut bob, chat).await;
    assert_eq!(kind, EventKind::TypingStarted);
    let started = frame.says::<TypingStarted>();
    assert_eq!(started.user_id, alice.id);
    assert_eq!(started.display_name, "alice");
    assert!(started.is_typing);
    clock.advance(SECOND * 2);
    types(&mut alice, chat, true).await;
    types(&mut alice, chat, false).await;
    let (kind, frame) = next_of(&mut bob, chat).await;
    assert_eq!(kind, EventKind::TypingStopped, "the repeat was dropped");
    assert!(!frame.says::<TypingStopped>().is_typing);
    types(&mut alice, chat, false).await;
    types(&mut alice, chat, true).await;
    let next = next_kind(&mut bob, chat).await;
    assert_eq!(next, EventKind::TypingStarted, "one stops once");
    clock.advance(SECOND * 4);
    types(&mut alice, chat, true).await;
    let next = next_kind(&mut bob, chat).await;
    assert_eq!(next, EventKind::TypingStarted, "after 3 s it is news");
    clock.advance(SECOND * 10);
    assert_eq!(next_kind(&mut bob, chat).await, EventKind::TypingStopped);
}

#[tokio::test]
async fn a_message_ends_it_and_the_writer_hears_nothing_of_it() {
    let (server, _) = server().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    types(&mut alice, chat, true).await;
    assert_eq!(next_kind(&mut bob, chat).await, EventKind::TypingStarted);
    alice.send_text(chat, 1).await;
    let two = [
        next_kind(&mut bob, chat).await,
        next_kind(&mut bob, chat).await,
    ];
    assert_eq!(two, [EventKind::TypingStopped, EventKind::MessageNew]);
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::MessageNew);
}

#[tokio::test]
async fn the_end_of_the_last_socket_ends_it() {
    let (server, _) = server().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = alice.another_device("tablet").await;
    for user in [&mut bob, &mut alice, &mut tablet] {
        connected(user).await;
    }
    types(&mut alice, chat, true).await;
    assert_eq!(next_kind(&mut bob, chat).await, EventKind::TypingStarted);
    alice.disconnect().await;
    until("one socket fewer", async || {
        (server.app().directory().sockets() == 2).then_some(())
    })
    .await;
    // A device is left, so nothing has ended: that it types is no news.
    types(&mut tablet, chat, true).await;
    let request = tablet.message(chat, 1).await;
    types(&mut bob, chat, true).await;
    assert_eq!(next_kind(&mut tablet, chat).await, EventKind::TypingStarted);
    tablet.disconnect().await;
    assert_eq!(next_kind(&mut bob, chat).await, EventKind::TypingStopped);
    tablet.client.send_message(&request).await.unwrap();
    assert_eq!(
        next_kind(&mut bob, chat).await,
        EventKind::MessageNew,
        "once"
    );
}

#[tokio::test]
async fn nothing_of_it_crosses_a_block_and_a_block_looks_like_having_stopped() {
    let (server, _) = server().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let group = alice.client.create_group("group", vec![bob.id]).await;
    let group = group.unwrap().id;
    connected(&mut bob).await;
    connected(&mut alice).await;
    types(&mut bob, chat, true).await;
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::TypingStarted);
    bob.client.block(alice.id).await.unwrap();
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::TypingStopped);
    for is_typing in [true, false] {
        types(&mut alice, chat, is_typing).await;
        types(&mut bob, chat, is_typing).await;
    }
    // In a group a block makes no difference; and when it is gone, the DM is as before.
    types(&mut alice, group, true).await;
    assert_eq!(next_kind(&mut bob, group).await, EventKind::TypingStarted);
    bob.client.unblock(alice.id).await.unwrap();
    bob.send_text(chat, 1).await;
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::MessageNew);
    alice.send_text(chat, 2).await;
    let two = [
        next_kind(&mut bob, chat).await,
        next_kind(&mut bob, chat).await,
    ];
    assert_eq!(
        two,
        [EventKind::MessageNew; 2],
        "nothing was kept for later"
    );
}

#[tokio::test]
async fn a_group_above_a_hundred_hears_nothing_of_it() {
    let (server, _) = server().await;
    let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    let mut members = vec![bob.id];
    for number in 0..99 {
        let name = format!("member{number}");
        members.push(server.user(&name).await.id);
    }
    let spare = *members.last().unwrap();
    let group = alice.client.create_group("group", members).await.unwrap();
    connected(&mut bob).await;
    connected(&mut alice).await;
    types(&mut alice, group.id, true).await;
    // A room that has told of this has seen the typing too, before anybody was removed.
    alice.send_text(group.id, 0).await;
    assert_eq!(
        next_kind(&mut bob, group.id).await,
        EventKind::MessageNew,
        "101 are too many"
    );
    alice
        .client
        .remove_participant(group.id, spare)
        .await
        .unwrap();
    bob.wait_for(EventKind::ParticipantRemoved).await;
    alice.wait_for(EventKind::ParticipantRemoved).await;
    alice.send_text(group.id, 1).await;
    assert_eq!(
        next_kind(&mut bob, group.id).await,
        EventKind::MessageNew,
        "101 were too many"
    );
    types(&mut alice, group.id, true).await;
    assert_eq!(
        next_kind(&mut bob, group.id).await,
        EventKind::TypingStarted
    );
}

/// Who leaves has stopped: nobody is shown writing for ever.
#[tokio::test]
async fn who_leaves_the_group_has_stopped() {
    let (server, _) = server().await;
    let ([mut alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    connected(&mut alice).await;
    connected(&mut bob).await;
    types(&mut bob, chat, true).await;
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::TypingStarted);
    bob.client.leave(chat).await.unwrap();
    assert_eq!(next_kind(&mut alice, chat).await, EventKind::TypingStopped);
}
