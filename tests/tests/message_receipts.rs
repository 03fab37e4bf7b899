//! How far a message has got, as its sender may know it.

use sentinal_client::ClientError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::event::{EventKind, ServerFrame};
use sentinal_tests::{TestServer, TestUser};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

#[tokio::test]
async fn the_sender_sees_who_has_got_and_read_a_message() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let dave = server.user("dave").await;
    let sent = alice.send_text(chat, 1).await;
    let request = AddParticipantRequest {
        user_id: dave.id,
        role: None,
    };
    alice.client.add_participant(chat, &request).await.unwrap();
    bob.client.mark_read(sent.id).await.unwrap();
    carol.client.mark_delivered(sent.id).await.unwrap();
    let all = PageQuery::default();
    let receipts = alice.client.receipts(sent.id, all).await.unwrap();
    assert_eq!(
        (receipts.total, receipts.has_more),
        (2, false),
        "Dave came later"
    );
    for receipt in receipts.receipts {
        let read = receipt.user_id == bob.id;
        assert_eq!((receipt.delivered, receipt.read), (true, Some(read)));
    }
    let first = PageQuery {
        page: Some(1),
        limit: Some(1),
    };
    let receipts = alice.client.receipts(sent.id, first).await.unwrap();
    assert_eq!((receipts.receipts.len(), receipts.has_more), (1, true));
    let by_other = bob.client.receipts(sent.id, all).await;
    assert_eq!(code(by_other), Some(ErrorCode::Forbidden));
    let eve = server.user("eve").await;
    let by_stranger = eve.client.receipts(sent.id, all).await;
    assert_eq!(code(by_stranger), Some(ErrorCode::NotFound));
    let unsigned = server.stranger().receipts(sent.id, all).await;
    assert_eq!(code(unsigned), Some(ErrorCode::Unauthorized));
    let bad = PageQuery {
        page: Some(0),
        limit: None,
    };
    let bad = alice.client.receipts(sent.id, bad).await;
    assert_eq!(code(bad), Some(ErrorCode::Validation));
}

#[tokio::test]
async fn what_was_sent_past_a_block_reaches_nobody() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    bob.client.block(alice.id).await.unwrap();
    let sent = alice.send_text(chat, 1).await;
    bob.client.read_up_to(chat, 1).await.unwrap();
    let receipts = alice.client.receipts(sent.id, PageQuery::default()).await;
    let receipt = receipts.unwrap().receipts[0];
    assert_eq!((receipt.delivered, receipt.read), (false, Some(false)));
}

/// Neither of the two sees what the other has read since one has blocked the other.
#[tokio::test]
async fn no_receipt_of_a_message_crosses_a_block() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let of_bob = bob.send_text(chat, 1).await.id;
    let of_alice = alice.send_text(chat, 2).await.id;
    let page = PageQuery::default();
    alice.client.block(bob.id).await.unwrap();
    alice.client.mark_read(of_bob).await.unwrap();
    bob.client.mark_read(of_alice).await.unwrap();
    let seen = bob.client.receipts(of_bob, page).await.unwrap();
    let seen = seen.receipts.first().unwrap();
    assert_eq!((seen.delivered, seen.read), (false, Some(false)));
    let seen = alice.client.receipts(of_alice, page).await.unwrap();
    let seen = seen.receipts.first().unwrap();
    assert_eq!((seen.delivered, seen.read), (false, None));
}

async fn connected(user: &mut TestUser) {
    user.connect_without_ack().await;
    user.messages_until_synced().await;
}

/// The next event that tells of a receipt.
async fn next_receipt(user: &mut TestUser) -> (EventKind, ServerFrame) {
    loop {
        let frame = user.next_frame().await;
        let Some(kind) = frame.event() else { continue };
        if matches!(
            kind,
            EventKind::MessageRead | EventKind::MessageDelivered | EventKind::ConversationRead
        ) {
            return (kind, frame);
        }
    }
}

async fn hide_receipts(user: &TestUser, hidden: bool) {
    let request = UpdateSettingsRequest {
        read_receipts: Some(Some(!hidden)),
        ..UpdateSettingsRequest::default()
    };
    user.client.update_settings(&request).await.unwrap();
}

/// Whoever of the two hides them: nobody hears of reading, everybody of delivery, and the reader's own
/// devices keep in step.
#[tokio::test]
async fn hidden_read_receipts_reach_only_the_own_devices() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    for user in [&mut alice, &mut bob, &mut tablet] {
        connected(user).await;
    }
    let mut number = 0;
    for (bob_hides, alice_hides) in [(true, false), (false, true), (true, true)] {
        hide_receipts(&bob, bob_hides).await;
        hide_receipts(&alice, alice_hides).await;
        // Delivered first, and delivered by being read.
        for delivered_before in [true, false] {
            number += 1;
            let sent = alice.send_text(chat, number).await;
            if delivered_before {
                bob.client.mark_delivered(sent.id).await.unwrap();
            }
            bob.client.mark_read(sent.id).await.unwrap();
            let (kind, told) = next_receipt(&mut alice).await;
            assert_eq!(
                kind,
                EventKind::MessageDelivered,
                "{bob_hides} {alice_hides}"
            );
            assert_eq!(told.text("message_id"), Some(sent.id.to_string().as_str()));
            for device in [&mut bob, &mut tablet] {
                let (kind, own) = next_receipt(device).await;
                assert_eq!(kind, EventKind::ConversationRead);
                assert_eq!(own.number("last_read_sequence"), Some(number));
                assert_eq!(own.number("unread_count"), Some(0));
            }
            let receipts = alice.client.receipts(sent.id, PageQuery::default()).await;
            let receipt = receipts.unwrap().receipts[0];
            assert_eq!((receipt.delivered, receipt.read), (true, None));
        }
    }
    hide_receipts(&bob, false).await;
    hide_receipts(&alice, false).await;
    let sent = alice.send_text(chat, number + 1).await;
    bob.client.mark_read(sent.id).await.unwrap();
    let (kind, _) = next_receipt(&mut alice).await;
    assert_eq!(
        kind,
        EventKind::MessageRead,
        "nothing hidden came before it"
    );
}

#[tokio::test]
async fn a_group_above_a_hundred_keeps_cursors_and_tells_only_the_own_devices() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    let mut members = vec![bob.id];
    for number in 0..99 {
        members.push(server.user(&format!("member{number}")).await.id);
    }
    let group = alice.client.create_group("group", members).await.unwrap();
    for user in [&mut alice, &mut bob, &mut tablet] {
        connected(user).await;
    }
    let sent = alice.send_text(group.id, 1).await;
    bob.client.mark_read(sent.id).await.unwrap();
    for device in [&mut bob, &mut tablet] {
        let (kind, own) = next_receipt(device).await;
        assert_eq!(kind, EventKind::ConversationRead);
        assert_eq!(own.conversation_id, Some(group.id));
    }
    let read = bob.client.conversation(group.id).await.unwrap();
    assert_eq!((read.last_read_sequence, read.unread_count), (1, 0));
    // What Alice hears first is of the DM.
    let sent = alice.send_text(chat, 2).await;
    bob.client.mark_delivered(sent.id).await.unwrap();
    let (_, told) = next_receipt(&mut alice).await;
    assert_eq!(told.conversation_id, Some(chat));
}
