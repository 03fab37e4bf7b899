//! Complete files, for whoever knows their address.

use reqwest::{Method, RequestBuilder, Response};
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_tests::{TestServer, TestUser, fetched, file_content, outcome, request};
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

async fn completed(user: &TestUser, name: &str, content: Vec<u8>) -> Upload {
    let request = CreateUploadRequest {
        file_name: name.to_owned(),
        file_size: content.len() as u64,
        content_type: "text/html".to_owned(),
        uploader_id: None,
    };
    let upload = user.client.create_upload(&request).await.unwrap();
    user.client.put_file(upload.id, content).await.unwrap();
    user.client.complete_upload(upload.id).await.unwrap()
}

fn get(file: &Upload) -> RequestBuilder {
    ask(Method::GET, file)
}

fn ask(method: Method, file: &Upload) -> RequestBuilder {
    reqwest::Client::new().request(method, file.file_url.as_ref().unwrap())
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_file_is_an_attachment_that_no_browser_shows_in_place() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let name = "../../\"Löwe\";.html";
    let file = completed(&alice, name, b"<script>".to_vec()).await;
    let whole = fetched(get(&file)).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(header(&whole, "Content-Type"), Some("text/html"));
    assert_eq!(header(&whole, "X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(header(&whole, "Accept-Ranges"), Some("bytes"));
    assert_eq!(header(&whole, "Cache-Control"), Some("private, no-cache"));
    let disposition = header(&whole, "Content-Disposition").unwrap();
    let expected = "attachment; filename=\".._..__L_we_;.html\"; filename*=UTF-8''..%2F..%2F%22L%C3%B6we%22%3B.html";
    assert_eq!(disposition, expected);
    assert!(header(&whole, "Content-Security-Policy").is_some());
    assert_eq!(whole.bytes().await.unwrap(), "<script>");
    let head = fetched(ask(Method::HEAD, &file)).await;
    assert_eq!(head.status(), 200);
    assert_eq!(header(&head, "Content-Length"), Some("8"));
    assert_eq!(header(&head, "Content-Disposition"), Some(expected));
}

#[tokio::test]
async fn ranges_across_blocks_are_exact() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let content = file_content(2 * MIB + 500);
    let file = completed(&alice, "film", content.clone()).await;
    let size = content.len();
    let cases = [
        ("bytes=0-0".to_owned(), 0, 1),
        (format!("bytes={}-{}", MIB - 2, MIB + 1), MIB - 2, MIB + 2),
        (format!("bytes={}-", 2 * MIB - 1), 2 * MIB - 1, size),
        ("bytes=-7".to_owned(), size - 7, size),
        (format!("bytes=10-{}", size * 2), 10, size),
    ];
    for (range, from, to) in cases {
        let part = fetched(get(&file).header("Range", &range)).await;
        assert_eq!(part.status(), 206, "{range}");
        let said = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(
            header(&part, "Content-Range"),
            Some(said.as_str()),
            "{range}"
        );
        assert!(part.bytes().await.unwrap() == content[from..to], "{range}");
    }
    let past = format!("bytes={size}-");
    let refused = fetched(get(&file).header("Range", &past)).await;
    assert_eq!(refused.status(), 416);
    let said = format!("bytes */{size}");
    assert_eq!(header(&refused, "Content-Range"), Some(said.as_str()));
    let asked = get(&file).header("Range", &past);
    assert_eq!(
        outcome(asked).await,
        (416, "RANGE_NOT_SATISFIABLE".to_owned())
    );
    for ignored in ["bytes=0-1,5-6", "pages=1-2", "bytes=b-a"] {
        let whole = fetched(get(&file).header("Range", ignored)).await;
        assert_eq!(whole.status(), 200, "{ignored}");
        assert!(whole.bytes().await.unwrap() == content, "{ignored}");
    }
    let head = fetched(ask(Method::HEAD, &file).header("Range", "bytes=0-9")).await;
    assert_eq!(
        (head.status().as_u16(), header(&head, "Content-Length")),
        (206, Some("10"))
    );
}

#[tokio::test]
async fn a_client_that_has_the_file_is_told_so() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let file = completed(&alice, "a", b"hello".to_vec()).await;
    let whole = fetched(get(&file)).await;
    let tag = header(&whole, "ETag").unwrap().to_owned();
    for known in [tag.as_str(), &format!("\"x\", W/{tag}"), "*"] {
        let answer = fetched(get(&file).header("If-None-Match", known)).await;
        assert_eq!(answer.status(), 304, "{known}");
        assert_eq!(header(&answer, "ETag"), Some(tag.as_str()));
    }
    let other = fetched(get(&file).header("If-None-Match", "\"x\"")).await;
    assert_eq!(other.status(), 200);
    let asked = |tag: &str| {
        get(&file)
            .header("Range", "bytes=1-2")
            .header("If-Range", tag)
    };
    assert_eq!(fetched(asked(&tag)).await.status(), 206);
    assert_eq!(fetched(asked("\"x\"")).await.status(), 200);
}

#[tokio::test]
async fn without_the_capability_there_is_no_file() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let file = completed(&alice, "a", b"hello".to_vec()).await;
    let other = completed(&alice, "b", b"hello".to_vec()).await;
    let url = file.file_url.clone().unwrap();
    let (_, capability) = url.split_once("?cap=").unwrap();
    assert!(capability.len() >= 22, "128 bits at least");
    let flipped: String = capability.chars().rev().collect();
    let nothing = (404, "NOT_FOUND".to_owned());
    let id = file.id;
    for path in [
        format!("/v1/files/{id}"),
        format!("/v1/files/{id}?cap="),
        format!("/v1/files/{id}?cap={flipped}"),
        format!("/v1/files/{id}?cap={}", &capability[1..]),
        format!("/v1/files/{}?cap={capability}", other.id),
        format!("/v1/files/{}?cap={capability}", UploadId(Uuid::now_v7())),
    ] {
        // Not even for its owner.
        let asked = request(&server, Some(&alice), Method::GET, &path);
        assert_eq!(outcome(asked).await, nothing, "{path}");
    }
    let malformed = request(&server, None, Method::GET, "/v1/files/..%2f..%2fetc?cap=x");
    assert_eq!(outcome(malformed).await.0, 400);
    let announced = CreateUploadRequest {
        file_name: "c".to_owned(),
        file_size: 5,
        content_type: "text/plain".to_owned(),
        uploader_id: None,
    };
    let open = alice.client.create_upload(&announced).await.unwrap();
    let early = format!("/v1/files/{}?cap={capability}", open.id);
    assert_eq!(
        outcome(request(&server, None, Method::GET, &early)).await,
        nothing
    );
}

/// Nobody signs in for a file, so requests are counted by where they come from, and by file.
#[tokio::test]
async fn requests_for_files_are_counted_by_address_and_by_file() {
    const PER_ADDRESS: u32 = 3;
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_FILES", "3/1h"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let alice = server.user("alice").await;
    let file = completed(&alice, "a", b"hello".to_vec()).await;
    let from = |address: u32| {
        let address = format!("192.0.2.{address}");
        fetched(get(&file).header("X-Forwarded-For", address))
    };
    let before = server.app().statements();
    let first = from(0).await;
    assert_eq!(first.status(), 200);
    assert_eq!(header(&first, "X-RateLimit-Bucket"), Some("files"));
    assert_eq!(server.app().statements() - before, 1, "one statement each");
    // Whoever does not know the capability uses up what the address may, and nothing of the file's.
    let unknown = format!("/v1/files/{}?cap=x", file.id);
    for _ in 1..PER_ADDRESS {
        let asked = request(&server, None, Method::GET, &unknown);
        assert_eq!(
            outcome(asked.header("X-Forwarded-For", "192.0.2.0"))
                .await
                .0,
            404
        );
    }
    let before = server.app().statements();
    let limited = from(0).await;
    assert_eq!(limited.status(), 429);
    assert!(header(&limited, "Retry-After").is_some());
    assert_eq!(server.app().statements(), before, "nothing was looked up");
    let left = 20 * PER_ADDRESS - 1;
    for number in 0..left {
        let answer = from(1 + number / PER_ADDRESS).await;
        assert_eq!(answer.status(), 200, "{number}");
    }
    // The file's own limit.
    let refused = outcome(get(&file).header("X-Forwarded-For", "192.0.2.200")).await;
    assert_eq!(refused, (429, "RATE_LIMIT_EXCEEDED".to_owned()));
}

#[tokio::test]
async fn addresses_are_below_the_configured_one() {
    let public = "https://chat.example.org/api";
    let server = TestServer::spawn_with(&[("PUBLIC_URL", "https://chat.example.org/api/")]).await;
    let alice = server.user("alice").await;
    let file = completed(&alice, "a", b"x".to_vec()).await;
    let id = file.id;
    assert_eq!(file.upload_url, format!("{public}/v1/uploads/{id}/data"));
    let url = file.file_url.unwrap();
    assert!(
        url.starts_with(&format!("{public}/v1/files/{id}?cap=")),
        "{url}"
    );
}
