//! Control messages: ciphertext for some devices, which is in the log and counts nowhere.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::control::{ControlFrame, ControlRequest, SentControl};
use sentinal_protocol::api::conversations::{PermissionsUpdate, UpdateConversationRequest};
use sentinal_protocol::api::messages::{Ciphertext, DeviceMismatch};
use sentinal_protocol::event::{EventKind, MessageControl, ServerFrame};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, Permission, UserId};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request, until};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn entry(user: UserId, device: &str, text: &str) -> Ciphertext {
    let header = serde_json::value::RawValue::from_string("{\"kind\":8}".to_owned());
    Ciphertext {
        recipient_device_id: device.to_owned(),
        recipient_user_id: Some(user),
        ciphertext: Base64(text.as_bytes().to_vec()),
        header: Some(header.unwrap()),
    }
}

fn to(user: &TestUser, text: &str) -> ControlRequest {
    ControlRequest {
        ciphertexts: vec![entry(user.id, &user.device, text)],
        client_message_id: Some(uuid::Uuid::now_v7().to_string()),
        urgent: false,
    }
}

async fn send(user: &TestUser, chat: ConversationId, request: &ControlRequest) -> SentControl {
    let answer = user.client.send_control(chat, request).await;
    answer.expect("an answered control message").data
}

fn says(frame: &ServerFrame) -> String {
    String::from_utf8(frame.entry::<MessageControl>().content.0.clone()).unwrap()
}

/// The next two durable events of a socket.
async fn next_two(user: &mut TestUser) -> [ServerFrame; 2] {
    let mut found = Vec::new();
    while found.len() < 2 {
        let frame = user.next_frame().await;
        if frame.revision().is_some() {
            found.push(frame);
        }
    }
    found.try_into().unwrap()
}

/// Live and from the log: the named device gets it in its place, all others a bare revision.
#[tokio::test]
async fn the_named_device_gets_it_in_order_and_others_a_bare_revision() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = bob.another_device("bob-laptop").await;
    for device in [&mut alice, &mut bob, &mut laptop] {
        device.connect().await;
        device.messages_until_synced().await;
    }
    let sent = send(&alice, chat, &to(&bob, "resend")).await;
    alice.send_text(chat, 1).await;
    for device in [&mut alice, &mut laptop] {
        let [control, message] = next_two(device).await;
        assert_eq!(control.kind(), Some(EventKind::Revision));
        assert_eq!(control.revision(), Some(sent.revision));
        assert_eq!(message.kind(), Some(EventKind::MessageNew));
    }
    let [control, message] = next_two(&mut bob).await;
    assert_eq!(message.kind(), Some(EventKind::MessageNew));
    assert_eq!(control.revision(), Some(sent.revision));
    assert_eq!(says(&control), "resend");
    let told = control.entry::<MessageControl>();
    assert_eq!(told.recipient_device_id, bob.device);
    assert_eq!(told.header.as_deref().unwrap().get(), "{\"kind\":8}");
    assert_eq!(told.sender.message_id, sent.id);
    assert_eq!(told.sender.sender_device_id.as_ref(), Some(&alice.device));
    assert_eq!(told.sender.client_message_id, sent.client_message_id);
    for device in [&mut alice, &mut bob, &mut laptop] {
        device.disconnect().await;
    }

    let sent = send(&alice, chat, &to(&bob, "again")).await;
    for (device, kind) in [
        (&mut alice, EventKind::Revision),
        (&mut bob, EventKind::MessageControl),
        (&mut laptop, EventKind::Revision),
    ] {
        device.connect().await;
        let heard = device.wait_for(kind).await;
        assert_eq!(heard.revision(), Some(sent.revision), "{}", device.device);
        assert!(heard.replay);
    }
}

/// It has no number, is not unread, is no last message, and is in no history.
#[tokio::test]
async fn it_counts_nowhere() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let said = alice.send_text(chat, 1).await;
    let sent = send(&alice, chat, &to(&bob, "resend")).await;
    assert_eq!(sent.revision, said.revision + 1);
    let seen = bob
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    let seen = &seen.conversations[0];
    assert_eq!((seen.unread_count, seen.last_sequence), (1, 1));
    assert_eq!(seen.last_message.as_ref().unwrap().id, said.id);
    assert_eq!(seen.revision, sent.revision);
    let next = alice.send_text(chat, 2).await;
    assert_eq!(
        (next.sequence_number, next.revision),
        (2, sent.revision + 1)
    );
}

#[tokio::test]
async fn a_retry_repeats_nothing_and_another_request_is_a_conflict() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut request = to(&bob, "resend");
    let first = alice.client.send_control(chat, &request).await.unwrap();
    assert!(!first.duplicate);
    // What is for the sending device itself is ignored, also in what tells requests apart.
    request
        .ciphertexts
        .push(entry(alice.id, &alice.device, "own"));
    bob.client.block(alice.id).await.unwrap();
    let again = alice.client.send_control(chat, &request).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.data, first.data);
    request.ciphertexts[0].ciphertext = Base64(b"other".to_vec());
    let other = alice.client.send_control(chat, &request).await;
    assert_eq!(code(other), Some(ErrorCode::IdempotencyConflict));
}

#[tokio::test]
async fn whom_it_may_name() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let stranger = server.user("dave").await;
    let outside = stranger.client.send_control(chat, &to(&bob, "x")).await;
    assert_eq!(code(outside), Some(ErrorCode::NotFound));
    let refused = bob.client.send_control(chat, &to(&stranger, "x")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::DeviceMismatch));
    let details: DeviceMismatch = refused.details().unwrap();
    assert!(details.missing.is_empty());
    assert_eq!(details.extra[0].device_id, stranger.device);

    // Where only admins write, others may still reach admins and their own devices.
    let permissions = PermissionsUpdate {
        send: Some(Some(Permission::Admins)),
        ..PermissionsUpdate::default()
    };
    let update = UpdateConversationRequest {
        permissions: Some(Some(permissions)),
        ..UpdateConversationRequest::default()
    };
    alice
        .client
        .update_conversation(chat, &update)
        .await
        .unwrap();
    let refused = bob.client.send_control(chat, &to(&carol, "x")).await;
    assert_eq!(code(refused), Some(ErrorCode::Forbidden));
    let laptop = bob.another_device("bob-laptop").await;
    for target in [&alice, &laptop] {
        bob.client
            .send_control(chat, &to(target, "x"))
            .await
            .unwrap();
    }
    alice
        .client
        .send_control(chat, &to(&carol, "x"))
        .await
        .unwrap();
}

/// Past a block it is accepted and never seen; the blocker is told.
#[tokio::test]
async fn a_block_hides_it() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.client.block(alice.id).await.unwrap();
    let refused = bob.client.send_control(chat, &to(&alice, "x")).await;
    assert_eq!(code(refused), Some(ErrorCode::Blocked));
    let sent = send(&alice, chat, &to(&bob, "hidden")).await;
    bob.connect().await;
    let heard = bob.wait_for(EventKind::Revision).await;
    assert_eq!(heard.revision(), Some(sent.revision));
    bob.disconnect().await;
    bob.client.unblock(alice.id).await.unwrap();
    let sent = send(&alice, chat, &to(&bob, "seen")).await;
    bob.connect().await;
    let heard = bob.wait_for(EventKind::MessageControl).await;
    assert_eq!(heard.revision(), Some(sent.revision));
}

/// On one socket sends and control messages take effect in the order of their frames.
#[tokio::test]
async fn frames_keep_their_order() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let messages = [alice.message(chat, 1).await, alice.message(chat, 2).await];
    let request = to(&bob, "between");
    alice.connect().await;
    let sender = alice.socket().sender();
    let control = ControlFrame {
        conversation_id: chat,
        ciphertexts: request.ciphertexts,
        client_message_id: request.client_message_id,
        urgent: false,
    };
    let [first, second] = messages;
    let drain = async {
        loop {
            alice_event(&mut alice).await;
        }
    };
    let sends = async {
        tokio::join!(
            sender.send_message(first),
            sender.send_control(control),
            sender.send_message(second)
        )
    };
    let (first, control, second) = tokio::select! {
        answers = sends => answers,
        () = drain => unreachable!(),
    };
    let numbers = [
        first.unwrap().data.revision,
        control.unwrap().data.revision,
        second.unwrap().data.revision,
    ];
    assert!(numbers.is_sorted(), "{numbers:?}");
    let [message, heard] = next_two(&mut bob).await;
    assert_eq!(message.kind(), Some(EventKind::MessageNew));
    assert_eq!(says(&heard), "between");
}

async fn alice_event(alice: &mut TestUser) {
    alice.next_frame().await;
}

/// What every named device has acknowledged is forgotten; the id stays.
#[tokio::test]
async fn bodies_go_once_every_named_device_has_them() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let laptop = bob.another_device("bob-laptop").await;
    let mut request = to(&bob, "for the phone");
    let for_laptop = entry(bob.id, &laptop.device, "for the laptop");
    request.ciphertexts.push(for_laptop);
    send(&alice, chat, &request).await;
    let kept = async || {
        let rows = server.database().all_rows().await;
        let bodies = rows.iter().filter(|row| row.table == "control_ciphertexts");
        bodies.count()
    };
    bob.connect().await;
    bob.wait_for(EventKind::MessageControl).await;
    bob.disconnect().await;
    let messages = &server.app().messages;
    messages.forget_control_bodies(None).await.unwrap();
    assert_eq!(kept().await, 2, "the laptop has not been there");
    let devices = bob.client.devices().await.unwrap();
    let gone = devices.iter().find(|it| it.device_id == laptop.device);
    bob.client.remove_device(gone.unwrap().id).await.unwrap();
    // The phone's ack may still be on its way.
    until("the bodies' end", async || {
        messages.forget_control_bodies(None).await.unwrap();
        (kept().await == 0).then_some(())
    })
    .await;
    let again = alice.client.send_control(chat, &request).await.unwrap();
    assert!(again.duplicate);
}

#[tokio::test]
async fn what_the_document_refuses_is_refused() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_GENERAL", "off"),
        ("RATE_LIMIT_MESSAGES", "2/1h"),
    ])
    .await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let path = format!("/v1/conversations/{chat}/control");
    let post = |body: String| {
        request(&server, Some(&alice), Method::POST, &path)
            .header("content-type", "application/json")
            .body(body)
    };
    let (status, _) = outcome(post("{".to_owned())).await;
    assert_eq!(status, 400);
    let nobody = outcome(post(r#"{"ciphertexts":[]}"#.to_owned())).await;
    assert_eq!(nobody, (422, "VALIDATION_ERROR".to_owned()));
    let device = "both-have-this";
    let (alices, _bobs) = (
        alice.another_device(device).await,
        bob.another_device(device).await,
    );
    let mut unclear = to(&bob, "x");
    unclear.ciphertexts[0].recipient_device_id = device.to_owned();
    unclear.ciphertexts[0].recipient_user_id = None;
    // As one of the two it would be the sending device.
    for sender in [&alice, &alices] {
        let refused = sender.client.send_control(chat, &unclear).await;
        assert_eq!(code(refused), Some(ErrorCode::AmbiguousDevice));
    }
    let spent = alice.client.send_control(chat, &to(&bob, "x")).await;
    assert_eq!(code(spent), Some(ErrorCode::RateLimitExceeded));
    let carol = server.user("carol").await;
    let gone = carol.client.create_direct(alice.id).await.unwrap().id;
    alice.client.delete_account().await.unwrap();
    let refused = carol.client.send_control(gone, &to(&carol, "x")).await;
    assert_eq!(code(refused), Some(ErrorCode::AccountDeleted));
}
