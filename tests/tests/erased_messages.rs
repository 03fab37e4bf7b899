//! What somebody wrote shows as a tombstone from the moment their account is gone, wherever it is
//! asked for; erasing it takes a while.

use std::time::Duration;

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Base64, Clock, ConversationId, ErrorCode, MessageId, MessageType};
use sentinal_protocol::{Timestamp, UploadId};
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::{Value, json};

/// What she says, and what she says after an edit.
const SAID: &[u8] = b"what zelda said";
const EDITED: &[u8] = b"what zelda meant";

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

/// What she leaves behind.
struct Left {
    /// Edited, with a file, and with everything that others can do to a message.
    message: MessageId,
    poll: MessageId,
    file: UploadId,
    file_url: String,
    /// Bob's, to which she has reacted, which she has pinned, and which answers hers.
    answer: MessageId,
    /// Bob's, in which she has voted.
    his_poll: MessageId,
}

async fn ask(user: &TestUser, chat: ConversationId) -> MessageId {
    let mut poll = user.message(chat, 7).await;
    poll.message_type = Some(MessageType::Poll);
    poll.poll = Some(NewPoll {
        options: 2,
        multiple: false,
        closes_at: None,
    });
    user.client.send_message(&poll).await.unwrap().data.id
}

async fn leave_behind(zelda: &TestUser, bob: &TestUser, chat: ConversationId) -> Left {
    let request = CreateUploadRequest {
        file_name: "zelda.png".to_owned(),
        file_size: SAID.len() as u64,
        content_type: "image/png".to_owned(),
        uploader_id: None,
    };
    let file = zelda.client.create_upload(&request).await.unwrap().id;
    zelda.client.put_file(file, SAID.to_vec()).await.unwrap();
    let file_url = zelda.client.complete_upload(file).await.unwrap().file_url;
    let mut said = zelda.message(chat, 0).await;
    for ciphertext in &mut said.ciphertexts {
        ciphertext.ciphertext = Base64(SAID.to_vec());
    }
    said.attachments = vec![file];
    let message = zelda.client.send_message(&said).await.unwrap().data.id;
    for ciphertext in &mut said.ciphertexts {
        ciphertext.ciphertext = Base64(EDITED.to_vec());
    }
    let edit = serde_json::from_value(json!({ "ciphertexts": said.ciphertexts })).unwrap();
    zelda.client.edit_message(message, &edit).await.unwrap();
    let poll = ask(zelda, chat).await;
    let his_poll = ask(bob, chat).await;
    let mut answer = bob.message(chat, 2).await;
    answer.reply_to_message_id = Some(message);
    let answer = bob.client.send_message(&answer).await.unwrap().data.id;
    bob.client.add_reaction(message, "yes").await.unwrap();
    bob.client.vote(poll, &[1]).await.unwrap();
    bob.client.pin_message(message).await.unwrap();
    bob.client.star_message(message).await.unwrap();
    zelda.client.add_reaction(answer, "hers").await.unwrap();
    zelda.client.pin_message(answer).await.unwrap();
    zelda.client.vote(his_poll, &[0]).await.unwrap();
    Left {
        message,
        poll,
        file,
        file_url: file_url.unwrap(),
        answer,
        his_poll,
    }
}

/// The moment after an account has gone, before anything of it is erased: it counts as swept, and the
/// last sweep comes later than this test's clock.
async fn begin_erasure(server: &TestServer, clock: &Clock, user: &TestUser) {
    let statement = format!(
        "INSERT INTO erasures (user_id, erased_at, swept) VALUES ({}, {}, TRUE)",
        server.database().literal(user.id.0),
        clock.now().0
    );
    server.database().db_execute(&[statement]).await;
}

/// A server where Zelda has left things behind and Bob has seen them all, with a tablet of his that
/// has seen nothing yet.
async fn told() -> (TestServer, Clock, [TestUser; 3], ConversationId, Left) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let bob = server.user("bob").await;
    let tablet = bob.another_device("bob-tablet").await;
    let zelda = server.user("zelda").await;
    let chat = bob.client.create_group("group", vec![zelda.id]).await;
    let chat = chat.unwrap().id;
    let left = leave_behind(&zelda, &bob, chat).await;
    clock.advance(Duration::from_secs(1));
    (server, clock, [bob, tablet, zelda], chat, left)
}

fn has_nothing_of_hers(text: &str) {
    for said in [SAID, EDITED] {
        let said = serde_json::to_value(Base64(said.to_vec())).unwrap();
        assert!(!text.contains(said.as_str().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn no_list_and_no_read_shows_what_somebody_wrote_whose_account_is_gone() {
    let (server, clock, [bob, _, zelda], chat, left) = told().await;
    let paths = [
        format!("/v1/messages/{}", left.message),
        format!("/v1/messages?conversation_id={chat}"),
        format!("/v1/conversations/{chat}/pins"),
        "/v1/users/me/starred".to_owned(),
    ];
    for path in &paths {
        let asked = request(&server, Some(&bob), Method::GET, path);
        let text = asked.send().await.unwrap().text().await.unwrap();
        let edited = serde_json::to_value(Base64(EDITED.to_vec())).unwrap();
        assert!(text.contains(edited.as_str().unwrap()), "{path}: {text}");
    }
    let file = bob.client.fetch_file(&left.file_url).await.unwrap();
    assert_eq!(file, SAID);

    begin_erasure(&server, &clock, &zelda).await;
    for path in &paths {
        let asked = request(&server, Some(&bob), Method::GET, path);
        let text = asked.send().await.unwrap().text().await.unwrap();
        has_nothing_of_hers(&text);
        assert!(!text.contains(&left.file.to_string()), "{path}: {text}");
    }
    let message = bob.client.message(left.message).await.unwrap();
    assert!(message.is_deleted && message.attachments.is_empty());
    assert!(message.reactions.is_empty());
    let pins = bob.client.pins(chat, PageQuery::default()).await.unwrap();
    assert_eq!((pins.total, pins.pins.len()), (0, 0));
    let starred = bob.client.starred(PageQuery::default()).await.unwrap();
    assert_eq!((starred.total, starred.messages.len()), (0, 0));
    let reactions = bob.client.reactions(left.message, PageQuery::default());
    assert_eq!(reactions.await.unwrap().total, 0);
    let receipts = bob.client.receipts(left.message, PageQuery::default());
    assert_eq!(code(receipts.await), Some(ErrorCode::Forbidden));
    let poll = bob.client.poll(left.poll).await;
    assert_eq!(code(poll), Some(ErrorCode::NotFound));
    let file = bob.client.fetch_file(&left.file_url).await;
    assert_eq!(code(file), Some(ErrorCode::NotFound));

    // What answers her still does, and what she did to it counts no more.
    let answer = bob.client.message(left.answer).await.unwrap();
    assert_eq!(answer.reply_to_message_id, Some(left.message));
    assert!(answer.reactions.is_empty() && answer.ciphertext.is_none());
    let reactions = bob.client.reactions(left.answer, PageQuery::default());
    assert_eq!(reactions.await.unwrap().total, 0);
    let poll = bob.client.poll(left.his_poll).await.unwrap();
    assert_eq!((poll.voters, poll.options[0].count), (0, 0));
}

#[tokio::test]
async fn nobody_adds_to_what_somebody_wrote_whose_account_is_gone() {
    let (server, clock, [bob, _, zelda], chat, left) = told().await;
    begin_erasure(&server, &clock, &zelda).await;
    let id = left.message;
    let refused = [
        code(bob.client.add_reaction(id, "no").await),
        code(bob.client.pin_message(id).await),
        code(bob.client.vote(left.poll, &[0]).await),
        code(bob.client.star_message(id).await),
    ];
    assert_eq!(refused, [Some(ErrorCode::Conflict); 4]);
    let body = json!({"shared_ciphertext": "AA==", "roster_version": 1});
    let path = format!("/v1/messages/{id}");
    let edit = request(&server, Some(&bob), Method::PUT, &path).json(&body);
    assert_eq!(outcome(edit).await.0, 403, "it is not his");
    let pin = bob.client.unpin_message(id).await.unwrap();
    assert!(pin.is_deleted && pin.ciphertext.is_none());
    // It is deleted already: deleting it says nothing more.
    let before = bob.client.conversation(chat).await.unwrap().revision;
    let deleted = bob.client.delete_message(id).await.unwrap();
    assert!(deleted.is_deleted && deleted.ciphertext.is_none());
    let after = bob.client.conversation(chat).await.unwrap().revision;
    assert_eq!(before, after);
    bob.client.mark_read(id).await.unwrap();
    bob.client.hide_message(id).await.unwrap();
}

#[tokio::test]
async fn a_device_that_catches_up_hears_nothing_that_was_said_by_an_account_that_is_gone() {
    let (server, clock, [_, mut tablet, zelda], _, left) = told().await;
    begin_erasure(&server, &clock, &zelda).await;
    tablet.connect().await;
    let mut edits = 0;
    loop {
        let frame = tablet.next_frame().await;
        let value: Value = serde_json::to_value(&frame).unwrap();
        has_nothing_of_hers(&value.to_string());
        match frame.kind() {
            Some(EventKind::MessageUpdated) => {
                let id = json!(left.message).as_str().unwrap().to_owned();
                assert!(value.to_string().contains(&id), "{value}");
                edits += 1;
            }
            Some(EventKind::SyncComplete) => break,
            Some(_) | None => {}
        }
    }
    assert_eq!(edits, 1);
}
