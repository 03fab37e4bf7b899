//! The operators' own door.

use reqwest::StatusCode;
use sentinal_tests::{ServerProcess, Site, TestServer, Wire, patiently, until};

use super::{ask, status};

async fn get(site: &Site, path: &str) -> (StatusCode, String) {
    let answer = patiently("an answer", reqwest::get(site.url(path))).await;
    let answer = answer.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn operators_ask_at_a_door_of_their_own() {
    let server = TestServer::spawn_with(&[
        ("OPERATOR_ADDR", "127.0.0.1:0"),
        ("OPERATOR_NETWORKS", "10.0.0.0/8"),
    ])
    .await;
    let operators = server.operators();
    for path in ["/livez", "/ready", "/ready?for=reads", "/metrics"] {
        let (status, body) = get(&operators, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
    let (_, metrics) = get(&operators, "/metrics").await;
    assert!(metrics.contains("sentinal_connections "), "{metrics}");
    for path in ["/ping", "/v1/server", "/"] {
        assert_eq!(
            get(&operators, path).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["/livez", "/ready"] {
        assert_eq!(get(&server, path).await.0, StatusCode::OK, "{path}");
    }
    let (status, body) = get(&server, "/metrics").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}

/// Whoever fills the public door does not make a supervisor restart a healthy server.
#[tokio::test]
async fn a_full_public_door_does_not_matter_to_operators() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let server = ServerProcess::spawn_with(&[
        ("OPERATOR_ADDR", &address),
        ("CONNECTIONS_MAX", "2"),
        ("WORKERS", "1"),
    ])
    .await;
    let mut held = Vec::new();
    while held.len() < 2 {
        // The connection over which the server's start was waited for may be there still.
        let wire = until("a place", async || {
            let mut wire = Wire::connect(&server).await;
            let answer = ask(&mut wire, "/ping", "").await;
            (status(&answer) == 200).then_some(wire)
        });
        held.push(wire.await);
    }
    let mut refused = Wire::connect(&server).await;
    assert_eq!(status(&ask(&mut refused, "/livez", "").await), 503);
    let (healthy, said) = server.run(&["healthcheck"]);
    assert!(healthy, "{said}");
    drop(held);
}

/// The door is open until the end, and says that nobody should be sent here.
#[tokio::test]
async fn a_server_that_leaves_says_so_to_operators() {
    let server =
        TestServer::spawn_with(&[("OPERATOR_ADDR", "127.0.0.1:0"), ("DRAIN_DELAY", "1")]).await;
    let operators = server.operators();
    let unready = until("503", async || {
        let (status, body) = get(&operators, "/ready").await;
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(body)
    });
    let ((), body) = tokio::join!(server.stop(), unready);
    assert!(body.contains("draining"), "{body}");
    assert!(reqwest::get(operators.url("/livez")).await.is_err());
}
