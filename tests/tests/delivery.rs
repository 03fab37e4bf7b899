//! What is sent arrives: live, at every device, in one order, once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sentinal_client::SocketOptions;
use sentinal_protocol::api::messages::{DeviceMismatch, HistoryQuery};
use sentinal_protocol::event::{
    ConversationRead, EventKind, MessageDelivered, MessageNew, MessageRead, Revision, TypingStarted,
};
use sentinal_protocol::frame::{ClientFrame, Typing};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, MessageType};
use sentinal_tests::{Said, TestServer, TestUser, number_of};

fn after(chat: ConversationId, sequence: u64) -> HistoryQuery {
    HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: Some(sequence),
        around_seq: None,
        limit: Some(100),
    }
}

#[tokio::test]
async fn two_clients_hear_each_other_live() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    alice.messages_until_synced().await;
    bob.messages_until_synced().await;
    for number in 1..=10 {
        alice.send_text(chat, number).await;
        assert_eq!(bob.next_number(chat).await, number);
        bob.send_text(chat, number + 100).await;
        assert_eq!(alice.next_number(chat).await, number + 100);
    }
}

#[tokio::test]
async fn a_message_carries_what_the_contract_names() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let sent = alice.send_text(chat, 7).await;
    let heard = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!(number_of(&heard), Some(7));
    assert_eq!(heard.conversation_id(), Some(chat));
    assert_eq!(heard.revision(), Some(sent.revision));
    assert_eq!(heard.user_id(), Some(alice.id));
    let heard = heard.entry::<MessageNew>();
    assert_eq!(heard.sequence_number, sent.sequence_number);
    assert_eq!((heard.message_id, heard.sender_id), (sent.id, alice.id));
    assert_eq!(heard.sender_device_id.as_ref(), Some(&alice.device));
    assert_eq!(heard.recipient_device_id.as_ref(), Some(&bob.device));
    assert_eq!(heard.message_type, MessageType::Text);
    assert_eq!(heard.client_message_id, sent.client_message_id);
    assert_eq!(sent.sequence_number, 1);
}

#[tokio::test]
async fn the_sending_device_gets_an_echo_and_the_other_devices_the_content() {
    let server = TestServer::spawn().await;
    let (mut alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = alice.another_device("alice-laptop").await;
    alice.connect().await;
    laptop.connect().await;
    let sent = alice.send_text(chat, 5).await;
    let echo = alice.wait_for(EventKind::MessageNew).await;
    assert_eq!(echo.revision(), Some(sent.revision));
    assert!(echo.entry::<MessageNew>().content.is_none());
    let copy = laptop.wait_for(EventKind::MessageNew).await;
    assert_eq!(copy.revision(), Some(sent.revision));
    assert_eq!(number_of(&copy), Some(5));
}

/// Everybody sends at once; all devices see the same dense numbers.
#[tokio::test]
async fn all_devices_see_the_same_changes_in_the_same_order() {
    const EACH: u64 = 40;
    let server = TestServer::spawn().await;
    let ([mut alice, mut bob, mut carol], chat) =
        server.group_chat(["alice", "bob", "carol"]).await;
    let mut laptop = alice.another_device("alice-laptop").await;
    for device in [&mut alice, &mut bob, &mut carol, &mut laptop] {
        device.connect().await;
        device.messages_until_synced().await;
    }
    let start = alice.client.conversation(chat).await.unwrap().revision;
    tokio::join!(
        alice.send_many(chat, 0..EACH),
        bob.send_many(chat, EACH..2 * EACH),
        carol.send_many(chat, 2 * EACH..3 * EACH),
        laptop.send_many(chat, 3 * EACH..4 * EACH),
    );
    let expected: Vec<_> = (start + 1..=start + 4 * EACH).collect();
    let mut orders = Vec::new();
    for device in [&mut alice, &mut bob, &mut carol, &mut laptop] {
        let mut revisions = Vec::new();
        let mut messages = Vec::new();
        while messages.len() < expected.len() {
            let frame = device.wait_for(EventKind::MessageNew).await;
            revisions.extend(frame.revision());
            messages.push(frame.entry::<MessageNew>().message_id);
        }
        assert_eq!(revisions, expected, "{}", device.device);
        orders.push(messages);
    }
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn sends_of_one_socket_take_effect_in_the_order_they_were_sent() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let mut request = alice.message(chat, 0).await;
    let sender = alice.connect().await.sender();
    let mut answers = Vec::new();
    for number in 1..=200_u64 {
        request.ciphertexts[0].ciphertext = Base64(number.to_string().into_bytes());
        request.client_message_id = Some(number.to_string());
        // Each future has sent before the next one is polled: join_all polls in order.
        answers.push(sender.send_message(request.clone()));
    }
    let answers = join_all(answers).await;
    let sequences: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.unwrap().data.sequence_number)
        .collect();
    assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
    for number in 1..=200 {
        assert_eq!(bob.next_number(chat).await, number);
    }
}

#[tokio::test]
async fn twenty_equal_sends_at_once_make_one_message() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let request = alice.message(chat, 1).await;
    let sender = alice.connect().await.sender();
    let by_rest = join_all((0..10).map(|_| alice.client.send_message(&request)));
    let by_socket = join_all((0..10).map(|_| sender.send_message(request.clone())));
    let (by_rest, by_socket) = tokio::join!(by_rest, by_socket);
    let answers: Vec<_> = by_rest
        .into_iter()
        .chain(by_socket)
        .map(Result::unwrap)
        .collect();
    assert!(answers.iter().all(|it| it.data == answers[0].data));
    assert_eq!(answers.iter().filter(|it| !it.duplicate).count(), 1);
    // What comes next is the next message, not the same one again.
    alice.send_text(chat, 2).await;
    assert_eq!(bob.next_number(chat).await, 1);
    assert_eq!(bob.next_number(chat).await, 2);
    let history = alice.client.history(&after(chat, 0)).await.unwrap();
    assert_eq!(history.messages.len(), 2);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let mut request = alice.message(chat, 1).await;
    alice.client.send_message(&request).await.unwrap();
    request.ciphertexts[0].ciphertext = Base64(b"2".to_vec());
    let refusal = alice.client.send_message(&request).await.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::IdempotencyConflict));
}

/// The answer got lost, and meanwhile the world has moved on.
#[tokio::test]
async fn a_retry_succeeds_although_the_devices_have_changed() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let request = alice.message(chat, 1).await;
    let first = alice.client.send_message(&request).await.unwrap();
    bob.another_device("bob-laptop").await;
    let again = alice.client.send_message(&request).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.data, first.data);
}

#[tokio::test]
async fn a_new_device_must_be_encrypted_to() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let stale = alice.message(chat, 1).await;
    let mut laptop = bob.another_device("bob-laptop").await;
    let refusal = alice.client.send_message(&stale).await.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::DeviceMismatch));
    let details: DeviceMismatch = refusal.details().unwrap();
    assert!(details.extra.is_empty());
    let missing: Vec<_> = details
        .missing
        .iter()
        .map(|it| (it.user_id, &it.device_id))
        .collect();
    assert_eq!(missing, [(Some(bob.id), &laptop.device)]);
    laptop.connect().await;
    alice.send_text(chat, 1).await;
    assert_eq!(laptop.next_number(chat).await, 1);
}

#[tokio::test]
async fn unknown_devices_are_refused() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut request = alice.message(chat, 1).await;
    let mut extra = request.ciphertexts[0].clone();
    extra.recipient_device_id = "nobody-has-this".to_owned();
    extra.recipient_user_id = Some(bob.id);
    request.ciphertexts.push(extra);
    let refusal = alice.client.send_message(&request).await.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::DeviceMismatch));
    let details: DeviceMismatch = refusal.details().unwrap();
    assert_eq!(details.extra.len(), 1);
    let history = alice.client.history(&after(chat, 0)).await.unwrap();
    assert!(history.messages.is_empty(), "nothing was stored");
}

/// Whatever the entry for the sending device is named by, it is as if it were not there: it is not
/// stored, and a retry without it is the same request. A string that fits somebody else's device, too,
/// stays ambiguous.
#[tokio::test]
async fn an_entry_for_the_sending_device_is_ignored() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let own = alice.client.devices().await.unwrap()[0].id.to_string();
    for (user, device) in [
        (Some(alice.id), alice.device.as_str()),
        (None, alice.device.as_str()),
        (None, own.as_str()),
    ] {
        let without = alice.message(chat, 1).await;
        let mut request = without.clone();
        let mut entry = request.ciphertexts[0].clone();
        entry.recipient_device_id = device.to_owned();
        entry.recipient_user_id = user;
        request.ciphertexts.extend([entry.clone(), entry]);
        let sent = alice.client.send_message(&request).await.unwrap();
        assert!(!sent.duplicate);
        let again = alice.client.send_message(&without).await.unwrap();
        assert!(again.duplicate, "{device}");
        let seen = alice.client.message(sent.data.id).await.unwrap();
        assert_eq!(seen.ciphertext, None);
    }
    bob.another_device(&alice.device).await;
    let mut request = alice.message(chat, 2).await;
    let mut entry = request.ciphertexts[0].clone();
    entry.recipient_device_id.clone_from(&alice.device);
    entry.recipient_user_id = None;
    request.ciphertexts.push(entry);
    let refused = alice.client.send_message(&request).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::AmbiguousDevice));
}

async fn send_until_accepted(user: &TestUser, chat: ConversationId, number: u64) {
    loop {
        match user.try_send_text(chat, number).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.code(), Some(ErrorCode::DeviceMismatch), "{error}"),
        }
    }
}

/// Devices come while messages are sent: whatever is numbered after a device's coming is
/// encrypted for it.
#[tokio::test]
async fn no_message_misses_a_device_that_was_there_before_it() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let sending = async {
        for number in 1..=60 {
            send_until_accepted(&alice, chat, number).await;
        }
    };
    let coming = async {
        let mut devices = Vec::new();
        for n in 0..4 {
            devices.push(bob.another_device(&format!("bob-{n}")).await);
        }
        devices
    };
    let ((), devices) = tokio::join!(sending, coming);
    let mut added = Vec::new();
    while added.len() < devices.len() {
        added.extend(bob.wait_for(EventKind::DeviceAdded).await.revision());
    }
    for (device, added) in devices.iter().zip(added) {
        let history = device.client.history(&after(chat, 0)).await.unwrap();
        assert!(!history.has_more);
        for message in &history.messages {
            let expected = message.revision > added;
            assert_eq!(message.ciphertext.is_some(), expected, "{}", device.device);
        }
    }
}

#[tokio::test]
async fn an_answered_message_is_in_the_history_of_every_device() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=30).await;
    let page = bob.client.history(&after(chat, 0)).await.unwrap();
    let sequences: Vec<_> = page.messages.iter().map(|it| it.sequence_number).collect();
    assert_eq!(sequences, (1..=30).collect::<Vec<_>>());
    let contents: BTreeSet<_> = page
        .messages
        .iter()
        .filter_map(|it| it.ciphertext.clone())
        .map(|it| String::from_utf8(it.0).unwrap())
        .collect();
    assert_eq!(contents.len(), 30);
    let own = alice.client.history(&after(chat, 20)).await.unwrap();
    assert_eq!(own.messages.len(), 10);
    assert!(own.messages.iter().all(|it| it.ciphertext.is_none()));
}

#[tokio::test]
async fn receipts_reach_the_sender() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let sent = alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
    let delivered = alice.wait_for(EventKind::MessageDelivered).await;
    assert_eq!(delivered.says::<MessageDelivered>().message_id, sent.id);
    assert_eq!(delivered.says::<MessageDelivered>().recipient_id, bob.id);
    bob.client.mark_read(sent.id).await.unwrap();
    let read = alice.wait_for(EventKind::MessageRead).await;
    assert_eq!(read.says::<MessageRead>().message_id, sent.id);
    assert_eq!(read.says::<MessageRead>().reader_id, bob.id);
    let own = bob.wait_for(EventKind::ConversationRead).await;
    assert_eq!(own.says::<ConversationRead>().unread_count, 0);
}

#[tokio::test]
async fn typing_is_heard_by_the_others_alone() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let sender = alice.connect_with(SocketOptions::default()).await.sender();
    alice.messages_until_synced().await;
    let typing = ClientFrame::TypingStarted(Typing {
        conversation_id: chat,
    });
    sender.request::<serde_json::Value>(typing).await.unwrap();
    let heard = bob.wait_for(EventKind::TypingStarted).await;
    let heard = heard.says::<TypingStarted>();
    assert_eq!((heard.user_id, heard.conversation_id), (alice.id, chat));
    // A send ends it, and comes after it.
    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
    let next = alice.wait_for(EventKind::MessageNew).await;
    assert!(next.revision().is_some());
}

/// A block is silent: the sender sees everything as before, the blocker a bare number.
#[tokio::test]
async fn what_a_blocked_person_writes_is_a_bare_revision_for_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    let sent = alice.send_text(chat, 1).await;
    assert_eq!(sent.sequence_number, 1);
    let heard = bob.wait_for(EventKind::Revision).await;
    assert_eq!(heard.revision(), Some(sent.revision));
    assert_eq!(*heard.entry::<Revision>(), Revision::default());
    let refusal = bob.try_send_text(chat, 2).await.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::Blocked));
    bob.client.unblock(alice.id).await.unwrap();
    let history = bob.client.history(&after(chat, 0)).await.unwrap();
    assert!(history.messages.is_empty(), "an unblock reveals nothing");
}
