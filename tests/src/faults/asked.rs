//! Requests whose answer and time matter, whatever the answer is.

use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sentinal_client::{Client, ClientError};
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::{HistoryQuery, SendMessageRequest};
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use uuid::Uuid;

use crate::registration;

/// A request that was made.
#[derive(Debug)]
pub struct Asked {
    /// Which kind.
    pub what: &'static str,
    /// Whether its effect is in the database.
    pub writes: bool,
    /// Why it was refused, if it was.
    pub refused: Option<ClientError>,
    /// From the request to its answer.
    pub took: Duration,
}

impl Asked {
    /// The answer's status; 200 for any success, 0 if there was no answer.
    pub fn status(&self) -> u16 {
        match &self.refused {
            None => 200,
            Some(error) => error.status().unwrap_or(0),
        }
    }
}

/// One request of each kind at once: sends, other changes, reads, and what is asked before anybody
/// is signed in. `send` is complete but for its id.
pub async fn every_kind(client: &Client, send: &SendMessageRequest) -> Vec<Asked> {
    let mut sends = [send.clone(), send.clone(), send.clone()];
    for send in &mut sends {
        send.client_message_id = Some(Uuid::now_v7().to_string());
    }
    let [first, second, third] = &sends;
    let stranger = client.signed_out();
    let registration = registration(&Uuid::now_v7().simple().to_string());
    let file = announced(1);
    let history = HistoryQuery {
        conversation_id: send.conversation_id,
        before_seq: None,
        after_seq: Some(0),
        around_seq: None,
        limit: None,
    };
    let page = PageQuery::default();
    let requests: [Pin<Box<dyn Future<Output = Asked> + '_>>; 9] = [
        Box::pin(write("send", client.send_message(first))),
        Box::pin(write("send", client.send_message(second))),
        Box::pin(write("send", client.send_message(third))),
        Box::pin(write("register", stranger.register(&registration))),
        Box::pin(write("announce a file", client.create_upload(&file))),
        Box::pin(write("create a group", client.create_group("g", vec![]))),
        Box::pin(read("history", client.history(&history))),
        Box::pin(read("conversations", client.conversations(page))),
        Box::pin(read("me", client.me())),
    ];
    join_all(requests).await
}

async fn write<T>(
    what: &'static str,
    request: impl Future<Output = Result<T, ClientError>>,
) -> Asked {
    let since = Instant::now();
    let answer = request.await;
    Asked {
        what,
        writes: true,
        refused: answer.err(),
        took: since.elapsed(),
    }
}

async fn read<T>(
    what: &'static str,
    request: impl Future<Output = Result<T, ClientError>>,
) -> Asked {
    Asked {
        writes: false,
        ..write(what, request).await
    }
}

/// Uploads a whole file.
pub async fn upload(client: &Client, bytes: &[u8]) -> Result<Upload, ClientError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let upload = client.create_upload(&announced(size)).await?;
    client.put_file(upload.id, bytes.to_vec()).await?;
    client.complete_upload(upload.id).await
}

/// What announces a file of so many bytes.
pub fn announced(size: u64) -> CreateUploadRequest {
    CreateUploadRequest {
        file_name: "file".to_owned(),
        file_size: size,
        content_type: "application/octet-stream".to_owned(),
        uploader_id: None,
    }
}
