//! The web app is in the binary, and its pages may do no more than they must.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, IF_NONE_MATCH};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use sentinal_tests::TestServer;
use serde_json::Value;

/// Asks without following redirects.
async fn ask(
    server: &TestServer,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let mut asked = client.request(method, server.url(path));
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    asked.send().await.unwrap()
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(|it| it.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

async fn code(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    (status, body["code"].clone())
}

/// What a browser sends for a page.
const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn a_browser_that_opens_the_server_finds_the_app() {
    let server = TestServer::spawn().await;
    let page = Client::new().get(server.url("/")).header(ACCEPT, PAGE.1);
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.url().path(), "/app/");
    assert!(page.text().await.unwrap().contains("<title>Sentinal Chat"));
    let root = ask(&server, Method::GET, "/", &[PAGE]).await;
    assert_eq!(root.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(header(root.headers(), "location"), "app/");
    assert!(header(root.headers(), "vary").contains("Accept"));
}

#[tokio::test]
async fn a_program_is_told_that_nothing_is_at_the_root() {
    let server = TestServer::spawn().await;
    let asked = [("accept", "application/json")];
    let answer = ask(&server, Method::GET, "/", &asked).await;
    assert_eq!(
        code(answer).await,
        (StatusCode::NOT_FOUND, "NOT_FOUND".into())
    );
}

#[tokio::test]
async fn the_page_loads_its_own_files_alone_and_knows_their_hashes() {
    let server = TestServer::spawn().await;
    let page = ask(&server, Method::GET, "/app/", &[]).await;
    let policy = header(page.headers(), "content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(page.headers(), "cache-control"), "no-cache");
    let html = page.text().await.unwrap();
    assert!(
        !html.contains("https://"),
        "it loads from elsewhere: {html}"
    );
    let files: Vec<&str> = html
        .split('"')
        .filter(|part| part.starts_with("./"))
        .collect();
    assert!(files.len() >= 3, "{html}");
    for file in files {
        let path = format!("/app/{}", file.trim_start_matches("./"));
        let answer = ask(&server, Method::GET, &path, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let caching = header(answer.headers(), "cache-control");
        let is_hashed = path.starts_with("/app/assets/");
        assert_eq!(
            caching.contains("immutable"),
            is_hashed,
            "{path}: {caching}"
        );
    }
    let scripts = html.matches("<script").count() + html.matches("rel=\"stylesheet\"").count();
    assert_eq!(
        html.matches("integrity=\"sha384-").count(),
        scripts,
        "{html}"
    );
}

#[tokio::test]
async fn files_come_compressed_where_that_is_taken_and_once() {
    let server = TestServer::spawn().await;
    let html = ask(&server, Method::GET, "/app/", &[])
        .await
        .text()
        .await
        .unwrap();
    let script = html
        .split('"')
        .find(|part| part.strip_suffix(".js").is_some())
        .unwrap();
    let path = format!("/app/{}", script.trim_start_matches("./"));
    let plain = ask(&server, Method::GET, &path, &[]).await;
    let plain_tag = header(plain.headers(), "etag");
    assert_eq!(header(plain.headers(), "content-encoding"), "");
    let plain = plain.bytes().await.unwrap();

    let brotli = [(ACCEPT_ENCODING.as_str(), "gzip, deflate, br")];
    let small = ask(&server, Method::GET, &path, &brotli).await;
    assert_eq!(header(small.headers(), "content-encoding"), "br");
    let tag = header(small.headers(), "etag");
    assert_ne!(tag, plain_tag);
    let small = small.bytes().await.unwrap();
    assert!(
        small.len() < plain.len() / 2,
        "{} of {}",
        small.len(),
        plain.len()
    );
    let refused = [(ACCEPT_ENCODING.as_str(), "br;q=0, gzip")];
    let refused = ask(&server, Method::GET, &path, &refused).await;
    assert_eq!(header(refused.headers(), "content-encoding"), "");

    let known = [brotli[0], (IF_NONE_MATCH.as_str(), tag.as_str())];
    let known = ask(&server, Method::GET, &path, &known).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let any = [(IF_NONE_MATCH.as_str(), "*")];
    let any = ask(&server, Method::GET, &path, &any).await;
    assert_eq!(any.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_is_no_file_of_the_app_is_refused() {
    let server = TestServer::spawn().await;
    for path in [
        "/app/nothing",
        "/app/../Cargo.toml",
        "/app/%2e%2e/files.rs",
        "/app/files.rs",
    ] {
        let answer = ask(&server, Method::GET, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let entrance = ask(&server, Method::GET, "/app", &[]).await;
    assert_eq!(header(entrance.headers(), "location"), "app/");
    let posted = ask(&server, Method::POST, "/app/", &[]).await;
    let refused = (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED".into());
    assert_eq!(code(posted).await, refused);
}

#[tokio::test]
async fn a_server_can_do_without_the_app() {
    let server = TestServer::spawn_with(&[("WEB_APP", "off")]).await;
    for path in ["/", "/app", "/app/", "/app/icon.svg"] {
        let answer = ask(&server, Method::GET, path, &[PAGE]).await;
        assert_eq!(
            code(answer).await,
            (StatusCode::NOT_FOUND, "NOT_FOUND".into()),
            "{path}"
        );
    }
}
