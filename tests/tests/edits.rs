//! What was said can be said anew: by its sender, to those who could see it.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::edits::EditMessageRequest;
use sentinal_protocol::api::messages::{DeviceMismatch, Message, RosterChanged};
use sentinal_protocol::event::{EventKind, MessageNew, MessageUpdated, Revision};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, MessageId};
use sentinal_tests::{Said, TestServer, TestUser, number_of, outcome, request};
use serde_json::json;
use uuid::Uuid;

/// `number` for every device that needs it now.
async fn edit_of(user: &TestUser, chat: ConversationId, number: u64) -> EditMessageRequest {
    EditMessageRequest {
        ciphertexts: Some(user.ciphertexts(chat, number).await),
        ..EditMessageRequest::default()
    }
}

async fn edit(
    user: &TestUser,
    chat: ConversationId,
    id: MessageId,
    number: u64,
) -> Result<Message, ClientError> {
    let request = edit_of(user, chat, number).await;
    user.client.edit_message(id, &request).await
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

async fn number_in_history(user: &TestUser, id: MessageId) -> Option<u64> {
    let bytes = user.client.message(id).await.unwrap().ciphertext?.0;
    Some(String::from_utf8(bytes).unwrap().parse().unwrap())
}

#[tokio::test]
async fn every_device_gets_its_own_new_content_live_and_in_history() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = alice.another_device("alice-laptop").await;
    let sent = alice.send_text(chat, 1).await;
    for device in [&mut alice, &mut bob, &mut laptop] {
        device.connect().await;
        device.messages_until_synced().await;
    }
    // Another device than the one that sent it, which so gets a copy of its own.
    let edited = edit(&laptop, chat, sent.id, 2).await.unwrap();
    assert!(edited.is_edited && edited.edited_at.is_some());
    assert!(edited.ciphertext.is_none(), "the editing device has none");
    assert_eq!((edited.id, edited.sequence_number), (sent.id, 1));
    for (device, expected) in [
        (&mut alice, Some(2)),
        (&mut bob, Some(2)),
        (&mut laptop, None),
    ] {
        let heard = device.wait_for(EventKind::MessageUpdated).await;
        assert_eq!(heard.revision(), Some(sent.revision + 1));
        assert_eq!(heard.user_id(), Some(edited.sender_id));
        let update = heard.entry::<MessageUpdated>();
        assert_eq!(update.edit.message_id, sent.id);
        assert_eq!(update.edit.sequence_number, 1);
        assert_eq!(Some(update.edit.edited_at), edited.edited_at);
        assert_eq!(number_of(&heard), expected, "{}", device.device);
        let recipient = update.recipient_device_id.as_deref();
        assert_eq!(recipient, expected.map(|_| device.device.as_str()));
        assert_eq!(number_in_history(device, sent.id).await, expected);
    }
}

/// Pages show today's content; an edit between two pages comes in its turn.
#[tokio::test]
async fn a_device_that_was_away_sees_what_the_message_says_today() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    edit(&alice, chat, sent.id, 2).await.unwrap();
    edit(&alice, chat, sent.id, 3).await.unwrap();
    bob.connect().await;
    let new = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!((number_of(&new), new.replay), (Some(3), true));
    assert!(new.entry::<MessageNew>().edited_at.is_some());
    for revision in [sent.revision + 1, sent.revision + 2] {
        let update = bob.wait_for(EventKind::MessageUpdated).await;
        assert_eq!((update.revision(), update.replay), (Some(revision), true));
        assert_eq!(number_of(&update), Some(3));
        let recipient = update
            .entry::<MessageUpdated>()
            .recipient_device_id
            .as_deref();
        assert_eq!(recipient, Some("bob-phone"));
    }
    bob.disconnect().await;
    edit(&alice, chat, sent.id, 4).await.unwrap();
    bob.connect().await;
    let update = bob.wait_for(EventKind::MessageUpdated).await;
    assert_eq!(
        (update.revision(), number_of(&update)),
        (Some(sent.revision + 3), Some(4))
    );
    bob.disconnect().await;
    edit(&alice, chat, sent.id, 5).await.unwrap();
    alice.client.delete_message(sent.id).await.unwrap();
    bob.connect().await;
    let update = bob.wait_for(EventKind::MessageUpdated).await;
    let update = update.entry::<MessageUpdated>();
    assert!(update.content.is_none() && update.header.is_none());
    bob.wait_for(EventKind::MessageDeleted).await;
}

#[tokio::test]
async fn the_device_set_is_of_those_who_could_see_it_and_still_take_part() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let mut dave = server.user("dave").await;
    let sent = alice.send_text(chat, 1).await;
    carol.client.leave(chat).await.unwrap();
    bob.client.leave(chat).await.unwrap();
    for whom in [&bob, &dave] {
        let request = AddParticipantRequest {
            user_id: whom.id,
            role: None,
        };
        alice.client.add_participant(chat, &request).await.unwrap();
    }
    bob.connect().await;
    dave.connect().await;
    dave.messages_until_synced().await;
    // Dave came later, Bob came back.
    let refused = edit(&alice, chat, sent.id, 2).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::DeviceMismatch));
    let details: DeviceMismatch = refused.details().unwrap();
    let extra: Vec<_> = details
        .extra
        .iter()
        .map(|it| it.device_id.as_str())
        .collect();
    assert_eq!((extra, details.missing.len()), (vec!["dave-phone"], 0));
    let mut for_bob = edit_of(&alice, chat, 2).await;
    let ciphertexts = for_bob.ciphertexts.as_mut().unwrap();
    ciphertexts.retain(|it| it.recipient_user_id == Some(bob.id));
    alice.client.edit_message(sent.id, &for_bob).await.unwrap();
    let heard = bob.wait_for(EventKind::MessageUpdated).await;
    assert_eq!(number_of(&heard), Some(2));
    let bare = dave.wait_for(EventKind::Revision).await;
    assert_eq!(bare.revision(), heard.revision());
    assert_eq!(*bare.entry::<Revision>(), Revision::default());
    // The same from the log.
    let revision = heard.revision();
    let mut tablet = dave.another_device("dave-tablet").await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    dave.disconnect().await;
    alice.client.add_reaction(sent.id, "+").await.unwrap();
    let bare = tablet.wait_for(EventKind::Revision).await;
    dave.connect().await;
    let replayed = dave.wait_for(EventKind::Revision).await;
    assert!(replayed.replay && replayed.revision() == bare.revision());
    assert!(replayed.revision() > revision);
    // Without Bob's device.
    let nobody = EditMessageRequest {
        ciphertexts: Some(Vec::new()),
        ..EditMessageRequest::default()
    };
    let refused = alice
        .client
        .edit_message(sent.id, &nobody)
        .await
        .unwrap_err();
    let details: DeviceMismatch = refused.details().unwrap();
    assert_eq!(details.missing[0].user_id, Some(bob.id));
}

#[tokio::test]
async fn one_ciphertext_alone_is_for_exactly_one_device() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    let alone = EditMessageRequest {
        ciphertext: Some(Base64(b"2".to_vec())),
        ..EditMessageRequest::default()
    };
    alice.client.edit_message(sent.id, &alone).await.unwrap();
    assert_eq!(number_in_history(&bob, sent.id).await, Some(2));
    bob.another_device("bob-laptop").await;
    let refused = alice.client.edit_message(sent.id, &alone).await;
    assert_eq!(code(refused), Some(ErrorCode::CiphertextsRequired));
    assert_eq!(number_in_history(&bob, sent.id).await, Some(2));
}

#[tokio::test]
async fn a_group_can_be_given_one_new_body_for_all() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let sent = alice.send_text(chat, 1).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let roster_version = alice
        .client
        .participants(chat)
        .await
        .unwrap()
        .roster_version;
    let mut beside = alice.ciphertexts(chat, 7).await;
    beside.retain(|it| it.recipient_user_id == Some(bob.id));
    let mut shared = EditMessageRequest {
        shared_ciphertext: Some(Base64(b"2".to_vec())),
        roster_version: Some(roster_version),
        ciphertexts: Some(beside),
        ..EditMessageRequest::default()
    };
    alice.client.edit_message(sent.id, &shared).await.unwrap();
    let heard = bob.wait_for(EventKind::MessageUpdated).await;
    assert_eq!(number_of(&heard), Some(2));
    let update = heard.entry::<MessageUpdated>();
    assert_eq!(update.device_ciphertext, Some(Base64(b"7".to_vec())));
    assert!(update.recipient_device_id.is_none());
    let seen = carol.client.message(sent.id).await.unwrap();
    assert_eq!(seen.ciphertext, Some(Base64(b"2".to_vec())));
    assert_eq!(seen.device_ciphertext, None, "what she had before is gone");

    carol.another_device("carol-laptop").await;
    let refused = alice
        .client
        .edit_message(sent.id, &shared)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::RosterChanged));
    let details: RosterChanged = refused.details().unwrap();
    let named: Vec<_> = details.missing.iter().map(|it| &it.device_id).collect();
    assert_eq!(named, ["carol-laptop"]);
    shared.roster_version = None;
    let refused = alice.client.edit_message(sent.id, &shared).await;
    assert_eq!(code(refused), Some(ErrorCode::Validation));
}

#[tokio::test]
async fn only_its_sender_edits_a_message_and_only_while_it_speaks() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let eve = server.user("eve").await;
    let sent = bob.send_text(chat, 1).await;
    let request = edit_of(&bob, chat, 2).await;
    let by_owner = alice.client.edit_message(sent.id, &request).await;
    assert_eq!(code(by_owner), Some(ErrorCode::Forbidden));
    let by_stranger = eve.client.edit_message(sent.id, &request).await;
    assert_eq!(code(by_stranger), Some(ErrorCode::NotFound));
    let of_nothing = bob
        .client
        .edit_message(MessageId(Uuid::now_v7()), &request)
        .await;
    assert_eq!(code(of_nothing), Some(ErrorCode::NotFound));
    bob.client.delete_message(sent.id).await.unwrap();
    let too_late = bob.client.edit_message(sent.id, &request).await;
    assert_eq!(code(too_late), Some(ErrorCode::Conflict));
    let other = bob.send_text(chat, 3).await;
    bob.client.leave(chat).await.unwrap();
    let after_leaving = bob.client.edit_message(other.id, &request).await;
    assert_eq!(code(after_leaving), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn an_edit_comes_in_exactly_one_form() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    let path = format!("/v1/messages/{}", sent.id);
    let each = json!([{"recipient_device_id": "bob-phone", "ciphertext": "MQ=="}]);
    let cases = [
        (json!({}), (422, "VALIDATION_ERROR")),
        (
            json!({"ciphertext": "MQ==", "ciphertexts": each}),
            (422, "VALIDATION_ERROR"),
        ),
        (
            json!({"ciphertext": "MQ==", "shared_ciphertext": "MQ=="}),
            (422, "VALIDATION_ERROR"),
        ),
        (
            json!({"shared_ciphertext": "MQ==", "roster_version": 1}),
            (422, "VALIDATION_ERROR"),
        ),
        (json!({"ciphertext": ""}), (422, "VALIDATION_ERROR")),
        (json!({"ciphertext": 7}), (400, "BAD_REQUEST")),
    ];
    for (body, (status, code)) in cases {
        let asked = request(&server, Some(&alice), Method::PUT, &path).json(&body);
        assert_eq!(outcome(asked).await, (status, code.to_owned()), "{body}");
    }
    let asked = request(&server, None, Method::PUT, &path).json(&json!({"ciphertexts": []}));
    assert_eq!(outcome(asked).await.0, 401);
    let asked = request(&server, Some(&alice), Method::PUT, "/v1/messages/x");
    assert_eq!(outcome(asked.json(&json!({}))).await.0, 400);
}

#[tokio::test]
async fn edits_count_with_sends() {
    let server =
        TestServer::spawn_with(&[("RATE_LIMIT", "on"), ("RATE_LIMIT_MESSAGES", "2/60s")]).await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    edit(&alice, chat, sent.id, 2).await.unwrap();
    let refused = edit(&alice, chat, sent.id, 3).await;
    assert_eq!(code(refused), Some(ErrorCode::RateLimitExceeded));
}

/// The blocked one sees everything as before; the blocker keeps what was there.
#[tokio::test]
async fn an_edit_past_a_block_leaves_the_blocker_what_was_there() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let own = bob.send_text(chat, 1).await;
    let sent = alice.send_text(chat, 2).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    assert!(edit(&alice, chat, sent.id, 3).await.unwrap().is_edited);
    let bare = bob.wait_for(EventKind::Revision).await;
    assert_eq!(bare.revision(), Some(sent.revision + 1));
    bob.client.unblock(alice.id).await.unwrap();
    let seen = bob.client.message(sent.id).await.unwrap();
    assert_eq!(seen.ciphertext, Some(Base64(b"2".to_vec())));
    assert!(!seen.is_edited && seen.edited_at.is_none() && seen.updated_at.is_none());
    bob.client.block(alice.id).await.unwrap();
    let refused = edit(&bob, chat, own.id, 4).await;
    assert_eq!(code(refused), Some(ErrorCode::Blocked));
}
