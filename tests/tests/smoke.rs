//! The server answers, and what does not exist is refused in the same envelope as everything else.

use reqwest::{Method, StatusCode};
use sentinal_tests::{TestDatabase, TestServer};
use serde_json::{Value, json};

async fn get(server: &TestServer, path: &str) -> (StatusCode, Value) {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn ping_answers() {
    let server = TestServer::spawn().await;
    let (status, body) = get(&server, "/ping").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["success"], true);
}

#[tokio::test]
async fn health_and_readiness_answer_while_the_database_does() {
    let server = TestServer::spawn().await;
    for path in ["/health", "/ready", "/livez"] {
        let (status, body) = get(&server, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert_eq!(body["success"], true, "{path}: {body}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_envelope() {
    let server = TestServer::spawn().await;
    for path in ["/", "/v1/nothing", "/v2/messages", "/v1/auth/login/more"] {
        let (status, body) = get(&server, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(body["success"], false, "{path}");
        assert_eq!(body["code"], "NOT_FOUND", "{path}");
        assert!(body["request_id"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn another_method_is_405_and_names_the_allowed_ones() {
    let server = TestServer::spawn().await;
    let client = reqwest::Client::new();
    let cases = [
        (Method::GET, "/v1/auth/login", "POST"),
        (Method::PATCH, "/v1/messages", "POST"),
        (Method::DELETE, "/ping", "GET"),
    ];
    for (method, path, allowed) in cases {
        let answer = client.request(method, server.url(path)).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = answer.headers()["allow"].to_str().unwrap().to_owned();
        assert!(allow.contains(allowed), "{path}: {allow}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "METHOD_NOT_ALLOWED", "{path}");
    }
}

#[tokio::test]
async fn a_request_id_is_echoed_or_made() {
    let server = TestServer::spawn().await;
    let client = reqwest::Client::new();
    let named = client.get(server.url("/v1/nothing"));
    let answer = named
        .header("X-Request-ID", "abc-123")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-request-id"], "abc-123");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["request_id"], "abc-123");
    let answer = client.get(server.url("/ping")).send().await.unwrap();
    assert!(!answer.headers()["x-request-id"].is_empty());
}

#[tokio::test]
async fn people_sign_up_with_keys_and_read_their_profile() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let me = alice.client.me().await.unwrap();
    assert_eq!((me.id, me.username.as_str()), (alice.id, "alice"));
    let bob = server.user("bob").await;
    let devices = bob.client.peer_devices(alice.id).await.unwrap().devices;
    let seen: Vec<_> = devices
        .iter()
        .map(|it| (it.device_id.as_str(), it.has_keys))
        .collect();
    assert_eq!(json!(seen), json!([["alice-phone", true]]));
}

/// What this suite stands on: two tests never share a database.
#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (first, second) = tokio::join!(TestDatabase::create(), TestDatabase::create());
    assert_ne!(first.url(), second.url());
    assert_ne!(first.directory(), second.directory());
}
