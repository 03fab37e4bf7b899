//! Sockets that have not shown a token yet.

use futures_util::future::join_all;
use sentinal_protocol::CloseCode;
use sentinal_tests::{Site, TestServer, Wire, frame_header};

use super::status;

/// An upgraded socket that has not said who it is.
async fn anonymous(site: &Site, headers: &str) -> Wire {
    let mut wire = Wire::connect(site).await;
    let head = format!(
        "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    wire.write(head.as_bytes()).await.unwrap();
    assert_eq!(status(&wire.read_head().await), 101);
    wire
}

/// How many of these were let wait for a token; all others were sent away.
async fn waited_for(wires: &mut [Wire]) -> usize {
    let closes = join_all(wires.iter_mut().map(Wire::close_code)).await;
    let of = |code: CloseCode| closes.iter().filter(|it| **it == code.number()).count();
    assert_eq!(
        of(CloseCode::AuthTimeout) + of(CloseCode::Limit),
        closes.len()
    );
    of(CloseCode::AuthTimeout)
}

/// Whoever is refused gives nothing back that it never had. Takes the 10 s in which a token must come.
#[tokio::test]
async fn of_four_hundred_sockets_without_a_token_twenty_stay() {
    let server = TestServer::spawn().await;
    let mut wires = Vec::new();
    for _ in 0..400 {
        wires.push(anonymous(&server, "").await);
    }
    assert_eq!(waited_for(&mut wires).await, 20);
    // Their permits are given back: the next one is refused for what it says.
    let mut next = anonymous(&server, "").await;
    let ping = br#"{"type":"ping"}"#;
    let frame = [&frame_header(true, 1, ping.len() as u64)[..], ping].concat();
    next.write(&frame).await.unwrap();
    assert_eq!(next.close_code().await, CloseCode::Unauthorized.number());
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let server = TestServer::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let mut wires = Vec::new();
    for host in 1..=30 {
        wires.push(anonymous(&server, &format!("X-Forwarded-For: 2001:db8::{host:x}\r\n")).await);
    }
    for host in 1..=5 {
        let of_another = format!("X-Forwarded-For: 2001:db8:0:1::{host:x}\r\n");
        wires.push(anonymous(&server, &of_another).await);
    }
    assert_eq!(waited_for(&mut wires).await, 25);
}
