//! Files on their way in: announced, sent, completed, given up, listed, collected.

use futures_util::stream;
use reqwest::{Method, header};
use sentinal_client::ClientError;
use sentinal_protocol::api::uploads::{
    CreateUploadRequest, StaleQuery, Upload, UploadPosition, Uploads, UploadsQuery,
};
use sentinal_protocol::event::{EventKind, UploadCompleted};
use sentinal_protocol::{Clock, ErrorCode, UploadId, UploadStatus};
use sentinal_tests::{Said, TestServer, TestUser, file_content, outcome, request};
use serde_json::{Value, json};
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

fn announce(size: usize) -> CreateUploadRequest {
    CreateUploadRequest {
        file_name: "photo.jpg".to_owned(),
        file_size: size as u64,
        content_type: "image/jpeg".to_owned(),
        uploader_id: None,
    }
}

async fn announced(user: &TestUser, size: usize) -> Upload {
    user.client.create_upload(&announce(size)).await.unwrap()
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn ids(uploads: &Uploads) -> Vec<UploadId> {
    uploads.uploads.iter().map(|upload| upload.id).collect()
}

/// Names of what lies in the server's directory of files, without the mark by which servers of one database
/// know the place.
fn stored(server: &TestServer) -> Vec<String> {
    let found = std::fs::read_dir(server.database().directory().join("files"));
    let found = found.unwrap().map(|entry| entry.unwrap().file_name());
    let names = found.map(|name| name.into_string().unwrap());
    names.filter(|name| name != "marker").collect()
}

#[tokio::test]
async fn a_file_is_announced_sent_and_completed() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let mut laptop = alice.another_device("laptop").await;
    alice.connect().await;
    laptop.connect().await;
    let content = file_content(2 * MIB + 100);

    let upload = announced(&alice, content.len()).await;
    assert_eq!(upload.status, UploadStatus::Pending);
    assert_eq!((upload.uploader_id, upload.uploaded_bytes), (alice.id, 0));
    assert_eq!(upload.file_url, None);
    let base = server.base_url().as_str();
    assert!(upload.upload_url.starts_with(base), "{}", upload.upload_url);

    let hint = alice.client.report_progress(upload.id, 7).await.unwrap();
    assert_eq!((hint.progress_bytes, hint.uploaded_bytes), (7, 0));
    assert_eq!(hint.status, UploadStatus::InProgress);
    let early = alice.client.complete_upload(upload.id).await.unwrap_err();
    assert_eq!(early.code(), Some(ErrorCode::UploadIncomplete));
    let position: UploadPosition = early.details().unwrap();
    assert_eq!(position.uploaded_bytes, 0);
    assert_eq!(position.file_size, content.len() as u64);

    let sent = alice.client.put_file(upload.id, content.clone()).await;
    let sent = sent.unwrap();
    assert_eq!(sent.uploaded_bytes, content.len() as u64);
    assert_eq!(sent.status, UploadStatus::InProgress);
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    assert_eq!(done.status, UploadStatus::Completed);
    assert!(done.completed_at.is_some());
    let again = alice.client.complete_upload(upload.id).await.unwrap();
    assert_eq!(again, done, "a second time changes nothing");
    assert_eq!(alice.client.upload(upload.id).await.unwrap(), done);
    for user in [&mut alice, &mut laptop] {
        let event = user.wait_for(EventKind::UploadCompleted).await;
        assert_eq!(event.says::<UploadCompleted>().upload.id, upload.id);
    }
    let file = done.file_url.unwrap();
    let fetched = server.stranger().fetch_file(&file).await.unwrap();
    assert!(fetched == content, "the bytes are the same");

    for ended in [
        alice.client.put_file(upload.id, vec![1]).await.map(|_| ()),
        alice
            .client
            .append_file(upload.id, done.file_size, vec![])
            .await
            .map(|_| ()),
        alice.client.fail_upload(upload.id).await.map(|_| ()),
        alice.client.report_progress(upload.id, 1).await.map(|_| ()),
    ] {
        assert_eq!(code(ended), Some(ErrorCode::Conflict));
    }
    assert_eq!(alice.client.delete_upload(upload.id).await.unwrap(), None);
    assert_eq!(
        code(alice.client.upload(upload.id).await),
        Some(ErrorCode::NotFound)
    );
    let gone = server.stranger().fetch_file(&file).await;
    assert_eq!(code(gone), Some(ErrorCode::NotFound));
    assert!(stored(&server).is_empty(), "{:?}", stored(&server));
}

#[tokio::test]
async fn a_second_put_replaces_the_first_one() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let content = file_content(MIB + 10);
    let upload = announced(&alice, content.len()).await;
    let wrong = vec![0; content.len()];
    alice.client.put_file(upload.id, wrong).await.unwrap();
    alice
        .client
        .put_file(upload.id, content.clone())
        .await
        .unwrap();
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    let fetched = alice.client.fetch_file(&done.file_url.unwrap()).await;
    assert!(fetched.unwrap() == content);
}

#[tokio::test]
async fn a_form_brings_the_file_in_its_field() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 5).await;
    let path = format!("/v1/uploads/{}/data", upload.id);
    let form = |field: &str| {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nno\r\n\
             --x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a/../b\"\r\n\
             Content-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"
        );
        request(&server, Some(&alice), Method::PUT, &path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(body)
    };
    let refused = (422, "VALIDATION_ERROR".to_owned());
    assert_eq!(outcome(form("attachment")).await, refused);
    assert_eq!(outcome(form("file")).await.0, 200);
    let done = alice.client.complete_upload(upload.id).await.unwrap();
    let fetched = alice.client.fetch_file(&done.file_url.unwrap()).await;
    assert_eq!(fetched.unwrap(), b"hello");
    let no_form = request(&server, Some(&alice), Method::PUT, &path)
        .header(header::CONTENT_TYPE, "multipart/form-data")
        .body("hello");
    assert_eq!(outcome(no_form).await.0, 409, "it is complete");
}

#[tokio::test]
async fn announcements_keep_the_rules() {
    let server = TestServer::spawn_with(&[("UPLOAD_BYTES_MAX", "1000")]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let good = json!({"file_name": "a", "file_size": 10, "content_type": "text/plain"});
    let rule = (422, "VALIDATION_ERROR");
    let cases = [
        ("file_name", json!(""), rule),
        ("file_name", json!("a\nb"), rule),
        ("file_name", json!("x".repeat(256)), rule),
        ("file_name", Value::Null, rule),
        ("file_size", json!(-1), (400, "BAD_REQUEST")),
        ("file_size", json!(1001), (413, "FILE_TOO_LARGE")),
        ("content_type", json!("jpeg"), rule),
        ("uploader_id", json!(bob.id), (403, "FORBIDDEN")),
        ("uploader_id", json!("x"), (400, "BAD_REQUEST")),
    ];
    let post =
        |body: &Value| request(&server, Some(&alice), Method::POST, "/v1/uploads").json(body);
    for (field, value, (status, code)) in cases {
        let mut body = good.clone();
        if value.is_null() {
            body.as_object_mut().unwrap().remove(field);
        } else {
            body[field] = value.clone();
        }
        let expected = (status, code.to_owned());
        assert_eq!(outcome(post(&body)).await, expected, "{field}: {value}");
    }
    assert_eq!(outcome(post(&good)).await.0, 201);
    let text = request(&server, Some(&alice), Method::POST, "/v1/uploads").body("x");
    let unsupported = (415, "UNSUPPORTED_MEDIA_TYPE".to_owned());
    assert_eq!(outcome(text).await, unsupported);
}

#[tokio::test]
async fn the_quota_counts_what_is_there_and_what_is_announced() {
    let kib = 1024;
    let quota = (200 * kib).to_string();
    let server = TestServer::spawn_with(&[("UPLOAD_QUOTA_BYTES", &quota)]).await;
    let alice = server.user("alice").await;
    let first = announced(&alice, 100 * kib).await;
    // Small ones count as 64 KiB.
    let second = announced(&alice, 1).await;
    let third = alice.client.create_upload(&announce(40 * kib)).await;
    assert_eq!(code(third), Some(ErrorCode::QuotaExceeded));
    server
        .user("bob")
        .await
        .client
        .create_upload(&announce(100 * kib))
        .await
        .unwrap();
    alice.client.put_file(second.id, vec![1]).await.unwrap();
    alice.client.complete_upload(second.id).await.unwrap();
    assert_eq!(
        code(alice.client.create_upload(&announce(40 * kib)).await),
        Some(ErrorCode::QuotaExceeded)
    );
    alice.client.fail_upload(first.id).await.unwrap();
    announced(&alice, 100 * kib).await;
}

#[tokio::test]
async fn more_bytes_than_announced_are_refused_and_fewer_do_not_complete() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 10).await;
    let large = ErrorCode::PayloadTooLarge;
    assert_eq!(
        code(alice.client.put_file(upload.id, vec![1; 11]).await),
        Some(large)
    );
    // Without a length nobody knows before they come.
    let chunks = stream::iter([Ok::<_, std::io::Error>(vec![1; 8]), Ok(vec![2; 8])]);
    let body = reqwest::Body::wrap_stream(chunks);
    assert_eq!(
        code(alice.client.put_file(upload.id, body).await),
        Some(large)
    );
    let appended = alice.client.append_file(upload.id, 8, vec![1; 3]).await;
    assert_eq!(code(appended), Some(large));
    let sent = alice.client.put_file(upload.id, vec![1; 4]).await.unwrap();
    assert_eq!(sent.uploaded_bytes, 4);
    let incomplete = alice.client.complete_upload(upload.id).await;
    assert_eq!(code(incomplete), Some(ErrorCode::UploadIncomplete));
    let hint = alice.client.report_progress(upload.id, 11).await;
    assert_eq!(code(hint), Some(ErrorCode::Validation));
    let path = format!("/v1/uploads/{}/data", upload.id);
    let packed = request(&server, Some(&alice), Method::PUT, &path)
        .header(header::CONTENT_ENCODING, "gzip")
        .body("x");
    let unsupported = (415, "UNSUPPORTED_MEDIA_TYPE".to_owned());
    assert_eq!(outcome(packed).await, unsupported);
}

#[tokio::test]
async fn what_is_deleted_under_way_is_cancelled_and_what_failed_is_gone() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = announced(&alice, 10).await;
    alice
        .client
        .append_file(upload.id, 0, vec![1; 4])
        .await
        .unwrap();
    assert_eq!(stored(&server).len(), 1);
    let cancelled = alice
        .client
        .delete_upload(upload.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cancelled.status, UploadStatus::Cancelled);
    assert!(stored(&server).is_empty());
    assert_eq!(
        code(alice.client.complete_upload(upload.id).await),
        Some(ErrorCode::Conflict)
    );
    assert_eq!(
        code(alice.client.fail_upload(upload.id).await),
        Some(ErrorCode::Conflict)
    );
    assert_eq!(
        code(alice.client.file_offset(upload.id).await),
        None,
        "a HEAD has no code"
    );
    assert_eq!(alice.client.delete_upload(upload.id).await.unwrap(), None);

    let upload = announced(&alice, 10).await;
    alice
        .client
        .append_file(upload.id, 0, vec![1; 4])
        .await
        .unwrap();
    let failed = alice.client.fail_upload(upload.id).await.unwrap();
    assert_eq!(failed.status, UploadStatus::Failed);
    assert_eq!(alice.client.fail_upload(upload.id).await.unwrap(), failed);
    assert!(stored(&server).is_empty());
    let late = alice.client.append_file(upload.id, 4, vec![1; 4]).await;
    assert_eq!(code(late), Some(ErrorCode::Conflict));
}

#[tokio::test]
async fn uploads_are_listed_by_what_became_of_them() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let pending = announced(&alice, 1).await.id;
    let done = announced(&alice, 1).await.id;
    alice.client.put_file(done, vec![1]).await.unwrap();
    alice.client.complete_upload(done).await.unwrap();
    let failed = announced(&alice, 1).await.id;
    alice.client.fail_upload(failed).await.unwrap();
    announced(&bob, 1).await;

    let query = UploadsQuery::default();
    let all = alice.client.uploads(&query).await.unwrap();
    assert_eq!(all.total, 3);
    assert!(!all.has_more);
    let completed = alice.client.completed_uploads(&query).await.unwrap();
    assert_eq!(ids(&completed), [done]);
    let open = alice.client.open_uploads(&query).await.unwrap();
    assert_eq!(ids(&open), [pending]);
    let page = UploadsQuery {
        uploader_id: Some(alice.id),
        page: Some(2),
        limit: Some(2),
        ..query
    };
    let second = alice.client.uploads(&page).await.unwrap();
    assert_eq!(
        (second.uploads.len(), second.total, second.has_more),
        (1, 3, false)
    );

    for path in ["", "/completed", "/in-progress"] {
        let theirs = format!("/v1/uploads{path}?uploader_id={}", bob.id);
        let asked = request(&server, Some(&alice), Method::GET, &theirs);
        assert_eq!(
            outcome(asked).await,
            (403, "FORBIDDEN".to_owned()),
            "{path}"
        );
        let wrong = format!("/v1/uploads{path}?limit=0");
        let asked = request(&server, Some(&alice), Method::GET, &wrong);
        assert_eq!(outcome(asked).await.0, 422, "{path}");
    }
}

/// What has had no byte for long can be seen and swept away by its owner; the server collects it
/// by itself in the end, and only that.
#[tokio::test]
async fn stale_uploads_are_seen_and_unfinished_ones_collected() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let done = announced(&alice, 1).await.id;
    alice.client.put_file(done, vec![1]).await.unwrap();
    alice.client.complete_upload(done).await.unwrap();
    let fresh = announced(&alice, 10).await.id;
    alice.client.append_file(fresh, 0, vec![1]).await.unwrap();

    let query = StaleQuery::default();
    assert_eq!(alice.client.stale_uploads(&query).await.unwrap().total, 0);
    assert_eq!(
        alice
            .client
            .delete_stale_uploads(&query)
            .await
            .unwrap()
            .deleted,
        0
    );
    for method in [Method::GET, Method::DELETE] {
        let path = "/v1/uploads/stale?older_than_sec=59";
        let asked = request(&server, Some(&alice), method.clone(), path);
        assert_eq!(outcome(asked).await, (422, "VALIDATION_ERROR".to_owned()));
        let path = format!("/v1/uploads/stale?uploader_id={}", Uuid::now_v7());
        let asked = request(&server, Some(&alice), method, &path);
        assert_eq!(outcome(asked).await, (403, "FORBIDDEN".to_owned()));
    }

    let later = Clock::system()
        .now()
        .plus(std::time::Duration::from_mins(1));
    assert!(!server.app().uploads.collect_uploads(later).await.unwrap());
    assert_eq!(
        code(alice.client.upload(fresh).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(stored(&server), [done.to_string()]);
    // Bytes whose row went without them are found.
    let folder = server
        .database()
        .directory()
        .join("files")
        .join(fresh.to_string());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("00000000-1"), b"left").unwrap();
    assert_eq!(server.app().uploads.sweep_files().await.unwrap(), 1);
    assert_eq!(stored(&server), [done.to_string()]);
    assert!(
        !server
            .app()
            .uploads
            .erase_uploads_of(alice.id)
            .await
            .unwrap()
    );
    assert!(stored(&server).is_empty());
}

/// Two writers of one upload: one wins each byte, and nothing is mixed.
#[tokio::test]
async fn strangers_find_no_upload() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let id = announced(&alice, 10).await.id;
    let nobody = UploadId(Uuid::now_v7());
    let cases = [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::POST, "/complete"),
        (Method::POST, "/fail"),
        (Method::POST, "/progress"),
        (Method::PUT, "/data"),
        (Method::PATCH, "/data"),
        (Method::DELETE, "/data"),
    ];
    for (method, path) in cases {
        let ask = |user, id| {
            let path = format!("/v1/uploads/{id}{path}");
            let asked = request(&server, user, method.clone(), &path)
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Offset", "0");
            if path.ends_with("/progress") {
                asked.json(&json!({"uploaded_bytes": 1}))
            } else if method == Method::PATCH {
                asked
                    .header("Content-Type", "application/offset+octet-stream")
                    .body("x")
            } else {
                asked
            }
        };
        let nothing = (404, "NOT_FOUND".to_owned());
        assert_eq!(
            outcome(ask(Some(&eve), id)).await,
            nothing,
            "{method} {path}"
        );
        assert_eq!(
            outcome(ask(Some(&alice), nobody)).await,
            nothing,
            "{method} {path}"
        );
        let unknown = (401, "UNAUTHORIZED".to_owned());
        assert_eq!(outcome(ask(None, id)).await, unknown, "{method} {path}");
    }
    for (method, path) in [
        (Method::GET, "/v1/uploads"),
        (Method::POST, "/v1/uploads"),
        (Method::GET, "/v1/uploads/completed"),
        (Method::GET, "/v1/uploads/in-progress"),
        (Method::GET, "/v1/uploads/stale"),
        (Method::DELETE, "/v1/uploads/stale"),
    ] {
        let asked = request(&server, None, method.clone(), path);
        assert_eq!(outcome(asked).await.0, 401, "{method} {path}");
    }
    let untouched = alice.client.upload(id).await.unwrap();
    assert_eq!(untouched.status, UploadStatus::Pending);
}
