//! One body for a whole group, with bodies of single devices beside it.

use sentinal_client::ClientError;
use sentinal_protocol::api::messages::{RosterChanged, SendMessageRequest};
use sentinal_protocol::event::{EventKind, MessageNew};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, UploadId};
use sentinal_tests::{Said, TestServer, TestUser, number_of};
use serde_json::Value;
use uuid::Uuid;

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

async fn shared(user: &TestUser, chat: ConversationId, number: u64) -> SendMessageRequest {
    let mut request = SendMessageRequest::new(chat, Vec::new());
    request.shared_ciphertext = Some(Base64(number.to_string().into_bytes()));
    let participants = user.client.participants(chat).await.unwrap();
    request.roster_version = Some(participants.roster_version);
    request
}

#[tokio::test]
async fn everybody_gets_the_shared_body_and_some_their_own_beside_it() {
    let server = TestServer::spawn().await;
    let ([mut alice, mut bob, mut carol], chat) =
        server.group_chat(["alice", "bob", "carol"]).await;
    let mut away = bob.another_device("bob-laptop").await;
    for device in [&mut alice, &mut bob, &mut carol] {
        device.connect().await;
        device.messages_until_synced().await;
    }
    let mut request = shared(&alice, chat, 1).await;
    let header = serde_json::value::RawValue::from_string("{\"chain\":7}".to_owned());
    request.header = Some(header.unwrap());
    request.ciphertexts = alice.ciphertexts(chat, 9).await;
    request
        .ciphertexts
        .retain(|it| it.recipient_user_id == Some(bob.id));
    for entry in &mut request.ciphertexts {
        let header = serde_json::value::RawValue::from_string("{\"kind\":3}".to_owned());
        entry.header = Some(header.unwrap());
    }
    let sent = alice.client.send_message(&request).await.unwrap().data;
    away.connect().await;
    for (device, beside) in [
        (&mut bob, Some("9")),
        (&mut carol, None),
        (&mut away, Some("9")),
    ] {
        let heard = device.wait_for(EventKind::MessageNew).await;
        assert_eq!(number_of(&heard), Some(1), "{}", device.device);
        let heard = heard.entry::<MessageNew>();
        let own = heard.device_ciphertext.as_ref().map(|own| own.0.as_slice());
        assert_eq!(own, beside.map(str::as_bytes));
        let beside_header = |header: Option<&serde_json::value::RawValue>| {
            header.map(|header| header.get().to_owned())
        };
        let kind = beside.map(|_| "{\"kind\":3}".to_owned());
        assert_eq!(beside_header(heard.device_header.as_deref()), kind);
        let header = heard.header.as_deref().unwrap().get();
        assert_eq!(serde_json::from_str::<Value>(header).unwrap()["chain"], 7);
        assert!(heard.recipient_device_id.is_none());
        let seen = device.client.message(sent.id).await.unwrap();
        assert_eq!(seen.ciphertext, Some(Base64(b"1".to_vec())));
        assert_eq!(seen.device_ciphertext.is_some(), beside.is_some());
        assert_eq!(beside_header(seen.device_header.as_deref()), kind);
    }
    let echo = alice.wait_for(EventKind::MessageNew).await;
    assert!(echo.entry::<MessageNew>().content.is_none());
}

#[tokio::test]
async fn a_shared_body_names_the_roster_it_is_for() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let request = shared(&alice, chat, 1).await;
    bob.another_device("bob-laptop").await;
    let refused = alice.client.send_message(&request).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::RosterChanged));
    let details: RosterChanged = refused.details().unwrap();
    assert_eq!(
        Some(details.roster_version),
        request.roster_version.map(|it| it + 1)
    );
    let named: Vec<_> = details.missing.iter().map(|it| &it.device_id).collect();
    assert_eq!(named, ["bob-laptop"], "the difference and no more");
    assert!(details.extra.is_empty() && details.stale.is_empty() && !details.more);
    let unnamed = SendMessageRequest {
        roster_version: None,
        ..request
    };
    let refused = alice.client.send_message(&unnamed).await;
    assert_eq!(code(refused), Some(ErrorCode::Validation));
    let again = shared(&alice, chat, 1).await;
    alice.client.send_message(&again).await.unwrap();
    let dm = alice.client.create_direct(carol.id).await.unwrap().id;
    let refused = alice
        .client
        .send_message(&shared(&alice, dm, 1).await)
        .await;
    assert_eq!(code(refused), Some(ErrorCode::Validation));
}

#[tokio::test]
async fn only_completed_uploads_of_the_sender_are_attached() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut request = alice.message(chat, 1).await;
    request.attachments = vec![UploadId(Uuid::now_v7())];
    let refused = alice.client.send_message(&request).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Validation));
    let details: serde_json::Value = refused.details().unwrap();
    assert_eq!(details[0]["field"], "attachments[0]");
    request.attachments.clear();
    let sent = alice.client.send_message(&request).await.unwrap().data;
    let seen = bob.client.message(sent.id).await.unwrap();
    assert!(seen.attachments.is_empty());
}
