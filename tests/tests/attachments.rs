//! Files that belong to a message: uploaded whole by its sender, fetched by whoever was told where.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_protocol::event::{EventKind, MessageNew};
use sentinal_protocol::{ConversationId, ErrorCode, UploadId};
use sentinal_tests::{Said, TestServer, TestUser, answered, outcome, request};
use serde_json::json;

const CONTENT: &[u8] = b"a photo, encrypted";

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

async fn announced(user: &TestUser) -> Upload {
    let request = CreateUploadRequest {
        file_name: "photo".to_owned(),
        file_size: CONTENT.len() as u64,
        content_type: "application/octet-stream".to_owned(),
        uploader_id: None,
    };
    user.client.create_upload(&request).await.unwrap()
}

async fn completed(user: &TestUser) -> Upload {
    let id = announced(user).await.id;
    user.client.put_file(id, CONTENT.to_vec()).await.unwrap();
    user.client.complete_upload(id).await.unwrap()
}

async fn with_files(
    user: &TestUser,
    chat: ConversationId,
    files: &[UploadId],
) -> SendMessageRequest {
    let mut message = user.message(chat, 1).await;
    message.attachments = files.to_vec();
    message
}

#[tokio::test]
async fn a_file_is_told_with_its_message_and_fetched_by_whoever_knows_its_address() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let (photo, second) = (completed(&alice).await, completed(&alice).await);
    let sent = with_files(&alice, chat, &[photo.id, second.id]).await;
    let sent = alice.client.send_message(&sent).await.unwrap().data.id;

    let heard = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!(
        heard.entry::<MessageNew>().attachments,
        [photo.id, second.id]
    );
    let read = bob.client.message(sent).await.unwrap();
    assert_eq!(read.attachments, [photo.id, second.id]);

    // The address travels in the ciphertext; with it, nobody is asked who they are.
    let address = photo.file_url.unwrap();
    let stranger = server.stranger().fetch_file(&address).await;
    assert_eq!(stranger.unwrap(), CONTENT);
    // Without it the file's id alone is of no use, to those in the conversation neither.
    let without = format!("/v1/files/{}", photo.id);
    let asked = request(&server, Some(&bob), Method::GET, &without);
    assert_eq!(outcome(asked).await.0, 404);
    let upload = bob.client.upload(photo.id).await;
    assert_eq!(code(upload), Some(ErrorCode::NotFound));

    alice.client.delete_message(sent).await.unwrap();
    let read = bob.client.message(sent).await.unwrap();
    assert!(read.is_deleted && read.attachments.is_empty());
}

#[tokio::test]
async fn only_whole_uploads_of_the_sender_are_attached_and_each_once() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let (own, theirs) = (completed(&alice).await.id, completed(&bob).await.id);
    let unfinished = announced(&alice).await.id;
    let full = announced(&alice).await.id;
    let put = alice.client.put_file(full, CONTENT.to_vec()).await;
    put.unwrap();
    let failed = announced(&alice).await.id;
    alice.client.fail_upload(failed).await.unwrap();
    let nothing = UploadId(uuid::Uuid::now_v7());
    let before = alice.client.conversation(chat).await.unwrap().revision;
    for (second, what) in [
        (theirs, "somebody else's"),
        (unfinished, "without its bytes"),
        (full, "not completed"),
        (failed, "given up"),
        (nothing, "not there"),
        (own, "named twice"),
    ] {
        let message = with_files(&alice, chat, &[own, second]).await;
        let asked = request(&server, Some(&alice), Method::POST, "/v1/messages");
        let (status, body) = answered(asked.json(&message)).await;
        assert_eq!((status, &body["code"]), (422, &json!("VALIDATION_ERROR")));
        let field = &body["details"][0]["field"];
        assert_eq!(field, "attachments[1]", "{what}: {body}");
    }
    let after = alice.client.conversation(chat).await.unwrap().revision;
    assert_eq!(before, after, "nothing was stored");
}
