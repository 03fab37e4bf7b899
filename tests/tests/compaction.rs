//! Old changes leave the log, once every device has had them for some days, or after 90 days; whoever comes
//! then hears of one range that is gone, and of every message.

use std::time::Duration;

use sentinal_protocol::event::{EventKind, ServerEvent};
use sentinal_protocol::{Clock, ConversationId, Timestamp};
use sentinal_tests::{TestServer, TestUser, until};

const DAY: Duration = Duration::from_hours(24);

/// All the rounds that there are to do.
async fn compact(server: &TestServer) {
    while server.app().conversations.compact_changes().await.unwrap() {}
}

/// How many changes of a chat are in its log.
async fn changes(server: &TestServer, chat: ConversationId) -> usize {
    let forms = [chat.0.to_string(), chat.0.simple().to_string()];
    let rows = server.database().all_rows().await;
    let of_chat = rows.into_iter().filter(|row| {
        row.table == "conversation_changes"
            && forms.iter().any(|form| row.text.contains(form.as_str()))
    });
    of_chat.count()
}

/// A chat with a message, and a change for each day of a week that nobody has heard of.
async fn chat_with_changes() -> (TestServer, Clock, TestUser, TestUser, ConversationId) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let message = alice.send_text(chat, 1).await.id;
    for reaction in ["a", "b", "c"] {
        bob.client.add_reaction(message, reaction).await.unwrap();
    }
    (server, clock, alice, bob, chat)
}

/// Signs in: tokens do not live as long as people are away here.
async fn sign_in(user: &TestUser) {
    let client = &user.client;
    let signed_in = client.sign_in(&user.name, user.password(), &user.device);
    signed_in.await.expect("a login");
}

/// Connects, hears of everything and acknowledges it.
async fn hear(user: &mut TestUser) {
    sign_in(user).await;
    user.connect().await;
    user.messages_until_synced().await;
    user.disconnect().await;
}

/// What a device hears of a chat: kinds, and the ranges that are gone.
async fn replayed(user: &mut TestUser, chat: ConversationId) -> Vec<(EventKind, Option<u64>)> {
    user.connect_without_ack().await;
    let mut heard = Vec::new();
    loop {
        let frame = user.next_frame().await;
        let kind = frame.kind().expect("an event");
        if kind == EventKind::SyncComplete {
            return heard;
        }
        if frame.conversation_id() == Some(chat) && frame.revision().is_some() {
            let from = match &frame.event {
                ServerEvent::Revision(event) if event.entry.compacted => event.entry.from,
                _ => None,
            };
            heard.push((kind, from));
        }
    }
}

#[tokio::test]
async fn changes_go_some_days_after_every_device_has_had_them() {
    let (server, clock, mut alice, mut bob, chat) = chat_with_changes().await;
    let before = changes(&server, chat).await;
    assert!(before >= 3, "{before}");
    hear(&mut alice).await;
    clock.advance(8 * DAY);
    compact(&server).await;
    assert_eq!(changes(&server, chat).await, before, "Bob may come");
    hear(&mut bob).await;
    // What was acknowledged is written a moment later.
    until("the changes are gone", async || {
        compact(&server).await;
        (changes(&server, chat).await == 0).then_some(())
    })
    .await;
    // New ones stay for some days.
    sign_in(&alice).await;
    alice.send_text(chat, 2).await;
    let newest = bob.client.conversation(chat).await.unwrap();
    bob.client
        .add_reaction(newest.last_message.expect("a message").id, "d")
        .await
        .unwrap();
    hear(&mut alice).await;
    hear(&mut bob).await;
    compact(&server).await;
    assert_eq!(changes(&server, chat).await, 1);
}

#[tokio::test]
async fn after_ninety_days_all_changes_go_and_no_message() {
    let (server, clock, _alice, mut bob, chat) = chat_with_changes().await;
    let before = changes(&server, chat).await;
    clock.advance(89 * DAY);
    compact(&server).await;
    assert_eq!(changes(&server, chat).await, before);
    clock.advance(2 * DAY);
    compact(&server).await;
    assert_eq!(changes(&server, chat).await, 0);
    sign_in(&bob).await;
    let heard = replayed(&mut bob, chat).await;
    let kinds: Vec<_> = heard.iter().map(|(kind, _)| *kind).collect();
    let messages = kinds.iter().filter(|it| **it == EventKind::MessageNew);
    assert_eq!(messages.count(), 1, "{heard:?}");
    let last = heard.last().expect("an event");
    assert!(
        last.0 == EventKind::Revision && last.1.is_some(),
        "{heard:?}"
    );
}
