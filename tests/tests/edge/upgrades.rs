//! `GET /v1/ws` without a WebSocket in it.

use reqwest::StatusCode;
use sentinal_client::{Authenticate, RawSocket};
use sentinal_protocol::event::EventKind;
use sentinal_tests::{Site, TestServer, Wire, patiently};

use super::{status, token};

/// A way to show credentials: query, and lines of the head.
type Way = (&'static str, String, String);

fn ways(token: &str, ticket: &str) -> Vec<Way> {
    let way = |name, query: &str, header: &str| (name, query.to_owned(), header.to_owned());
    vec![
        way("header", "", &format!("Authorization: Bearer {token}\r\n")),
        way(
            "any case",
            "",
            &format!("Authorization:  bEARER   {token} \r\n"),
        ),
        way("query", &format!("?token={token}"), ""),
        way(
            "query with a scheme",
            &format!("?token=bearer%20{token}"),
            "",
        ),
        way(
            "subprotocol",
            "",
            &format!("Sec-WebSocket-Protocol: bearer, {token}\r\n"),
        ),
        way("ticket", &format!("?ticket={ticket}"), ""),
    ]
}

async fn answer(site: &Site, query: &str, version: &str, headers: &str) -> String {
    let mut wire = Wire::connect(site).await;
    let head = format!("GET /v1/ws{query} {version}\r\nHost: localhost\r\n{headers}\r\n");
    wire.write(head.as_bytes()).await.unwrap();
    wire.read_head().await
}

#[tokio::test]
async fn whoever_is_known_hears_that_an_upgrade_is_needed_and_nobody_else() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let ticket = alice.client.ticket().await.unwrap().ticket;
    let good = ways(&token(&alice), &ticket);
    let bad = ways("no-token", "no-ticket");
    let websocket = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let forms = [
        ("no upgrade", "HTTP/1.1", String::new()),
        (
            "another upgrade",
            "HTTP/1.1",
            "Connection: Upgrade\r\nUpgrade: h2c\r\n".to_owned(),
        ),
        ("no connection option", "HTTP/1.1", websocket.to_owned()),
        (
            "HTTP/1.0",
            "HTTP/1.0",
            format!("Connection: Upgrade\r\n{websocket}"),
        ),
    ];
    for (form, version, headers) in &forms {
        for (ways, expected) in [(&good, 426), (&bad, 401)] {
            for (way, query, credentials) in ways {
                let headers = format!("{headers}{credentials}");
                let head = answer(&server, query, version, &headers).await;
                assert_eq!(status(&head), expected, "{form}, {way}: {head}");
                let lower = head.to_ascii_lowercase();
                let names_upgrade = lower.contains("\r\nupgrade: websocket\r\n")
                    && lower.contains("\r\nsec-websocket-version: 13\r\n");
                assert_eq!(names_upgrade, expected == 426, "{form}, {way}: {head}");
            }
        }
        let head = answer(&server, "", version, headers).await;
        assert_eq!(status(&head), 401, "{form}, nobody: {head}");
    }
    // The ticket was shown often and never used.
    let opened = RawSocket::connect_with(server.base_url(), Authenticate::Ticket, &ticket).await;
    let mut socket = opened.unwrap();
    let hello = patiently("hello", socket.wait_for(EventKind::Hello)).await;
    hello.unwrap();
    let (_, query, credentials) = &good[5];
    let head = answer(&server, query, "HTTP/1.1", credentials).await;
    assert_eq!(status(&head), 401, "a used ticket: {head}");
}

#[tokio::test]
async fn another_version_is_told_which_one_is_spoken() {
    let server = TestServer::spawn().await;
    let headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let head = answer(&server, "", "HTTP/1.1", headers).await;
    assert_eq!(status(&head), StatusCode::UPGRADE_REQUIRED, "{head}");
    let lower = head.to_ascii_lowercase();
    assert!(
        lower.contains("\r\nsec-websocket-version: 13\r\n"),
        "{head}"
    );
}
