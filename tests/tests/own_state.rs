//! What one arranges for oneself: mute, pin, archive; and what counts as unread.

use std::time::Duration;

use reqwest::Method;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::{AddParticipantRequest, Conversation};
use sentinal_protocol::event::{AccountChanged, EventKind};
use sentinal_protocol::{ConversationId, Timestamp};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};
use serde_json::json;

async fn seen(user: &TestUser, chat: ConversationId) -> Conversation {
    user.client.conversation(chat).await.unwrap()
}

async fn unread(user: &TestUser, chat: ConversationId) -> u64 {
    seen(user, chat).await.unread_count
}

#[tokio::test]
async fn own_marks_are_ones_own_and_told_to_ones_devices_once() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let mut tablet = bob.another_device("tablet").await;
    for device in [&mut bob, &mut tablet] {
        device.connect().await;
        device.messages_until_synced().await;
    }
    let start = seen(&alice, chat).await;
    let client = &bob.client;
    let muted = client.mute(chat, None).await.unwrap();
    assert_eq!(muted.muted_until, Some(Timestamp::FOREVER));
    client.mute(chat, None).await.unwrap();
    let pinned = client.pin(chat).await.unwrap().pinned_at;
    assert!(pinned.is_some());
    assert_eq!(client.pin(chat).await.unwrap().pinned_at, pinned);
    assert!(client.archive(chat).await.unwrap().archived);
    assert!(client.archive(chat).await.unwrap().archived);
    assert!(!client.unarchive(chat).await.unwrap().archived);
    assert_eq!(client.unpin(chat).await.unwrap().pinned_at, None);
    assert_eq!(client.unmute(chat).await.unwrap().muted_until, None);
    client.unmute(chat).await.unwrap();
    alice.send_text(chat, 1).await;
    for device in [&mut bob, &mut tablet] {
        let mut revisions = Vec::new();
        loop {
            let frame = device.next_frame().await;
            match frame.kind() {
                Some(EventKind::AccountChanged) => {
                    revisions.push(frame.says::<AccountChanged>().account_revision);
                }
                Some(EventKind::MessageNew) => break,
                Some(_) | None => {}
            }
        }
        assert_eq!(revisions.len(), 6, "once for each that changed something");
        assert!(revisions.is_sorted_by(|one, other| one + 1 == *other));
    }
    let after = seen(&alice, chat).await;
    assert_eq!(after.revision, start.revision + 1, "the message alone");
    assert_eq!(
        (after.muted_until, after.pinned_at, after.archived),
        (None, None, false)
    );
}

#[tokio::test]
async fn one_is_muted_until_a_time_that_lies_ahead() {
    let server = TestServer::spawn().await;
    let ([alice], chat) = server.group_chat(["alice"]).await;
    let until = server.app().clock().now().plus(Duration::from_hours(1));
    let muted = alice.client.mute(chat, Some(until)).await.unwrap();
    assert_eq!(muted.muted_until, Some(until));
    let path = format!("/v1/conversations/{chat}/mute");
    for (body, code) in [
        (
            json!({"until": "2020-01-01T00:00:00Z"}),
            (422, "VALIDATION_ERROR"),
        ),
        (json!({"until": "tomorrow"}), (422, "VALIDATION_ERROR")),
        (json!({"until": 7}), (400, "BAD_REQUEST")),
    ] {
        let asked = request(&server, Some(&alice), Method::POST, &path).json(&body);
        assert_eq!(outcome(asked).await, (code.0, code.1.to_owned()), "{body}");
    }
    assert_eq!(seen(&alice, chat).await.muted_until, Some(until));
    let asked = request(&server, Some(&alice), Method::POST, &path);
    assert_eq!(outcome(asked).await.0, 200, "without a body");
    assert_eq!(
        seen(&alice, chat).await.muted_until,
        Some(Timestamp::FOREVER)
    );
}

#[tokio::test]
async fn pinned_ones_come_first_and_archived_ones_not_at_all() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut chats = Vec::new();
    for subject in ["one", "two", "three"] {
        chats.push(alice.client.create_group(subject, vec![]).await.unwrap().id);
    }
    alice.client.pin(chats[0]).await.unwrap();
    alice.client.archive(chats[1]).await.unwrap();
    let listed = alice
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    let ids: Vec<_> = listed.conversations.iter().map(|it| it.id).collect();
    assert_eq!(ids, [chats[0], chats[2]]);
    assert_eq!(listed.total, 2);
}

/// Above what was read, joined and cleared; not one's own; not what a block hides.
#[tokio::test]
async fn unread_is_what_others_said_that_one_can_see_and_has_not_read() {
    let server = TestServer::spawn().await;
    let ([alice, bob], group) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    alice.send_many(group, 1..=3).await;
    let adding = AddParticipantRequest {
        user_id: carol.id,
        role: None,
    };
    alice.client.add_participant(group, &adding).await.unwrap();
    alice.send_many(group, 4..=5).await;
    alice.client.reserve_sequence(group).await.unwrap();
    assert_eq!(
        unread(&bob, group).await,
        5,
        "reserved numbers are nothing to read"
    );
    assert_eq!(unread(&carol, group).await, 2, "from when she joined");
    assert_eq!(unread(&alice, group).await, 0, "her own");
    bob.send_text(group, 6).await;
    let bobs = seen(&bob, group).await;
    assert_eq!(
        (bobs.unread_count, bobs.last_read_sequence),
        (5, 0),
        "sending reads nothing"
    );
    assert_eq!(unread(&alice, group).await, 1);
    bob.client.read_up_to(group, 4).await.unwrap();
    assert_eq!(unread(&bob, group).await, 1);
    bob.client.read_up_to(group, 2).await.unwrap();
    assert_eq!(unread(&bob, group).await, 1, "reading never goes back");
    // What comes past a block is hidden for ever; clearing a DM leaves nothing unread.
    let direct = alice.client.create_direct(bob.id).await.unwrap().id;
    alice.send_text(direct, 1).await;
    bob.client.block(alice.id).await.unwrap();
    alice.send_text(direct, 2).await;
    bob.client.unblock(alice.id).await.unwrap();
    assert_eq!(unread(&bob, direct).await, 1);
    bob.client.delete_conversation(direct).await.unwrap();
    assert_eq!(unread(&bob, direct).await, 0);
    alice.send_text(direct, 3).await;
    assert_eq!(unread(&bob, direct).await, 1);
    // What was said while one was away is not unread on return.
    carol.client.leave(group).await.unwrap();
    alice.send_text(group, 7).await;
    alice.client.add_participant(group, &adding).await.unwrap();
    assert_eq!(unread(&carol, group).await, 0);
}

#[tokio::test]
async fn everything_unread_is_counted_in_one_place() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut chats = Vec::new();
    for number in 1..=4_u64 {
        let made = alice.client.create_group("group", vec![bob.id]).await;
        let chat = made.unwrap().id;
        alice.send_many(chat, 1..number).await;
        chats.push(chat);
    }
    bob.client.archive(chats[3]).await.unwrap();
    let page = |page, limit| PageQuery {
        page: Some(page),
        limit: Some(limit),
    };
    let first = bob.client.unread(page(1, 2)).await.unwrap();
    let shown = |unread: &sentinal_protocol::api::sync::Unread| {
        let shown = unread.conversations.iter();
        shown
            .map(|it| (it.conversation_id, it.unread_count))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&first), [(chats[1], 1), (chats[2], 2)]);
    assert_eq!(
        (first.unread_count, first.total, first.has_more),
        (6, 3, true)
    );
    let second = bob.client.unread(page(2, 2)).await.unwrap();
    assert_eq!(shown(&second), [(chats[3], 3)], "archived ones count");
    assert!(!second.has_more);
    let past = bob.client.unread(page(9, 2)).await.unwrap();
    assert_eq!((past.unread_count, past.conversations.len()), (6, 0));
    assert_eq!(
        alice
            .client
            .unread(PageQuery::default())
            .await
            .unwrap()
            .total,
        0
    );
    for (query, user, expected) in [
        ("?limit=101", Some(&bob), 422),
        ("?page=0", Some(&bob), 422),
        ("?page=x", Some(&bob), 400),
        ("", None, 401),
    ] {
        let path = format!("/v1/users/me/unread{query}");
        let (status, _) = outcome(request(&server, user, Method::GET, &path)).await;
        assert_eq!(status, expected, "{query}");
    }
}
