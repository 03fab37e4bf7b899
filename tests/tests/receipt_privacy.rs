//! What receipts may not tell: that somebody is here who hides it, what was read unseen, and a block.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::api::sync::SyncQuery;
use sentinal_protocol::event::{EventKind, MessageDelivered, MessageRead, ServerFrame};
use sentinal_protocol::{ConversationId, MessageId, Visibility};
use sentinal_tests::{Said, TestServer, TestUser};

async fn set(user: &TestUser, request: UpdateSettingsRequest) {
    user.client.update_settings(&request).await.unwrap();
}

async fn hide_last_seen(user: &TestUser, from: Visibility) {
    let request = UpdateSettingsRequest {
        privacy_last_seen: Some(Some(from)),
        ..UpdateSettingsRequest::default()
    };
    set(user, request).await;
}

async fn share_reading(user: &TestUser, shares: bool) {
    let request = UpdateSettingsRequest {
        read_receipts: Some(Some(shares)),
        ..UpdateSettingsRequest::default()
    };
    set(user, request).await;
}

/// The other's cursors in a chat, `(read, delivered)`, the same by each door that shows them.
async fn shown(
    viewer: &TestUser,
    chat: ConversationId,
    other: &TestUser,
) -> (Option<u64>, Option<u64>) {
    let listed = viewer.client.participants(chat).await.unwrap();
    let mut listed = listed.participants.iter();
    let listed = listed.find(|it| it.user_id == other.id).unwrap();
    let listed = (listed.last_read_sequence, listed.last_delivered_sequence);
    let synced = viewer.client.sync(&SyncQuery::default()).await.unwrap();
    let mut chats = synced.conversations.iter();
    let synced = chats.find(|it| it.conversation.id == chat).unwrap();
    let mut synced = synced.receipts.iter();
    let synced = synced.find(|it| it.user_id == other.id).unwrap();
    let synced = (synced.last_read_sequence, synced.last_delivered_sequence);
    assert_eq!(listed, synced);
    listed
}

/// What the sender of a message is shown of it, `(delivered, read)`.
async fn receipt(sender: &TestUser, message: MessageId) -> (bool, Option<bool>) {
    let page = PageQuery::default();
    let receipts = sender.client.receipts(message, page).await.unwrap();
    let receipt = receipts.receipts[0];
    (receipt.delivered, receipt.read)
}

fn is_receipt(frame: &ServerFrame) -> bool {
    matches!(
        frame.kind(),
        Some(EventKind::MessageRead | EventKind::MessageDelivered | EventKind::ConversationRead)
    )
}

async fn next_receipt(user: &mut TestUser) -> ServerFrame {
    loop {
        let frame = user.next_frame().await;
        if is_receipt(&frame) {
            return frame;
        }
    }
}

/// The receipts of a replay.
async fn replayed(user: &mut TestUser) -> Vec<ServerFrame> {
    let mut receipts = Vec::new();
    loop {
        let frame = user.next_frame().await;
        if frame.kind() == Some(EventKind::SyncComplete) {
            return receipts;
        }
        if is_receipt(&frame) {
            receipts.push(frame);
        }
    }
}

fn delivered(frame: &ServerFrame) -> u64 {
    assert_eq!(frame.kind(), Some(EventKind::MessageDelivered));
    frame.says::<MessageDelivered>().sequence_number
}

fn read(frame: &ServerFrame) -> u64 {
    assert_eq!(frame.kind(), Some(EventKind::MessageRead));
    frame.says::<MessageRead>().sequence_number
}

#[tokio::test]
async fn delivery_does_not_tell_that_somebody_is_here_who_hides_it() {
    let server = TestServer::spawn().await;
    let (mut alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = alice.another_device("laptop").await;
    let mut ids = vec![alice.send_text(chat, 1).await.id];
    bob.client.mark_delivered(ids[0]).await.unwrap();
    hide_last_seen(&bob, Visibility::Nobody).await;
    let still = (Some(0), Some(1));
    assert_eq!(shown(&alice, chat, &bob).await, still, "as it was");
    alice.connect().await;
    alice.messages_until_synced().await;
    for number in 2..=3 {
        ids.push(alice.send_text(chat, number).await.id);
        bob.client.mark_delivered(ids[ids.len() - 1]).await.unwrap();
    }
    assert_eq!(shown(&alice, chat, &bob).await, still);
    assert_eq!(receipt(&alice, ids[2]).await, (false, Some(false)));
    // Nor does a socket that comes back find anything new, nor one that was told of nothing yet.
    alice.disconnect().await;
    alice.connect().await;
    assert_eq!(replayed(&mut alice).await.len(), 0);
    laptop.connect().await;
    let told = replayed(&mut laptop).await;
    let told: Vec<_> = told
        .iter()
        .filter(|it| it.kind() == Some(EventKind::MessageDelivered))
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(delivered(told[0]), 1);

    // Reading shows that he is here, so it may show how far everything is. Nothing came before.
    bob.client.mark_read(ids[1]).await.unwrap();
    assert_eq!(delivered(&next_receipt(&mut alice).await), 3);
    assert_eq!(read(&next_receipt(&mut alice).await), 2);
    assert_eq!(shown(&alice, chat, &bob).await, (Some(2), Some(3)));

    // So does writing.
    for number in 4..=5 {
        ids.push(alice.send_text(chat, number).await.id);
        bob.client.mark_delivered(ids[ids.len() - 1]).await.unwrap();
    }
    assert_eq!(shown(&alice, chat, &bob).await, (Some(2), Some(3)));
    let own = bob.send_text(chat, 6).await.id;
    assert_eq!(shown(&alice, chat, &bob).await, (Some(2), Some(5)));
    bob.client.mark_delivered(own).await.unwrap();
    assert_eq!(delivered(&next_receipt(&mut alice).await), 6);
    assert_eq!(receipt(&alice, ids[4]).await, (true, Some(false)));

    // Reading of which others do not hear shows nothing.
    share_reading(&bob, false).await;
    ids.push(alice.send_text(chat, 7).await.id);
    bob.client.mark_read(ids[5]).await.unwrap();
    assert_eq!(shown(&alice, chat, &bob).await, (None, Some(6)));
    hide_last_seen(&bob, Visibility::Everyone).await;
    let last = alice.send_text(chat, 8).await.id;
    bob.client.mark_delivered(last).await.unwrap();
    assert_eq!(delivered(&next_receipt(&mut alice).await), 8);
}

#[tokio::test]
async fn contacts_are_told_of_delivery_where_only_they_may_know() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    hide_last_seen(&bob, Visibility::Contacts).await;
    let first = alice.send_text(chat, 1).await.id;
    bob.client.mark_delivered(first).await.unwrap();
    assert_eq!(receipt(&alice, first).await, (false, Some(false)));
    let adding = AddContactRequest {
        contact_user_id: alice.id,
        nickname: None,
    };
    bob.client.add_contact(&adding).await.unwrap();
    assert_eq!(receipt(&alice, first).await, (true, Some(false)));
    // In a group, where everybody sees who is here, nothing changes.
    bob.client.remove_contact(alice.id).await.unwrap();
    let group = alice.client.create_group("group", vec![bob.id]).await;
    let group = group.unwrap().id;
    let sent = alice.send_text(group, 1).await.id;
    bob.client.mark_delivered(sent).await.unwrap();
    assert_eq!(shown(&alice, group, &bob).await, (Some(0), Some(1)));
}

#[tokio::test]
async fn what_was_read_unseen_stays_unseen() {
    let server = TestServer::spawn().await;
    let (mut alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let group = alice.client.create_group("group", vec![bob.id]).await;
    let group = group.unwrap().id;
    for place in [chat, group] {
        alice.connect().await;
        alice.messages_until_synced().await;
        let first = alice.send_text(place, 1).await.id;
        bob.client.mark_read(first).await.unwrap();
        assert_eq!(read(&next_receipt(&mut alice).await), 1);
        share_reading(&bob, false).await;
        let unseen = alice.send_text(place, 2).await.id;
        bob.client.mark_delivered(unseen).await.unwrap();
        assert_eq!(delivered(&next_receipt(&mut alice).await), 2);
        bob.client.mark_read(unseen).await.unwrap();
        let own = bob.client.conversation(place).await.unwrap();
        assert_eq!((own.last_read_sequence, own.unread_count), (2, 0));
        assert_eq!(shown(&alice, place, &bob).await, (None, Some(2)));
        share_reading(&bob, true).await;
        assert_eq!(shown(&alice, place, &bob).await, (Some(1), Some(2)));
        assert_eq!(receipt(&alice, first).await, (true, Some(true)));
        assert_eq!(receipt(&alice, unseen).await, (true, Some(false)));
        // That he has read something is not to be seen by a socket that comes back, either.
        alice.disconnect().await;
        alice.connect().await;
        assert_eq!(replayed(&mut alice).await.len(), 0);
        // What he reads from now on is seen.
        let seen = alice.send_text(place, 3).await.id;
        bob.client.mark_read(seen).await.unwrap();
        assert_eq!(read(&next_receipt(&mut alice).await), 3);
        assert_eq!(shown(&alice, place, &bob).await, (Some(3), Some(3)));
        alice.disconnect().await;
    }
}

/// Not even that something has changed.
#[tokio::test]
async fn a_socket_that_comes_back_finds_no_trace_of_receipts_across_a_block() {
    let server = TestServer::spawn().await;
    let (mut alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let first = alice.send_text(chat, 1).await.id;
    let second = alice.send_text(chat, 2).await.id;
    alice.connect().await;
    alice.messages_until_synced().await;
    bob.client.mark_read(first).await.unwrap();
    assert_eq!(read(&next_receipt(&mut alice).await), 1);
    bob.client.block(alice.id).await.unwrap();
    alice.disconnect().await;
    bob.client.mark_delivered(second).await.unwrap();
    bob.client.mark_read(second).await.unwrap();
    alice.connect().await;
    assert_eq!(replayed(&mut alice).await.len(), 0);
    assert_eq!(shown(&alice, chat, &bob).await, (Some(1), Some(1)));
}
