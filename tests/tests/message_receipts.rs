//! How far a message has got, as its sender may know it.

use sentinal_client::ClientError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::event::{
    ConversationRead, EventKind, Hello, MessageDelivered, MessageRead, ServerFrame,
};
use sentinal_tests::{Said, TestServer, TestUser};

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
        let Some(kind) = frame.kind() else { continue };
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
            assert_eq!(told.says::<MessageDelivered>().message_id, sent.id);
            for device in [&mut bob, &mut tablet] {
                let (kind, own) = next_receipt(device).await;
                assert_eq!(kind, EventKind::ConversationRead);
                assert_eq!(own.says::<ConversationRead>().last_read_sequence, number);
                assert_eq!(own.says::<ConversationRead>().unread_count, 0);
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
        assert_eq!(own.says::<ConversationRead>().conversation_id, group.id);
    }
    let read = bob.client.conversation(group.id).await.unwrap();
    assert_eq!((read.last_read_sequence, read.unread_count), (1, 0));
    // What Alice hears first is of the DM.
    let sent = alice.send_text(chat, 2).await;
    bob.client.mark_delivered(sent.id).await.unwrap();
    let (_, told) = next_receipt(&mut alice).await;
    assert_eq!(told.says::<MessageDelivered>().conversation_id, chat);
}

/// In a large group nothing rises that all its sockets compare. The devices of whoever has read
/// something find it by their account.
#[tokio::test]
async fn in_a_large_group_a_device_that_was_away_learns_of_reading_through_the_account() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    let mut members = vec![bob.id];
    for number in 0..99 {
        members.push(server.user(&format!("member{number}")).await.id);
    }
    let group = alice.client.create_group("group", members).await.unwrap();
    connected(&mut bob).await;
    let mut account_revisions = Vec::new();
    for number in 1..=2 {
        let sent = alice.send_text(group.id, number).await;
        bob.client.mark_read(sent.id).await.unwrap();
        let (kind, own) = next_receipt(&mut bob).await;
        assert_eq!(kind, EventKind::ConversationRead);
        assert_eq!(own.says::<ConversationRead>().last_read_sequence, number);
        assert_eq!(own.says::<ConversationRead>().unread_count, 0);
        account_revisions.push(own.says::<ConversationRead>().account_revision.unwrap());
    }
    assert_eq!(account_revisions[0] + 1, account_revisions[1]);
    tablet.connect_without_ack().await;
    let hello = tablet.wait_for(EventKind::Hello).await;
    assert_eq!(hello.says::<Hello>().account_revision, account_revisions[1]);
    let shown = tablet.client.conversation(group.id).await.unwrap();
    assert_eq!((shown.last_read_sequence, shown.unread_count), (2, 0));
    // The replay brought no cursors of the group: the first that come are of the DM.
    tablet.messages_until_synced().await;
    let sent = alice.send_text(chat, 3).await;
    bob.client.mark_read(sent.id).await.unwrap();
    let (_, own) = next_receipt(&mut tablet).await;
    assert_eq!(own.says::<ConversationRead>().conversation_id, chat);
    assert_eq!(
        own.says::<ConversationRead>().account_revision,
        None,
        "it has a counter of its own"
    );
}

/// Marks that cannot be written yet stand in nobody's way but their own.
#[tokio::test]
async fn marks_do_not_wait_among_messages() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    let hold = server.database().db_hold_writes().await;
    let read = bob.client.mark_read(sent.id);
    let waiting = async {
        while server.app().waiting_marks() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.app().waiting_changes(), 0);
        hold.release().await;
    };
    let (read, ()) = tokio::join!(read, waiting);
    read.unwrap();
    let shown = bob.client.conversation(chat).await.unwrap();
    assert_eq!((shown.last_read_sequence, shown.unread_count), (1, 0));
}

/// A room that starts because of a receipt, or while one is on its way, has no roster yet; what it is told
/// waits for that and is not left to the sweep, which comes within half a minute.
#[tokio::test]
async fn a_receipt_arrives_at_once_where_no_room_was_running() {
    let server = TestServer::spawn().await;
    for round in 0..5 {
        let (mut alice, bob, chat) = server
            .direct_chat(&format!("alice{round}"), &format!("bob{round}"))
            .await;
        let sent = alice.send_text(chat, 1).await;
        // Nobody was there: no room has started.
        alice.connect().await;
        alice.messages_until_synced().await;
        bob.client.mark_read(sent.id).await.unwrap();
        let asked = std::time::Instant::now();
        let read = alice.wait_for(EventKind::MessageRead).await;
        assert_eq!(read.says::<MessageRead>().message_id, sent.id);
        let lasted = asked.elapsed();
        assert!(lasted < std::time::Duration::from_secs(10), "{lasted:?}");
    }
}
