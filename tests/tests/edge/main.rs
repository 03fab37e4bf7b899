//! Where the server meets the network: who gets in when many come, what is answered before a body or
//! a WebSocket, and what operators hear meanwhile.

mod closes;
mod connections;
mod expectations;
mod operators;
mod unauthenticated;
mod upgrades;

use sentinal_tests::{TestUser, Wire};

/// Limits for networks, but for nothing else.
const NETWORKS_ALONE: [(&str, &str); 6] = [
    ("RATE_LIMIT", "on"),
    ("RATE_LIMIT_AUTH", "off"),
    ("RATE_LIMIT_MESSAGES", "off"),
    ("RATE_LIMIT_CALLS", "off"),
    ("RATE_LIMIT_GENERAL", "off"),
    ("RATE_LIMIT_WS_CONNECT", "off"),
];

/// The settings with [`NETWORKS_ALONE`].
fn limiting<'a>(settings: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    NETWORKS_ALONE.iter().chain(settings).copied().collect()
}

/// Asks for the head of `path` and leaves the connection open; what is answered.
async fn ask(wire: &mut Wire, path: &str, headers: &str) -> String {
    let head = format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    // A server that refuses the connection may have closed it.
    let _ = wire.write(head.as_bytes()).await;
    wire.read_head().await
}

/// The status in the head of an answer.
fn status(head: &str) -> u16 {
    head[9..12].parse().unwrap()
}

fn token(user: &TestUser) -> String {
    user.client.login().unwrap().access_token.clone()
}
