//! `Expect: 100-continue`: leave to send a body is given once nothing in the head speaks against it.

use sentinal_tests::{Site, TestServer, Wire};

use super::{status, token};

/// The first head that comes back, before any body was sent.
async fn first(site: &Site, request_line: &str, headers: &str) -> (u16, Wire) {
    let mut wire = Wire::connect(site).await;
    let head = format!(
        "{request_line} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\
         Content-Type: application/json\r\n{headers}\r\n"
    );
    wire.write(head.as_bytes()).await.unwrap();
    let head = wire.read_head().await;
    (status(&head), wire)
}

#[tokio::test]
async fn whoever_is_refused_in_the_end_gets_no_leave_to_send_a_body() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let known = format!("Authorization: Bearer {}\r\n", token(&alice));
    let cases = [
        ("POST /v1/conversations", "Content-Length: 2\r\n", 401),
        (
            "POST /v1/conversations",
            "Content-Length: 2\r\nAuthorization: Bearer none\r\n",
            401,
        ),
        ("PUT /v1/uploads/1/data", "Content-Length: 1000\r\n", 401),
        ("POST /v1/auth/login", "Content-Length: 20000\r\n", 413),
        ("POST /v1/nothing", "Content-Length: 2\r\n", 404),
        ("POST /ping", "Content-Length: 2\r\n", 405),
    ];
    for (line, headers, expected) in cases {
        let (status, _) = first(&server, line, headers).await;
        assert_eq!(status, expected, "{line} {headers}");
    }
    let large = format!("Content-Length: 2000000\r\n{known}");
    assert_eq!(
        first(&server, "POST /v1/conversations", &large).await.0,
        413
    );
}

#[tokio::test]
async fn everybody_else_gets_leave_and_then_an_answer() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let body = r#"{"type":"GROUP","subject":"by leave","participants":[]}"#;
    let headers = format!(
        "Authorization: Bearer {}\r\nContent-Length: {}\r\n",
        token(&alice),
        body.len()
    );
    let (leave, mut wire) = first(&server, "POST /v1/conversations", &headers).await;
    assert_eq!(leave, 100);
    wire.write(body.as_bytes()).await.unwrap();
    assert_eq!(status(&wire.read_head().await), 201);

    // A public route, a body in chunks.
    let headers = "Transfer-Encoding: chunked\r\n";
    let (leave, mut wire) = first(&server, "POST /v1/auth/login", headers).await;
    assert_eq!(leave, 100);
    wire.write(b"2\r\n{}\r\n0\r\n\r\n").await.unwrap();
    assert_eq!(status(&wire.read_head().await), 422);

    // There is nothing to give leave for.
    let known = format!("Authorization: Bearer {}\r\n", token(&alice));
    assert_eq!(first(&server, "GET /v1/users/me", &known).await.0, 200);
    assert_eq!(
        first(&server, "POST /v1/conversations", &known).await.0,
        400
    );
}

#[tokio::test]
async fn past_the_quota_there_is_no_leave() {
    let settings = [("RATE_LIMIT", "on"), ("RATE_LIMIT_AUTH", "off")];
    let server =
        TestServer::spawn_with(&[&settings[..], &[("RATE_LIMIT_GENERAL", "20/1h")]].concat()).await;
    let alice = server.user("alice").await;
    let headers = format!(
        "Content-Length: 2\r\nAuthorization: Bearer {}\r\n",
        token(&alice)
    );
    let mut seen = Vec::new();
    while seen.last() != Some(&429) {
        assert!(seen.len() < 30, "{seen:?}");
        let (status, mut wire) = first(&server, "POST /v1/conversations", &headers).await;
        if status == 100 {
            wire.write(b"{}").await.unwrap();
            wire.read_head().await;
        }
        seen.push(status);
    }
    assert!(seen.contains(&100), "{seen:?}");
}
