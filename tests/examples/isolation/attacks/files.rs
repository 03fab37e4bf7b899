//! Files that are read and written.

use std::time::{Duration, Instant};

use futures_util::stream;
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_tests::{TestUser, file_content};

use super::hammer;
use crate::stage::{ATTACKER, Party, Scene, Setup};

/// Readers at once, in full.
const READERS: usize = 200;
/// Uploads at once, in full: all places that there are.
const UPLOADS: usize = 64;
/// Of the file that is read.
const FILE_BYTES: usize = 4 * 1024 * 1024;
/// Between two bytes of an upload.
const BYTE_EVERY: Duration = Duration::from_secs(2);

fn announcement(size: usize) -> CreateUploadRequest {
    CreateUploadRequest {
        file_name: "film.mp4".to_owned(),
        file_size: size as u64,
        content_type: "video/mp4".to_owned(),
        uploader_id: None,
    }
}

async fn announced(user: &TestUser, size: usize) -> UploadId {
    let upload = user.client.create_upload(&announcement(size)).await;
    upload.expect("an upload").id
}

/// Somebody with a file.
pub async fn with_file(setup: &Setup<'_>) -> Party {
    let mut party = setup.party(1).await;
    let client = &party.people[0].client;
    let id = announced(&party.people[0], FILE_BYTES).await;
    client
        .put_file(id, file_content(FILE_BYTES))
        .await
        .expect("a file");
    let done = client.complete_upload(id).await.expect("a complete file");
    party.word = done.file_url.expect("its address");
    party
}

/// Reads a part of it, over and over.
pub async fn read_ranges(scene: &Scene, end: Instant) -> u64 {
    let http = reqwest::Client::builder().local_address(Some(ATTACKER.into()));
    let http = http.build().expect("a client");
    let url = &scene.party.word;
    hammer(scene.share_of(READERS), end, async |place: usize| {
        let from = place * 1_000;
        let range = format!("bytes={from}-{}", from + 999);
        if let Ok(part) = http.get(url).header("Range", range).send().await {
            // A part that breaks off was asked for all the same.
            let _ = part.bytes().await;
        }
    })
    .await
}

/// Two people who upload.
pub async fn uploaders(setup: &Setup<'_>) -> Party {
    setup.party(2).await
}

/// Uploads that bring a byte now and then.
pub async fn trickle(scene: &Scene, end: Instant) -> u64 {
    hammer(scene.share_of(UPLOADS), end, async |place: usize| {
        let user = &scene.party.people[place % scene.party.people.len()];
        let Ok(upload) = user.client.create_upload(&announcement(1_000)).await else {
            tokio::time::sleep(BYTE_EVERY).await;
            return;
        };
        let bytes = stream::unfold((), |()| async {
            tokio::time::sleep(BYTE_EVERY).await;
            Some((Ok::<_, std::io::Error>(vec![b'x']), ()))
        });
        let body = reqwest::Body::wrap_stream(bytes);
        let _ = user.client.put_file(upload.id, body).await;
    })
    .await
}
