//! Resumable uploads: tus 1.0 at the address that takes the whole file as well.

use reqwest::{Method, RequestBuilder};
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_tests::{
    ServerProcess, Site, TestServer, TestUser, Wire, fetched, file_content, outcome, request, until,
};

const MIB: usize = 1024 * 1024;

async fn announced(user: &TestUser, size: usize) -> Upload {
    let request = CreateUploadRequest {
        file_name: "film.mp4".to_owned(),
        file_size: size as u64,
        content_type: "video/mp4".to_owned(),
        uploader_id: None,
    };
    user.client.create_upload(&request).await.unwrap()
}

fn data(upload: &Upload) -> String {
    format!("/v1/uploads/{}/data", upload.id)
}

fn patch(server: &Site, user: &TestUser, path: &str) -> RequestBuilder {
    request(server, Some(user), Method::PATCH, path)
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Offset", "0")
        .header("Content-Type", "application/offset+octet-stream")
}

/// The head of a `PATCH` whose body a test writes by itself.
fn patch_head(user: &TestUser, upload: &Upload, length: usize) -> String {
    let token = user.client.login().unwrap().access_token.clone();
    format!(
        "PATCH {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n\
         Content-Length: {length}\r\n\r\n",
        data(upload)
    )
}

fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn anybody_may_ask_what_is_spoken() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let path = data(&announced(&alice, 10).await);
    let asked = request(&server, None, Method::OPTIONS, &path);
    let answer = fetched(asked).await;
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "Tus-Version"), "1.0.0");
    assert_eq!(header(&answer, "Tus-Resumable"), "1.0.0");
    let extensions = "creation,creation-with-upload,termination";
    assert_eq!(header(&answer, "Tus-Extension"), extensions);
    let creation = fetched(request(&server, None, Method::OPTIONS, "/v1/uploads")).await;
    assert_eq!(header(&creation, "Tus-Extension"), extensions);
    assert_eq!(header(&answer, "Tus-Max-Size"), "104857600");
    // A page asks before it sends.
    let asked = request(&server, None, Method::OPTIONS, &path)
        .header("Origin", "http://localhost:3000")
        .header("Access-Control-Request-Method", "PATCH");
    let answer = fetched(asked).await;
    assert!(header(&answer, "Access-Control-Allow-Methods").contains("PATCH"));
    let headers = header(&answer, "Access-Control-Allow-Headers");
    assert!(headers.contains("Upload-Offset") && headers.contains("Tus-Resumable"));
    let asked = request(&server, Some(&alice), Method::HEAD, &path)
        .header("Origin", "http://localhost:3000")
        .header("Tus-Resumable", "1.0.0");
    let answer = fetched(asked).await;
    assert!(header(&answer, "Access-Control-Expose-Headers").contains("Upload-Length"));
}

fn creation(server: &Site, user: &TestUser, length: usize) -> RequestBuilder {
    request(server, Some(user), Method::POST, "/v1/uploads")
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Length", length)
        // Löwe.html
        .header(
            "Upload-Metadata",
            "filename TMO2d2UuaHRtbA==,filetype dGV4dC9odG1s",
        )
}

/// A stock client announces, sends and goes on without a word of JSON.
#[tokio::test]
async fn a_file_is_announced_by_tus_with_its_first_bytes_or_without() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for sent in ["", "hello"] {
        let mut asked = creation(&server, &alice, 11);
        if !sent.is_empty() {
            asked = asked
                .header("Content-Type", "application/offset+octet-stream")
                .body(sent);
        }
        let made = fetched(asked).await;
        assert_eq!(made.status(), 201);
        assert_eq!(header(&made, "Upload-Offset"), sent.len().to_string());
        let location = header(&made, "Location").to_owned();
        let rest = reqwest::Client::new()
            .patch(location)
            .bearer_auth(&alice.client.login().unwrap().access_token)
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", sent.len())
            .header("Content-Type", "application/offset+octet-stream")
            .body("hello world"[sent.len()..].to_owned());
        assert_eq!(fetched(rest).await.status(), 204);
        let body: serde_json::Value = made.json().await.unwrap();
        let upload: Upload = serde_json::from_value(body["data"].clone()).unwrap();
        assert_eq!(upload.file_name, "Löwe.html");
        assert_eq!(upload.content_type, "text/html");
        let done = alice.client.complete_upload(upload.id).await.unwrap();
        let fetched = alice.client.fetch_file(&done.file_url.unwrap()).await;
        assert_eq!(fetched.unwrap(), b"hello world");
    }
    for (asked, refusal) in [
        (creation(&server, &alice, 1 << 40), (413, "FILE_TOO_LARGE")),
        (
            creation(&server, &alice, 5)
                .header("Content-Type", "text/plain")
                .body("hello"),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
        ),
        (
            request(&server, Some(&alice), Method::POST, "/v1/uploads")
                .header("Tus-Resumable", "0.9"),
            (412, "PRECONDITION_FAILED"),
        ),
        (
            request(&server, Some(&alice), Method::POST, "/v1/uploads")
                .header("Tus-Resumable", "1.0.0"),
            (400, "BAD_REQUEST"),
        ),
        (
            request(&server, None, Method::POST, "/v1/uploads").header("Tus-Resumable", "0.9"),
            (401, "UNAUTHORIZED"),
        ),
    ] {
        assert_eq!(outcome(asked).await, (refusal.0, refusal.1.to_owned()));
    }
    // More than was announced is not stored, and the upload is there all the same.
    let asked = creation(&server, &alice, 3)
        .header("Content-Type", "application/offset+octet-stream")
        .body("hello");
    let made = fetched(asked).await;
    assert_eq!(
        (made.status().as_u16(), header(&made, "Upload-Offset")),
        (201, "0")
    );
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let made = fetched(creation(&server, &alice, 0)).await;
    let body: serde_json::Value = made.json().await.unwrap();
    let by_tus: Upload = serde_json::from_value(body["data"].clone()).unwrap();
    let put = announced(&alice, 0).await;
    alice.client.put_file(put.id, Vec::new()).await.unwrap();
    for upload in [by_tus, put] {
        let done = alice.client.complete_upload(upload.id).await.unwrap();
        let url = done.file_url.unwrap();
        let whole = fetched(reqwest::Client::new().get(&url)).await;
        assert_eq!(
            (whole.status().as_u16(), header(&whole, "Content-Length")),
            (200, "0")
        );
        let part = reqwest::Client::new()
            .get(&url)
            .header("Range", "bytes=0-0");
        assert_eq!(fetched(part).await.status(), 416);
    }
}

#[tokio::test]
async fn a_file_arrives_in_pieces_of_any_size() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let content = file_content(2 * MIB + 77);
    let upload = announced(&alice, content.len()).await;
    let mut offset = 0;
    for size in [1, 10, MIB - 5, 3, MIB, usize::MAX] {
        let end = offset + size.min(content.len() - offset);
        let piece = content[offset..end].to_vec();
        let reached = alice
            .client
            .append_file(upload.id, offset as u64, piece)
            .await;
        assert_eq!(reached.unwrap(), end as u64);
        assert_eq!(
            alice.client.file_offset(upload.id).await.unwrap(),
            end as u64
        );
        offset = end;
    }
    // Only the blocks of the file are kept, not the pieces.
    let folder = server
        .database()
        .directory()
        .join("files")
        .join(upload.id.to_string());
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 3);
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    let fetched = alice.client.fetch_file(&done.file_url.unwrap()).await;
    assert!(fetched.unwrap() == content);
}

#[tokio::test]
async fn requests_that_are_not_tus_are_refused() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 10).await;
    let path = data(&upload);
    let with = |name: &str, value: &str| {
        let mut asked = patch(&server, &alice, &path).body("x").build().unwrap();
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap();
        asked.headers_mut().remove(&name);
        if !value.is_empty() {
            asked.headers_mut().insert(name, value.parse().unwrap());
        }
        RequestBuilder::from_parts(reqwest::Client::new(), asked)
    };
    let version = (412, "PRECONDITION_FAILED".to_owned());
    assert_eq!(outcome(with("Tus-Resumable", "")).await, version);
    assert_eq!(outcome(with("Tus-Resumable", "0.2.2")).await, version);
    let answer = fetched(with("Tus-Resumable", "0.2.2")).await;
    assert_eq!(header(&answer, "Tus-Version"), "1.0.0");
    let kind = (415, "UNSUPPORTED_MEDIA_TYPE".to_owned());
    assert_eq!(outcome(with("Content-Type", "text/plain")).await, kind);
    assert_eq!(outcome(with("Content-Type", "")).await, kind);
    assert_eq!(outcome(with("Content-Encoding", "gzip")).await, kind);
    let bad = (400, "BAD_REQUEST".to_owned());
    assert_eq!(outcome(with("Upload-Offset", "")).await, bad);
    assert_eq!(outcome(with("Upload-Offset", "-1")).await, bad);
    let elsewhere = (409, "OFFSET_MISMATCH".to_owned());
    assert_eq!(outcome(with("Upload-Offset", "5")).await, elsewhere);
    let unversioned = |method| request(&server, Some(&alice), method, &path);
    assert_eq!(fetched(unversioned(Method::HEAD)).await.status(), 412);
    assert_eq!(outcome(unversioned(Method::DELETE)).await, version);
    assert_eq!(alice.client.file_offset(upload.id).await.unwrap(), 0);
    assert_eq!(
        outcome(request(&server, Some(&alice), Method::GET, &path))
            .await
            .0,
        405
    );
}

#[tokio::test]
async fn a_terminated_upload_is_found_no_more() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 10).await;
    alice
        .client
        .append_file(upload.id, 0, vec![1; 3])
        .await
        .unwrap();
    alice.client.terminate_upload(upload.id).await.unwrap();
    let head = request(&server, Some(&alice), Method::HEAD, &data(&upload))
        .header("Tus-Resumable", "1.0.0");
    assert_eq!(fetched(head).await.status(), 404);
    let late = alice.client.append_file(upload.id, 3, vec![1; 3]).await;
    assert_eq!(late.unwrap_err().code(), Some(ErrorCode::Conflict));
}

/// What a broken connection has brought is not lost, even where it fills no block.
#[tokio::test]
async fn bytes_before_a_broken_connection_are_kept() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 3 * MIB).await;
    let mut wire = Wire::connect(&server).await;
    let head = patch_head(&alice, &upload, 3 * MIB);
    wire.write(head.as_bytes()).await.unwrap();
    wire.write(&vec![7; MIB + 1000]).await.unwrap();
    drop(wire);
    until("the bytes are stored", async || {
        let offset = alice.client.file_offset(upload.id).await.unwrap();
        (offset == (MIB + 1000) as u64).then_some(())
    })
    .await;
}

#[tokio::test]
async fn bytes_that_stop_coming_are_not_waited_for() {
    let server = TestServer::spawn_with(&[("UPLOAD_IDLE_SECONDS", "1")]).await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 100).await;
    let mut wire = Wire::connect(&server).await;
    wire.write(patch_head(&alice, &upload, 100).as_bytes())
        .await
        .unwrap();
    wire.write(&[7; 10]).await.unwrap();
    let head = wire.read_head().await;
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert_eq!(alice.client.file_offset(upload.id).await.unwrap(), 10);
}

/// The real process is killed in the middle; what it had answered is there, and the rest follows.
#[tokio::test]
async fn a_partial_upload_survives_a_kill() {
    let mut server = ServerProcess::spawn().await;
    let alice = server.user("alice").await;
    let content = file_content(4 * MIB);
    let upload = announced(&alice, content.len()).await;
    let half = content.len() / 2 + 4321;
    let sent = alice
        .client
        .append_file(upload.id, 0, content[..half].to_vec())
        .await;
    assert_eq!(sent.unwrap(), half as u64);
    server.kill();
    server.start().await;
    assert_eq!(
        alice.client.file_offset(upload.id).await.unwrap(),
        half as u64
    );
    let rest = content[half..].to_vec();
    alice
        .client
        .append_file(upload.id, half as u64, rest)
        .await
        .unwrap();
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    let fetched = alice.client.fetch_file(&done.file_url.unwrap()).await;
    assert!(fetched.unwrap() == content);
}

#[tokio::test]
async fn two_writers_at_once_do_not_mix_their_bytes() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let size = 3 * MIB;
    let upload = announced(&alice, size).await;
    let writers = (0..4).map(|writer: u8| {
        let client = alice.client.clone();
        async move { client.append_file(upload.id, 0, vec![writer; size]).await }
    });
    let outcomes = futures_util::future::join_all(writers).await;
    for outcome in outcomes {
        if let Err(error) = outcome {
            let refused = [ErrorCode::Conflict, ErrorCode::OffsetMismatch];
            assert!(
                error.code().is_some_and(|it| refused.contains(&it)),
                "{error}"
            );
        }
    }
    let offset = alice.client.file_offset(upload.id).await.unwrap();
    let rest = vec![9; size - usize::try_from(offset).unwrap()];
    if !rest.is_empty() {
        alice
            .client
            .append_file(upload.id, offset, rest)
            .await
            .unwrap();
    }
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    let content = alice
        .client
        .fetch_file(&done.file_url.unwrap())
        .await
        .unwrap();
    assert_eq!(content.len(), size);
    // A writer that is superseded leaves whole blocks only, and only one wrote each.
    for block in content.chunks(MIB) {
        assert!(block.iter().all(|byte| byte == &block[0]), "mixed");
    }
}
