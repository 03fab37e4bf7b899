//! What somebody has put away, cannot read any more, or can say to nobody any more.

use std::time::Duration;

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::edits::EditMessageRequest;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::api::sync::SyncQuery;
use sentinal_protocol::event::{ConversationRead, EventKind};
use sentinal_protocol::{
    CallType, Clock, ConversationId, ErrorCode, MessageId, MessageType, Timestamp,
};
use sentinal_tests::{Said, TestServer, TestUser, code};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);

async fn send_poll(user: &TestUser, chat: ConversationId) -> MessageId {
    let mut poll = user.message(chat, 1).await;
    poll.message_type = Some(MessageType::Poll);
    poll.poll = Some(NewPoll {
        options: 2,
        multiple: false,
        closes_at: None,
    });
    user.client.send_message(&poll).await.unwrap().data.id
}

/// Does all that can be done to a poll of the one who does it: five changes.
async fn handle(user: &TestUser, chat: ConversationId, poll: MessageId) {
    user.client.add_reaction(poll, "+").await.unwrap();
    user.client.vote(poll, &[1]).await.unwrap();
    user.client.pin_message(poll).await.unwrap();
    let edit = EditMessageRequest {
        ciphertexts: Some(user.ciphertexts(chat, 2).await),
        ..EditMessageRequest::default()
    };
    user.client.edit_message(poll, &edit).await.unwrap();
    user.client.delete_message(poll).await.unwrap();
}

/// The kinds of the next durable events of a chat.
async fn next_kinds(user: &mut TestUser, chat: ConversationId, count: usize) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    while kinds.len() < count {
        let frame = user.next_frame().await;
        if frame.conversation_id() == Some(chat) && frame.revision().is_some() {
            kinds.extend(frame.kind());
        }
    }
    kinds
}

const HANDLED: [EventKind; 5] = [
    EventKind::MessageReaction,
    EventKind::PollUpdated,
    EventKind::MessagePinned,
    EventKind::MessageUpdated,
    EventKind::MessageDeleted,
];

#[tokio::test]
async fn what_is_done_to_a_message_that_i_deleted_for_myself_is_a_bare_revision_to_me() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let mut tablet = carol.another_device("carol-tablet").await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    let poll = send_poll(&alice, chat).await;
    tablet.wait_for(EventKind::MessageNew).await;
    tablet.disconnect().await;
    for user in [&mut bob, &mut carol] {
        user.connect().await;
        user.messages_until_synced().await;
    }
    carol.client.hide_message(poll).await.unwrap();
    handle(&alice, chat, poll).await;
    assert_eq!(next_kinds(&mut bob, chat, 5).await, HANDLED);
    let bare = [EventKind::Revision; 5];
    assert_eq!(next_kinds(&mut carol, chat, 5).await, bare, "live");
    tablet.connect().await;
    assert_eq!(next_kinds(&mut tablet, chat, 5).await, bare, "on replay");
}

#[tokio::test]
async fn what_is_done_in_a_dm_that_i_cleared_is_a_bare_revision_to_me() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("bob-tablet").await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    let poll = send_poll(&alice, chat).await;
    tablet.wait_for(EventKind::MessageNew).await;
    tablet.disconnect().await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.delete_conversation(chat).await.unwrap();
    handle(&alice, chat, poll).await;
    let bare = [EventKind::Revision; 5];
    assert_eq!(next_kinds(&mut bob, chat, 5).await, bare, "live");
    tablet.connect().await;
    assert_eq!(next_kinds(&mut tablet, chat, 5).await, bare, "on replay");
    // What comes after it is seen.
    let fresh = send_poll(&alice, chat).await;
    alice.client.add_reaction(fresh, "+").await.unwrap();
    let seen = [EventKind::MessageNew, EventKind::MessageReaction];
    assert_eq!(next_kinds(&mut bob, chat, 2).await, seen);
    assert_eq!(next_kinds(&mut tablet, chat, 2).await, seen);
}

async fn send_fleeting(user: &TestUser, chat: ConversationId, number: u64) -> SentMessage {
    let mut request = user.message(chat, number).await;
    request.expires_in = Some(60);
    user.client.send_message(&request).await.unwrap().data
}

/// How much is unread in a chat, the same by each door that tells.
async fn unread(user: &TestUser, chat: ConversationId) -> u64 {
    let one = user.client.conversation(chat).await.unwrap().unread_count;
    let listed = user.client.unread(PageQuery::default()).await.unwrap();
    let mut places = listed.conversations.iter();
    let listed = places.find(|it| it.conversation_id == chat);
    assert_eq!(one, listed.map_or(0, |it| it.unread_count));
    let synced = user.client.sync(&SyncQuery::default()).await.unwrap();
    let mut places = synced.conversations.iter();
    let synced = places.find(|it| it.conversation.id == chat).unwrap();
    assert_eq!(one, synced.conversation.unread_count);
    one
}

#[tokio::test]
async fn what_has_expired_is_not_unread_and_the_own_devices_hear_it() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let ([alice, mut bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    for user in [&mut bob, &mut carol] {
        user.connect().await;
        user.messages_until_synced().await;
    }
    let hidden = send_fleeting(&alice, chat, 1).await;
    alice.send_text(chat, 2).await;
    let fleeting = send_fleeting(&alice, chat, 3).await;
    bob.client.hide_message(hidden.id).await.unwrap();
    carol.client.mark_read(fleeting.id).await.unwrap();
    carol.wait_for(EventKind::ConversationRead).await;
    assert_eq!(unread(&bob, chat).await, 2, "of three one is hidden");
    clock.advance(Duration::from_secs(61));
    assert_eq!(unread(&bob, chat).await, 1, "from its moment on");
    let heard = bob.wait_for(EventKind::ConversationRead).await;
    let heard = heard.says::<ConversationRead>();
    assert_eq!(
        (
            heard.conversation_id,
            heard.unread_count,
            heard.last_read_sequence
        ),
        (chat, 1, 0)
    );
    assert_eq!(unread(&bob, chat).await, 1, "erased as well");
    // To whoever has read it, nothing has changed.
    carol.wait_for(EventKind::MessageExpired).await;
    alice.send_text(chat, 4).await;
    let next = carol.next_frame().await;
    let next = match next.kind() {
        Some(EventKind::MessageExpired) => carol.next_frame().await,
        _ => next,
    };
    assert_eq!(next.kind(), Some(EventKind::MessageNew));
    assert_eq!(unread(&carol, chat).await, 1);
}

#[tokio::test]
async fn what_an_erased_account_wrote_is_not_unread_and_the_own_devices_hear_it() {
    let server = TestServer::spawn().await;
    let ([alice, bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    carol.connect().await;
    carol.messages_until_synced().await;
    bob.send_many(chat, 1..=3).await;
    alice.send_text(chat, 4).await;
    assert_eq!(unread(&carol, chat).await, 4);
    bob.client.delete_account().await.unwrap();
    assert_eq!(unread(&carol, chat).await, 1);
    let heard = carol.wait_for(EventKind::ConversationRead).await;
    let heard = heard.says::<ConversationRead>();
    assert_eq!((heard.conversation_id, heard.unread_count), (chat, 1));
}

/// Whatever needs somebody on the other side; what concerns oneself stays.
#[tokio::test]
async fn nothing_is_said_to_a_deleted_account() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let theirs = alice.send_text(chat, 1).await.id;
    let own = bob.send_text(chat, 2).await.id;
    let poll = send_poll(&bob, chat).await;
    bob.client.add_reaction(own, "+").await.unwrap();
    bob.client.pin_message(own).await.unwrap();
    alice.client.delete_account().await.unwrap();
    let gone = ErrorCode::AccountDeleted;
    assert_eq!(code(bob.try_send_text(chat, 3).await), gone);
    let edit = EditMessageRequest {
        ciphertexts: Some(Vec::new()),
        ..EditMessageRequest::default()
    };
    assert_eq!(code(bob.client.edit_message(own, &edit).await), gone);
    assert_eq!(code(bob.client.add_reaction(theirs, "+").await), gone);
    assert_eq!(code(bob.client.vote(poll, &[1]).await), gone);
    assert_eq!(code(bob.client.pin_message(poll).await), gone);
    assert_eq!(
        code(bob.client.create_call(chat, CallType::Audio).await),
        gone
    );
    bob.client.mark_read(theirs).await.unwrap();
    bob.client.star_message(own).await.unwrap();
    bob.client.remove_reaction(own, "+").await.unwrap();
    bob.client.unpin_message(own).await.unwrap();
    bob.client.delete_message(own).await.unwrap();
    bob.client.delete_conversation(chat).await.unwrap();
    // In a group there is still somebody.
    let carol = server.user("carol").await;
    let group = bob.client.create_group("group", vec![carol.id]).await;
    let group = group.unwrap().id;
    carol.client.delete_account().await.unwrap();
    bob.send_text(group, 1).await;
}

#[tokio::test]
async fn a_mute_that_has_run_out_reads_as_none() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let until = START.plus(Duration::from_mins(1));
    let muted = alice.client.mute(chat, Some(until)).await.unwrap();
    assert_eq!(muted.muted_until, Some(until));
    let before = alice.client.sync(&SyncQuery::default()).await.unwrap();
    assert_eq!(
        before.conversations[0].conversation.muted_until,
        Some(until)
    );
    clock.advance(Duration::from_secs(61));
    let one = alice.client.conversation(chat).await.unwrap();
    assert_eq!(one.muted_until, None);
    let listed = alice.client.conversations(PageQuery::default()).await;
    assert_eq!(listed.unwrap().conversations[0].muted_until, None);
    // A sync finds that it has changed.
    let since = SyncQuery {
        since: Some(before.cursor),
        ..SyncQuery::default()
    };
    let synced = alice.client.sync(&since).await.unwrap();
    assert_eq!(synced.conversations[0].conversation.muted_until, None);
}
