//! What a conversation is called and allows, whose it is, and its end.

use reqwest::Method;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::{
    AddParticipantRequest, Conversation, UpdateConversationRequest,
};
use sentinal_protocol::api::messages::HistoryQuery;
use sentinal_protocol::event::{
    ConversationDeleted, ConversationUpdated, EventKind, ParticipantRole, Revision,
};
use sentinal_protocol::{ConversationId, ErrorCode, Permission, Role};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};
use serde_json::{Value, json};
use uuid::Uuid;

fn change(fields: Value) -> UpdateConversationRequest {
    serde_json::from_value(fields).unwrap()
}

async fn update_refused(
    user: &TestUser,
    chat: ConversationId,
    fields: &Value,
) -> Option<ErrorCode> {
    let request = change(fields.clone());
    let refused = user.client.update_conversation(chat, &request).await;
    refused.unwrap_err().code()
}

async fn update(user: &TestUser, chat: ConversationId, fields: Value) -> Conversation {
    let changed = user.client.update_conversation(chat, &change(fields)).await;
    changed.unwrap()
}

/// Status and code of a request without a body.
async fn ask(server: &TestServer, user: &TestUser, method: Method, path: String) -> (u16, String) {
    outcome(request(server, Some(user), method, &path)).await
}

#[tokio::test]
async fn an_update_merges_and_is_told_to_everybody_live_and_later() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    carol.connect().await;
    carol.messages_until_synced().await;
    carol.disconnect().await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let fields = json!({"subject": "Team", "description": "us", "avatar_url": "https://a/b"});
    let changed = update(&alice, chat, fields).await;
    assert_eq!(changed.subject.as_deref(), Some("Team"));
    let fields = json!({
        "description": null, "message_expiry_seconds": 60,
        "permissions": {"send": "ADMINS", "invite": "everyone"},
    });
    let changed = update(&alice, chat, fields).await;
    assert_eq!(changed.subject.as_deref(), Some("Team"), "absent: it stays");
    assert_eq!(changed.description, None, "null: cleared");
    assert_eq!(changed.message_expiry_seconds, Some(60));
    assert_eq!(
        json!(changed.permissions),
        json!({
            "send": "admins", "edit_info": "admins", "add_members": "admins",
            "invite": "everyone", "start_call": "everyone",
        })
    );
    assert_eq!(changed.revision, 3);
    carol.connect().await;
    for user in [&mut bob, &mut carol] {
        let first = user.wait_for(EventKind::ConversationUpdated).await;
        assert_eq!(
            (first.revision(), first.user_id()),
            (Some(2), Some(alice.id))
        );
        let first = &first.entry::<ConversationUpdated>().conversation;
        assert_eq!(first.subject.as_deref(), Some("Team"));
        assert_eq!(first.description.as_deref(), Some("us"));
        let second = user.wait_for(EventKind::ConversationUpdated).await;
        assert_eq!(second.revision(), Some(3));
        let second = &second.entry::<ConversationUpdated>().conversation;
        assert_eq!(second.description, None);
        assert_eq!(second.message_expiry_seconds, Some(60));
        let permissions = &second.permissions;
        assert_eq!(permissions.send, Permission::Admins);
    }
    let reset = update(&alice, chat, json!({"permissions": {"send": null}})).await;
    assert_eq!(json!(reset.permissions)["send"], "everyone");
    assert_eq!(json!(reset.permissions)["invite"], "everyone");
    let reset = update(&alice, chat, json!({"permissions": null})).await;
    assert_eq!(json!(reset.permissions)["invite"], "admins");
}

#[tokio::test]
async fn an_update_that_changes_nothing_takes_no_revision() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let same =
        json!({"subject": "group", "description": null, "permissions": {"send": "everyone"}});
    for fields in [json!({}), same] {
        assert_eq!(update(&alice, chat, fields).await.revision, 1);
    }
    update(&alice, chat, json!({"subject": "other"})).await;
    let heard = bob.next_frame().await;
    assert_eq!(heard.kind(), Some(EventKind::ConversationUpdated));
    assert_eq!(heard.revision(), Some(2));
}

#[tokio::test]
async fn ranks_and_permissions_say_who_may_edit_what() {
    let server = TestServer::spawn().await;
    let ([owner, admin, member], chat) = server.group_chat(["owner", "admin", "member"]).await;
    owner
        .client
        .set_role(chat, admin.id, Role::Admin)
        .await
        .unwrap();
    let info = json!({"subject": "mine"});
    let open = json!({"permissions": {"edit_info": "everyone"}});
    let refused = async |fields: &Value| update_refused(&member, chat, fields).await;
    for fields in [&info, &open, &json!({"message_expiry_seconds": 5})] {
        assert_eq!(
            refused(fields).await,
            Some(ErrorCode::Forbidden),
            "{fields}"
        );
    }
    update(&admin, chat, open.clone()).await;
    let changed = update(&member, chat, info).await;
    assert_eq!(changed.subject.as_deref(), Some("mine"));
    // Who may edit may not thereby change who may edit.
    assert_eq!(refused(&open).await, Some(ErrorCode::Forbidden));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_changes_nothing() {
    let server = TestServer::spawn().await;
    let ([alice], chat) = server.group_chat(["alice"]).await;
    let path = format!("/v1/conversations/{chat}");
    let rule = (422, "VALIDATION_ERROR".to_owned());
    let unreadable = (400, "BAD_REQUEST".to_owned());
    for (body, expected) in [
        (json!({"subject": "x".repeat(129)}), &rule),
        (json!({"description": "x".repeat(1_025)}), &rule),
        (json!({"avatar_url": "x".repeat(2_049)}), &rule),
        (json!({"message_expiry_seconds": 0}), &rule),
        (json!({"message_expiry_seconds": 31_536_001}), &rule),
        (json!({"permissions": {"send": "nobody"}}), &rule),
        (json!({"message_expiry_seconds": -1}), &unreadable),
        (json!({"subject": 7}), &unreadable),
        (json!({"permissions": "everyone"}), &unreadable),
    ] {
        let asked = request(&server, Some(&alice), Method::PUT, &path).json(&body);
        assert_eq!(&outcome(asked).await, expected, "{body}");
    }
    let seen = alice.client.conversation(chat).await.unwrap();
    assert_eq!(seen.revision, 1);
}

#[tokio::test]
async fn permissions_and_expiry_hold_for_the_next_message() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    bob.send_text(chat, 1).await;
    let fields = json!({"message_expiry_seconds": 3_600, "permissions": {"send": "admins"}});
    update(&alice, chat, fields).await;
    let refused = bob.try_send_text(chat, 2).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));
    alice.send_text(chat, 3).await;
    update(
        &alice,
        chat,
        json!({"message_expiry_seconds": null, "permissions": null}),
    )
    .await;
    bob.send_text(chat, 4).await;
    let query = HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: Some(0),
        around_seq: None,
        limit: None,
    };
    let history = alice.client.history(&query).await.unwrap();
    let expires = history.messages.iter().map(|message| {
        let after = |at: sentinal_protocol::Timestamp| at.since(message.created_at).as_secs();
        message.expires_at.map(after)
    });
    assert_eq!(expires.collect::<Vec<_>>(), [None, Some(3_600), None]);
}

#[tokio::test]
async fn a_dm_has_an_expiry_and_no_name() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    for fields in [
        json!({"subject": "us"}),
        json!({"description": "us"}),
        json!({"avatar_url": "https://a/b"}),
        json!({"permissions": {"send": "admins"}}),
    ] {
        let refused = update_refused(&alice, chat, &fields).await;
        assert_eq!(refused, Some(ErrorCode::Validation), "{fields}");
    }
    let seen = update(&alice, chat, json!({"message_expiry_seconds": 60})).await;
    assert_eq!(seen.message_expiry_seconds, Some(60));
    let heard = bob.wait_for(EventKind::ConversationUpdated).await;
    assert_eq!(heard.revision(), Some(2));
    // A block is silent: the blocked one may go on, the blocker hears nothing of it.
    bob.client.block(alice.id).await.unwrap();
    update(&alice, chat, json!({"message_expiry_seconds": 90})).await;
    let bare = bob.wait_for(EventKind::Revision).await;
    assert_eq!(bare.revision(), Some(3));
    assert_eq!(*bare.entry::<Revision>(), Revision::default());
    let refused = update_refused(&bob, chat, &json!({"message_expiry_seconds": 5})).await;
    assert_eq!(refused, Some(ErrorCode::Blocked));
}

#[tokio::test]
async fn an_owner_hands_a_group_over_and_stays_as_admin() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let dave = server.user("dave").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let refused = async |by: &TestUser, to: &TestUser| {
        by.client.transfer(chat, to.id).await.unwrap_err().code()
    };
    assert_eq!(refused(&carol, &carol).await, Some(ErrorCode::Validation));
    assert_eq!(refused(&carol, &bob).await, Some(ErrorCode::Forbidden));
    assert_eq!(refused(&alice, &dave).await, Some(ErrorCode::NotFound));
    assert_eq!(refused(&dave, &alice).await, Some(ErrorCode::NotFound));
    let direct = alice.client.create_direct(bob.id).await.unwrap().id;
    let in_dm = alice.client.transfer(direct, bob.id).await.unwrap_err();
    assert_eq!(in_dm.code(), Some(ErrorCode::DmImmutable));
    let path = format!("/v1/conversations/{chat}/transfer");
    for (body, code) in [
        (json!({}), (422, "VALIDATION_ERROR")),
        (json!({"user_id": 7}), (400, "BAD_REQUEST")),
    ] {
        let asked = request(&server, Some(&alice), Method::POST, &path).json(&body);
        assert_eq!(outcome(asked).await, (code.0, code.1.to_owned()));
    }
    let seen = alice.client.transfer(chat, bob.id).await.unwrap();
    assert_eq!((seen.role, seen.revision), (Role::Admin, 3));
    for (whom, role) in [(bob.id, Role::Owner), (alice.id, Role::Admin)] {
        let heard = bob.wait_for(EventKind::ParticipantRole).await;
        assert_eq!(heard.entry::<ParticipantRole>().participant.user_id, whom);
        assert_eq!(heard.entry::<ParticipantRole>().participant.role, role);
    }
    let seen = bob.client.conversation(chat).await.unwrap();
    assert_eq!(seen.role, Role::Owner);
}

#[tokio::test]
async fn a_deleted_group_is_over_for_everybody_after_one_last_event() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    for user in [&mut bob, &mut carol] {
        user.connect().await;
        user.messages_until_synced().await;
    }
    alice
        .client
        .set_role(chat, carol.id, Role::Admin)
        .await
        .unwrap();
    for user in [&mut bob, &mut carol] {
        user.wait_for(EventKind::ParticipantRole).await;
    }
    carol.disconnect().await;
    let path = format!("/v1/conversations/{chat}");
    for user in [&bob, &carol] {
        let answer = ask(&server, user, Method::DELETE, path.clone()).await;
        assert_eq!(answer, (403, "FORBIDDEN".to_owned()));
    }
    let invite = alice.client.renew_invite(chat).await.unwrap();
    let message = alice.message(chat, 2).await;
    alice.send_text(chat, 1).await;
    alice.client.delete_conversation(chat).await.unwrap();
    let heard = bob.wait_for(EventKind::ConversationDeleted).await;
    assert_eq!(
        (heard.revision(), heard.user_id()),
        (Some(5), Some(alice.id))
    );
    assert_eq!(heard.entry::<ConversationDeleted>().conversation.id, chat);
    // Who was away hears everything up to the end.
    carol.connect().await;
    assert_eq!(carol.next_number(chat).await, 1);
    let heard = carol.wait_for(EventKind::ConversationDeleted).await;
    assert_eq!((heard.revision(), heard.replay), (Some(5), true));
    let gone = (404, "NOT_FOUND".to_owned());
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/participants")),
        (Method::POST, format!("{path}/pin")),
        (Method::POST, format!("{path}/invite")),
        (Method::POST, format!("{path}/leave")),
        (Method::GET, format!("/v1/messages?conversation_id={chat}")),
        (
            Method::GET,
            format!("/v1/conversations/invite?link={}", invite.code),
        ),
    ] {
        assert_eq!(
            ask(&server, &alice, method, path.clone()).await,
            gone,
            "{path}"
        );
    }
    let late = alice.client.send_message(&message).await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::NotFound));
    let listed = bob
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    assert_eq!(listed.total, 0);
    // It was the last event, and it is acknowledged.
    for user in [&mut bob, &mut carol] {
        user.connect().await;
        loop {
            let frame = user.next_frame().await;
            assert!(!frame.is_about(chat), "{frame:?}");
            if frame.kind() == Some(EventKind::SyncComplete) {
                break;
            }
        }
    }
}

/// No room is running, because nothing has happened since they connected.
#[tokio::test]
async fn the_end_of_a_quiet_group_is_told_at_once() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let other = alice
        .client
        .create_group("other", vec![bob.id])
        .await
        .unwrap()
        .id;
    bob.connect().await;
    bob.messages_until_synced().await;
    alice.client.delete_conversation(chat).await.unwrap();
    let heard = bob.wait_for(EventKind::ConversationDeleted).await;
    assert_eq!(heard.conversation_id(), Some(chat));
    alice
        .client
        .remove_participant(other, bob.id)
        .await
        .unwrap();
    let heard = bob.wait_for(EventKind::ParticipantRemoved).await;
    assert_eq!(heard.conversation_id(), Some(other));
}

#[tokio::test]
async fn a_deleted_dm_is_cleared_for_one_side_until_the_next_message() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    alice.send_many(chat, [1, 2]).await;
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, [1, 2]);
    let total = async |user: &TestUser| {
        let listed = user.client.conversations(PageQuery::default()).await;
        listed.unwrap().total
    };
    bob.client.pin(chat).await.unwrap();
    bob.wait_for(EventKind::AccountChanged).await;
    bob.client.delete_conversation(chat).await.unwrap();
    bob.wait_for(EventKind::AccountChanged).await;
    assert_eq!((total(&bob).await, total(&alice).await), (0, 1));
    let hidden = bob.client.conversation(chat).await.unwrap();
    assert_eq!((hidden.unread_count, hidden.revision), (0, 4));
    assert!(hidden.last_message.is_none() && hidden.pinned_at.is_none());
    // Another device of his that was away gets the revisions, not what was cleared.
    tablet.connect().await;
    assert!(tablet.messages_until_synced().await.is_empty());
    alice.send_text(chat, 3).await;
    assert_eq!(tablet.next_number(chat).await, 3);
    assert_eq!(bob.next_number(chat).await, 3);
    assert_eq!(total(&bob).await, 1);
    let back = bob.client.conversation(chat).await.unwrap();
    assert_eq!(back.unread_count, 1);
    let query = |chat| HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: None,
        around_seq: None,
        limit: None,
    };
    let bobs = bob.client.history(&query(chat)).await.unwrap();
    let numbers = |page: &sentinal_protocol::api::messages::Messages| {
        let numbers = page.messages.iter().map(|it| it.sequence_number);
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(numbers(&bobs), [3]);
    let alices = alice.client.history(&query(chat)).await.unwrap();
    assert_eq!(numbers(&alices), [3, 2, 1]);
}

/// A stranger, someone who left, and an id of nothing.
#[tokio::test]
async fn who_takes_no_part_changes_nothing_and_learns_nothing() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    let request_body = AddParticipantRequest {
        user_id: carol.id,
        role: None,
    };
    alice
        .client
        .add_participant(chat, &request_body)
        .await
        .unwrap();
    carol.client.leave(chat).await.unwrap();
    let eve = server.user("eve").await;
    let nothing = ConversationId(Uuid::now_v7());
    let before = alice.client.conversation(chat).await.unwrap().revision;
    for (user, id) in [(&eve, chat), (&carol, chat), (&alice, nothing)] {
        let base = format!("/v1/conversations/{id}");
        let heir = Some(json!({"user_id": bob.id}));
        for (method, path, body) in [
            (Method::PUT, base.clone(), Some(json!({"subject": "x"}))),
            (Method::DELETE, base.clone(), None),
            (Method::POST, format!("{base}/transfer"), heir),
            (Method::POST, format!("{base}/invite"), None),
            (Method::POST, format!("{base}/mute"), None),
            (Method::POST, format!("{base}/unmute"), None),
            (Method::POST, format!("{base}/pin"), None),
            (Method::POST, format!("{base}/unpin"), None),
            (Method::POST, format!("{base}/archive"), None),
            (Method::POST, format!("{base}/unarchive"), None),
        ] {
            let name = &user.name;
            for (user, expected) in [(Some(user), 404), (None, 401)] {
                let mut asked = request(&server, user, method.clone(), &path);
                if let Some(body) = &body {
                    asked = asked.json(body);
                }
                let (status, _) = outcome(asked).await;
                assert_eq!(status, expected, "{name} {method} {path}");
            }
        }
    }
    let after = alice.client.conversation(chat).await.unwrap().revision;
    assert_eq!(before, after);
}
