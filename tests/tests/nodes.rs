//! Two servers on one database and one Redis are one to the people on them.

use sentinal_client::{Ended, SocketEvent};
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::event::{
    EventKind, MessageRead, PresenceOnline, ServerEvent, TypingStarted,
};
use sentinal_protocol::frame::{ClientFrame, Typing};
use sentinal_protocol::{CloseCode, ConversationId, PresenceStatus, UserId};
use sentinal_tests::{Said, TestUser, TwoNodes, number_of, patiently, until};
use serde_json::Value;

async fn connected(user: &mut TestUser) {
    user.connect().await;
    user.messages_until_synced().await;
}

/// Alice on one server and Bob on the other, both connected.
async fn apart(nodes: &TwoNodes) -> (TestUser, TestUser, ConversationId) {
    let (mut alice, bob, chat) = nodes.one.direct_chat("alice", "bob").await;
    let mut bob = bob.at(&nodes.two);
    connected(&mut alice).await;
    connected(&mut bob).await;
    (alice, bob, chat)
}

async fn types(user: &mut TestUser, chat: ConversationId) {
    let frame = ClientFrame::TypingStarted(Typing {
        conversation_id: chat,
    });
    let sender = user.socket().sender();
    let answer = patiently("an answer", sender.request::<Value>(frame)).await;
    answer.unwrap();
}

async fn reads(user: &TestUser, chat: ConversationId) {
    let sent = user.client.conversation(chat).await.unwrap();
    let last = sent.last_message.expect("a message");
    user.client.mark_read(last.id).await.unwrap();
}

/// How the socket is closed.
async fn closed(user: &mut TestUser) -> u16 {
    loop {
        let event = patiently("the end", user.socket().next_event()).await;
        match event {
            Some(SocketEvent::Disconnected {
                ended: Ended::Closed { code, .. },
                ..
            }) => return code,
            Some(SocketEvent::Frame(_) | SocketEvent::Lost { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The numbers of the next messages of a chat.
async fn numbers(user: &mut TestUser, chat: ConversationId, count: usize) -> Vec<u64> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        numbers.push(user.next_number(chat).await);
    }
    numbers
}

#[tokio::test]
async fn messages_cross_both_ways_at_once_and_in_order() {
    let nodes = TwoNodes::start().await;
    let (mut alice, mut bob, chat) = apart(&nodes).await;
    for number in 1..=20 {
        alice.send_text(chat, number).await;
        assert_eq!(bob.next_number(chat).await, number);
        bob.send_text(chat, number + 100).await;
        assert_eq!(alice.next_number(chat).await, number + 100);
    }
    // Written on both at once: everybody sees one order.
    let (mut phone, mut laptop) = (
        alice.another_device("alice-phone-2").await.at(&nodes.two),
        alice.another_device("alice-laptop").await,
    );
    connected(&mut phone).await;
    connected(&mut laptop).await;
    tokio::join!(
        alice.send_many(chat, 200..220),
        bob.send_many(chat, 300..320)
    );
    let (on_two, on_one) = tokio::join!(
        numbers(&mut phone, chat, 40),
        numbers(&mut laptop, chat, 40)
    );
    assert_eq!(on_one, on_two);
    let of = |range: std::ops::Range<u64>| -> Vec<u64> {
        let numbers = on_one.iter().copied();
        numbers.filter(|it| range.contains(it)).collect()
    };
    assert_eq!(of(200..220), (200..220).collect::<Vec<_>>());
    assert_eq!(of(300..320), (300..320).collect::<Vec<_>>());
}

#[tokio::test]
async fn typing_and_receipts_cross_but_not_a_block() {
    let nodes = TwoNodes::start().await;
    let (mut alice, mut bob, chat) = apart(&nodes).await;
    types(&mut alice, chat).await;
    let heard = bob.wait_for(EventKind::TypingStarted).await;
    let typing = heard.says::<TypingStarted>();
    assert_eq!(
        (typing.user_id, typing.display_name.as_str()),
        (alice.id, "alice")
    );

    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
    reads(&bob, chat).await;
    let read = alice.wait_for(EventKind::MessageRead).await;
    assert_eq!(read.says::<MessageRead>().reader_id, bob.id);

    // Bob blocks on his server; Alice writes on hers. Her typing ends with the block, and another
    // one does not arrive: what she sends afterwards is a bare revision, and comes first.
    bob.client.block(alice.id).await.unwrap();
    until("the block has crossed", async || {
        let node = &nodes.one.app().live.node;
        let roster = node.rosters.get(chat).await.ok()??;
        let bob = roster.member(bob.id)?;
        bob.blocks_other.then_some(())
    })
    .await;
    types(&mut alice, chat).await;
    alice.send_text(chat, 2).await;
    loop {
        let frame = bob.next_frame().await;
        assert_ne!(frame.kind(), Some(EventKind::TypingStarted));
        if frame.kind() == Some(EventKind::Revision) {
            break;
        }
    }
}

#[tokio::test]
async fn who_is_here_is_seen_from_the_other_server() {
    let nodes = TwoNodes::start().await;
    let (mut alice, mut bob, _) = {
        let (alice, bob, chat) = nodes.one.direct_chat("alice", "bob").await;
        (alice, bob.at(&nodes.two), chat)
    };
    connected(&mut bob).await;
    connected(&mut alice).await;
    let heard = bob.wait_for(EventKind::PresenceOnline).await;
    assert_eq!(heard.says::<PresenceOnline>().user_id, alice.id);
    until_status(&bob, alice.id, PresenceStatus::Online).await;
    until_status(&alice, bob.id, PresenceStatus::Online).await;
    // Gone from one server, still on the other: nobody hears of it.
    let mut tablet = alice.another_device("alice-tablet").await.at(&nodes.two);
    connected(&mut tablet).await;
    alice.disconnect().await;
    tablet.disconnect().await;
    let left = bob.wait_for(EventKind::PresenceOffline).await;
    let ServerEvent::PresenceOffline(left) = &left.event else {
        panic!("{left:?}");
    };
    assert_eq!(left.user_id, alice.id);
    until_status(&bob, alice.id, PresenceStatus::Offline).await;
}

async fn until_status(viewer: &TestUser, of: UserId, expected: PresenceStatus) {
    until("the status", async || {
        let seen = viewer.client.presence(&[of]).await.unwrap()[0].status;
        (seen == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_revoked_on_one_server_ends_on_the_other() {
    let nodes = TwoNodes::start().await;
    let (alice, mut bob, _) = apart(&nodes).await;
    let desk = bob.another_device("bob-desk").await.at(&nodes.one);
    // His token is known to work on both.
    desk.client.sessions().await.unwrap();
    bob.client.sessions().await.unwrap();
    desk.client.revoke_other_sessions().await.unwrap();
    assert_eq!(closed(&mut bob).await, CloseCode::Unauthorized.number());
    until("the token has ended", async || {
        let refused = bob.client.sessions().await;
        (refused.err()?.status() == Some(401)).then_some(())
    })
    .await;
    drop(alice);
}

#[tokio::test]
async fn who_comes_and_goes_is_known_on_both() {
    let nodes = TwoNodes::start().await;
    let ([mut alice, bob], chat) = nodes.one.group_chat(["alice", "bob"]).await;
    let mut carol = nodes.two.user("carol").await;
    let mut bob = bob.at(&nodes.two);
    connected(&mut alice).await;
    connected(&mut bob).await;
    connected(&mut carol).await;
    let request = AddParticipantRequest {
        user_id: carol.id,
        role: None,
    };
    alice.client.add_participant(chat, &request).await.unwrap();
    let added = carol.wait_for(EventKind::ParticipantAdded).await;
    assert_eq!(added.conversation_id(), Some(chat));
    bob.wait_for(EventKind::ParticipantAdded).await;
    alice.send_text(chat, 1).await;
    assert_eq!(carol.next_number(chat).await, 1);
    assert_eq!(bob.next_number(chat).await, 1);
    // A new device on the other server: what is sent here afterwards is for it, too.
    let mut tablet = bob.another_device("bob-tablet").await;
    connected(&mut tablet).await;
    alice.wait_for(EventKind::DeviceAdded).await;
    alice.send_text(chat, 2).await;
    assert_eq!(tablet.next_number(chat).await, 2);
    alice
        .client
        .remove_participant(chat, carol.id)
        .await
        .unwrap();
    carol.wait_for(EventKind::ParticipantRemoved).await;
    bob.wait_for(EventKind::ParticipantRemoved).await;
    alice.send_text(chat, 3).await;
    assert_eq!(bob.next_number(chat).await, 3);
}

#[tokio::test]
async fn without_redis_messages_arrive_a_little_late_and_with_it_again_at_once() {
    let mut nodes = TwoNodes::start().await;
    let (alice, mut bob, chat) = apart(&nodes).await;
    nodes.redis.kill();
    nodes.until_apart().await;
    alice.send_many(chat, 1..4).await;
    assert_eq!(numbers(&mut bob, chat, 3).await, [1, 2, 3]);
    // What is changed meanwhile without a number is heard of as well.
    let desk = bob.another_device("bob-desk").await.at(&nodes.one);
    desk.client.revoke_other_sessions().await.unwrap();
    assert_eq!(closed(&mut bob).await, CloseCode::Unauthorized.number());
    let mut desk = desk.at(&nodes.two);
    connected(&mut desk).await;
    nodes.redis.start_again().await;
    nodes.until_connected().await;
    alice.send_text(chat, 4).await;
    assert_eq!(desk.next_number(chat).await, 4);
    // It takes connections and says nothing: only a deadline finds that out.
    nodes.redis.pause();
    alice.send_text(chat, 5).await;
    assert_eq!(desk.next_number(chat).await, 5);
    nodes.until_apart().await;
    nodes.redis.resume();
    nodes.until_connected().await;
    nodes.redis.flush();
    alice.send_text(chat, 6).await;
    assert_eq!(desk.next_number(chat).await, 6);
    until_status(&alice, desk.id, PresenceStatus::Online).await;
}

#[tokio::test]
async fn a_message_with_a_large_text_crosses_by_its_revision() {
    let nodes = TwoNodes::start().await;
    let (alice, mut bob, chat) = apart(&nodes).await;
    let mut request = alice.message(chat, 1).await;
    for ciphertext in &mut request.ciphertexts {
        ciphertext.ciphertext.0 = vec![b'7'; 40_000];
    }
    alice.client.send_message(&request).await.unwrap();
    alice.send_text(chat, 2).await;
    let large = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!(number_of(&large), None, "it is no number that fits");
    assert_eq!(bob.next_number(chat).await, 2);
}
