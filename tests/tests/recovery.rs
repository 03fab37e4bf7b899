//! What was missed comes, once, in order, before anything newer.

use std::collections::HashMap;

use sentinal_client::{Acknowledge, RawFrame, RawSocket, Resume, SocketOptions};
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::event::{EventKind, MessageNew, ParticipantAdded, ServerEvent, ServerFrame};
use sentinal_protocol::frame::{Ack, ClientFrame, Sync};
use sentinal_protocol::{Base64, ConversationId, ErrorCode};
use sentinal_tests::{Said, TestServer, TestUser, number_of, patiently};
use serde_json::Value;

/// Sends so many numbers through one socket, many at once.
async fn send_fast(user: &TestUser, chat: ConversationId, numbers: std::ops::RangeInclusive<u64>) {
    let mut request = user.message(chat, 0).await;
    let options = SocketOptions::default();
    let mut socket = user.client.connect(options).await.unwrap();
    let sender = socket.sender();
    let mut last = None;
    for number in numbers {
        for ciphertext in &mut request.ciphertexts {
            ciphertext.ciphertext = Base64(number.to_string().into_bytes());
        }
        request.client_message_id = Some(uuid::Uuid::now_v7().to_string());
        let frame = ClientFrame::MessageSend(Box::new(request.clone()));
        sender.send(frame).await.unwrap();
        last = request.client_message_id.clone();
    }
    // The echo of the last one says that all of them are stored.
    loop {
        let frame = patiently("the last echo", socket.next_frame())
            .await
            .unwrap();
        assert_ne!(frame.kind(), Some(EventKind::Error), "{frame:?}");
        let ServerEvent::MessageNew(message) = frame.event else {
            continue;
        };
        if message.entry.client_message_id == last {
            break;
        }
    }
    drop(sender);
    socket.close().await;
}

#[tokio::test]
async fn a_device_that_was_away_gets_a_thousand_messages_once_in_order_before_newer_ones() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.disconnect().await;
    send_fast(&alice, chat, 1..=1000).await;
    let newer = send_fast(&alice, chat, 1001..=1100);
    let hearing = async {
        bob.connect().await;
        let mut numbers = Vec::new();
        while numbers.len() < 1100 {
            numbers.push(bob.next_number(chat).await);
        }
        numbers
    };
    let ((), numbers) = tokio::join!(newer, hearing);
    assert_eq!(numbers, (1..=1100).collect::<Vec<_>>());
    bob.disconnect().await;
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, [] as [u64; 0]);
}

#[tokio::test]
async fn hello_counts_what_is_missed_and_sync_complete_ends_it() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=3).await;
    let behind = bob.connect().await.hello().behind;
    assert_eq!(behind, 1);
    assert_eq!(bob.messages_until_synced().await, [1, 2, 3]);
    bob.disconnect().await;
    let behind = bob.connect().await.hello().behind;
    assert_eq!(behind, 0);
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_and_what_was_does_not() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect_without_ack().await;
    bob.messages_until_synced().await;
    alice.send_many(chat, 1..=3).await;
    let mut revisions = Vec::new();
    while revisions.len() < 3 {
        revisions.extend(bob.wait_for(EventKind::MessageNew).await.revision());
    }
    bob.connect_without_ack().await;
    assert_eq!(bob.messages_until_synced().await, [1, 2, 3]);
    bob.socket().sender().ack(chat, revisions[1]);
    bob.connect_without_ack().await;
    let again = bob.wait_for(EventKind::MessageNew).await;
    assert!(again.replay);
    assert_eq!(again.revision(), Some(revisions[2]));
}

/// Reading history moves no cursor, nor does a receipt over REST.
#[tokio::test]
async fn rest_never_moves_the_cursor() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    bob.client.message(sent.id).await.unwrap();
    bob.client.mark_delivered(sent.id).await.unwrap();
    bob.client.mark_read(sent.id).await.unwrap();
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, [1]);
}

#[tokio::test]
async fn an_ack_ahead_of_what_was_sent_is_refused_and_changes_nothing() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect_without_ack().await;
    bob.messages_until_synced().await;
    let sent = alice.send_text(chat, 1).await;
    bob.wait_for(EventKind::MessageNew).await;
    let ahead = ClientFrame::Ack(Ack {
        conversation_id: chat,
        revision: sent.revision + 1,
    });
    let refused = bob.socket().sender().request::<Value>(ahead).await;
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::Validation));
    bob.connect_without_ack().await;
    assert_eq!(bob.messages_until_synced().await, [1]);
}

#[tokio::test]
async fn a_stranger_cannot_acknowledge() {
    let server = TestServer::spawn().await;
    let (_alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let mut eve = server.user("eve").await;
    let ack = ClientFrame::Ack(Ack {
        conversation_id: chat,
        revision: 1,
    });
    let sender = eve.connect().await.sender();
    assert!(sender.request::<Value>(ack).await.is_err());
}

/// The connection breaks again and again while messages come.
#[tokio::test]
async fn replay_and_live_events_never_overtake_each_other() {
    const COUNT: u64 = 400;
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sending = send_fast(&alice, chat, 1..=COUNT);
    let hearing = async {
        let mut numbers: Vec<u64> = Vec::new();
        while numbers.len() < usize::try_from(COUNT).unwrap() {
            bob.connect().await;
            for _ in 0..17 {
                if numbers.last() == Some(&COUNT) {
                    break;
                }
                numbers.push(bob.next_number(chat).await);
            }
            // Closing acknowledges what was taken.
            bob.disconnect().await;
        }
        numbers
    };
    let ((), numbers) = tokio::join!(sending, hearing);
    assert_eq!(numbers, (1..=COUNT).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_sockets_of_one_device_both_hear_and_share_the_cursor() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut second = bob.raw_socket().await;
    bob.connect().await;
    bob.messages_until_synced().await;
    patiently("sync", second.wait_for(EventKind::SyncComplete))
        .await
        .unwrap();
    alice.send_many(chat, 1..=3).await;
    for number in 1..=3 {
        assert_eq!(bob.next_number(chat).await, number);
        let heard = patiently("a message", second.wait_for(EventKind::MessageNew)).await;
        assert_eq!(number_of(&heard.unwrap()), Some(number));
    }
    // The first socket acknowledges; the device has it, whichever socket it comes back on.
    bob.disconnect().await;
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, [] as [u64; 0]);
}

/// What was said while one was out of the group is never shown, and the log goes on where one
/// came back.
#[tokio::test]
async fn someone_removed_and_added_again_hears_both_intervals_and_nothing_between() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    alice.send_many(chat, 1..=20).await;
    alice.client.remove_participant(chat, bob.id).await.unwrap();
    carol.send_many(chat, 21..=30).await;
    let add = AddParticipantRequest {
        user_id: bob.id,
        role: None,
    };
    alice.client.add_participant(chat, &add).await.unwrap();
    alice.send_many(chat, 31..=40).await;
    bob.connect().await;
    let (mut numbers, mut kinds) = (Vec::new(), Vec::new());
    loop {
        let frame = bob.next_frame().await;
        match frame.kind() {
            Some(EventKind::MessageNew) => numbers.extend(number_of(&frame)),
            Some(EventKind::ParticipantRemoved) => kinds.push((frame.kind(), numbers.len())),
            Some(EventKind::ParticipantAdded) => {
                assert_eq!(
                    frame.entry::<ParticipantAdded>().from_revision,
                    frame.revision()
                );
                kinds.push((frame.kind(), numbers.len()));
            }
            Some(EventKind::SyncComplete) => break,
            Some(_) | None => {}
        }
    }
    let expected: Vec<u64> = (1..=20).chain(31..=40).collect();
    assert_eq!(numbers, expected);
    let removed = Some(EventKind::ParticipantRemoved);
    let added = Some(EventKind::ParticipantAdded);
    assert_eq!(kinds, [(removed, 20), (added, 20)]);
}

/// The same while the replay is running and live.
#[tokio::test]
async fn membership_that_changes_during_a_replay_is_respected() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    send_fast(&alice, chat, 1..=300).await;
    let bob_id = bob.id;
    let add = AddParticipantRequest {
        user_id: bob_id,
        role: None,
    };
    let changing = async {
        alice.client.remove_participant(chat, bob_id).await.unwrap();
        carol.send_many(chat, 301..=310).await;
        alice.client.add_participant(chat, &add).await.unwrap();
        alice.send_many(chat, 311..=320).await;
    };
    let hearing = async {
        bob.connect_with(SocketOptions {
            events_len: 1,
            reconnect: false,
            ..SocketOptions::default()
        })
        .await;
        let mut numbers: Vec<u64> = Vec::new();
        while numbers.last() != Some(&320) {
            numbers.push(bob.next_number(chat).await);
        }
        numbers
    };
    let ((), numbers) = tokio::join!(changing, hearing);
    let expected: Vec<u64> = (1..=300).chain(311..=320).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn a_new_device_starts_at_the_present() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=5).await;
    let mut laptop = bob.another_device("bob-laptop").await;
    laptop.connect().await;
    assert_eq!(laptop.messages_until_synced().await, [] as [u64; 0]);
    alice.send_text(chat, 6).await;
    assert_eq!(laptop.next_number(chat).await, 6);
}

#[tokio::test]
async fn a_client_with_its_own_positions_is_served_from_them() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=5).await;
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, [1, 2, 3, 4, 5]);
    let cursors = bob.socket().sender().cursors();
    let from = |back: u64| Resume::Client(HashMap::from([(chat, cursors[&chat] - back)]));
    // Below the cursor: replayed again. Above: counts as acknowledged.
    for (back, expected) in [(2, vec![4, 5]), (0, vec![])] {
        bob.connect_with(SocketOptions {
            resume: from(back),
            acknowledge: Acknowledge::ByHand,
            reconnect: false,
            ..SocketOptions::default()
        })
        .await;
        assert_eq!(bob.messages_until_synced().await, expected);
    }
}

#[tokio::test]
async fn positions_at_any_other_time_are_refused() {
    let server = TestServer::spawn().await;
    let (_alice, mut bob, _chat) = server.direct_chat("alice", "bob").await;
    let sender = bob.connect().await.sender();
    let sync = ClientFrame::Sync(Sync {
        cursors: HashMap::new(),
    });
    let refused = sender.request::<Value>(sync).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::BadRequest));
}

/// Names positions and waits: the server does not wait for ever.
#[tokio::test]
async fn a_client_that_promises_positions_and_names_none_is_served_from_the_cursor() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_text(chat, 1).await;
    let mut socket = RawSocket::connect_to_resume(&bob.client).await.unwrap();
    let heard = patiently("the replay", socket.wait_for(EventKind::MessageNew)).await;
    assert_eq!(number_of(&heard.unwrap()), Some(1));
}

/// One client stops reading: the others do not notice, and it misses nothing when it reads again.
#[tokio::test]
async fn a_client_that_stops_reading_delays_nobody_and_misses_nothing() {
    const COUNT: u64 = 150;
    let server = TestServer::spawn().await;
    let ([alice, mut bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let stalled = SocketOptions {
        events_len: 1,
        reconnect: false,
        ..SocketOptions::default()
    };
    bob.connect_with(stalled).await;
    bob.messages_until_synced().await;
    carol.connect().await;
    carol.messages_until_synced().await;
    let mut request = alice.message(chat, 0).await;
    for number in 1..=COUNT {
        let mut content = number.to_string().into_bytes();
        content.resize(64 * 1024, b' ');
        for ciphertext in &mut request.ciphertexts {
            ciphertext.ciphertext = Base64(content.clone());
        }
        request.client_message_id = Some(number.to_string());
        alice.client.send_message(&request).await.unwrap();
        let heard = carol.wait_for(EventKind::MessageNew).await;
        assert_eq!(padded(&heard), Some(number));
    }
    for number in 1..=COUNT {
        let heard = bob.wait_for(EventKind::MessageNew).await;
        assert_eq!(padded(&heard), Some(number));
    }
}

fn padded(frame: &ServerFrame) -> Option<u64> {
    let content = frame.entry::<MessageNew>().content.clone()?;
    String::from_utf8(content.0).ok()?.trim().parse().ok()
}

/// A conversation that nobody has touched for a while has no running room; a message wakes it for
/// whoever is connected.
#[tokio::test]
async fn the_first_message_after_everybody_connected_is_heard() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let mut bob = server.user("bob").await;
    alice.connect().await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let chat = alice.client.create_direct(bob.id).await.unwrap().id;
    let created = bob.wait_for(EventKind::ConversationCreated).await;
    assert_eq!(created.conversation_id(), Some(chat));
    assert_eq!(created.revision(), Some(1));
    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
}

/// Frames of the raw socket, to see what repeats: nothing is sent twice on one socket.
#[tokio::test]
async fn one_socket_gets_each_revision_once() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut socket = bob.raw_socket().await;
    alice.send_many(chat, 1..=50).await;
    let mut revisions: Vec<(u64, Option<u64>)> = Vec::new();
    while revisions
        .iter()
        .filter(|(_, number)| number.is_some())
        .count()
        < 50
    {
        match patiently("a frame", socket.next()).await {
            RawFrame::Frame(frame) => {
                if let Some(revision) = frame.revision() {
                    revisions.push((revision, number_of(&frame)));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    let dense = revisions.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1);
    assert!(dense, "{revisions:?}");
}

/// A room may be taken out of the directory between any two messages, with some of them still in
/// its mailbox; the next message starts another one, and for a moment both tell the same sockets.
#[tokio::test]
async fn a_room_that_is_retired_and_started_again_loses_and_repeats_nothing() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let directory = server.app().directory();
    for number in 1..=20 {
        alice.send_text(chat, number).await;
        if number % 2 == 0 {
            // Whichever life of the room this is: there are never more than one per message.
            for generation in 0..=number {
                directory.retire_room(chat, generation);
            }
            assert!(directory.room(chat).is_none());
        }
    }
    for number in 1..=20 {
        assert_eq!(bob.next_number(chat).await, number);
    }
}
