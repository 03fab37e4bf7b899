//! Many sockets at once: a few connect, the others wait for their turn and hold up nobody.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use sentinal_actors::connects::{CONNECTS_AT_ONCE, ConnectPermit};
use sentinal_client::{Authenticate, ClientError, RawSocket};
use sentinal_protocol::event::{EventKind, ServerFrame};
use sentinal_protocol::frame::{Auth, ClientFrame, Sync};
use sentinal_protocol::{CloseCode, ErrorCode, limits};
use sentinal_tests::{TestServer, TestUser, Wire, fetched, patiently, request, until};

/// Sockets of one address that may be unauthenticated at once.
const UNAUTHENTICATED_MAX: usize = 20;

/// Takes all permits but `left`, as so many connects would that the database does not answer.
async fn hold(server: &TestServer, left: usize) -> Vec<ConnectPermit> {
    let connects = server.app().connects();
    let permits = join_all((left..CONNECTS_AT_ONCE).map(|_| connects.acquire())).await;
    permits.into_iter().map(Result::unwrap).collect()
}

async fn until_waiting(server: &TestServer, count: usize) {
    until("connects that wait", async || {
        (server.app().connects().waiting() == count).then_some(())
    })
    .await;
}

/// Connects as soon as it may.
async fn hello(user: &TestUser, way: Authenticate) -> Result<ServerFrame, ClientError> {
    let mut socket = RawSocket::connect(&user.client, way).await?;
    socket.wait_for(EventKind::Hello).await
}

#[tokio::test]
async fn while_all_permits_are_taken_the_others_wait_and_plain_requests_do_not() {
    let server = TestServer::spawn().await;
    let mut people = Vec::new();
    for index in 0..=CONNECTS_AT_ONCE.div_ceil(limits::SOCKETS_PER_USER_MAX) {
        people.push(server.user(&format!("user{index}")).await);
    }
    let permits = hold(&server, 0).await;
    // Few by a first frame: 20 of one address may be unauthenticated at once.
    let way = Authenticate::Header;
    let ways = [way, way, way, Authenticate::FirstFrame];
    let sockets: Vec<_> = people
        .iter()
        .flat_map(|user| [user; limits::SOCKETS_PER_USER_MAX])
        .zip(ways.into_iter().cycle())
        .collect();
    let count = sockets.len();
    assert!(count > CONNECTS_AT_ONCE);
    let storm = join_all(sockets.into_iter().map(|(user, way)| hello(user, way)));
    let calm = async {
        until_waiting(&server, count).await;
        assert_eq!(server.app().connects().connecting(), CONNECTS_AT_ONCE);
        assert_eq!(server.app().directory().sockets(), 0);
        for path in ["/livez", "/ready", "/ping"] {
            let answer = fetched(request(&server, None, Method::GET, path)).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
        }
        // What is no token of ours is not let wait.
        let refused = RawSocket::connect_with(server.base_url(), Authenticate::Header, "none");
        let refused = patiently("a refusal", refused).await.err().unwrap();
        assert_eq!(refused.code(), Some(ErrorCode::Unauthorized));
        let way = Authenticate::FirstFrame;
        let mut refused = RawSocket::connect_with(server.base_url(), way, "none")
            .await
            .unwrap();
        let (code, _) = patiently("a refusal", refused.closed()).await;
        assert_eq!(code, CloseCode::Unauthorized.number());
        // One permit is enough for all of them, one after the other.
        let mut permits = permits;
        permits.pop();
        permits
    };
    let (connected, permits) =
        patiently("the storm's end", async { tokio::join!(storm, calm) }).await;
    for hello in connected {
        hello.unwrap();
    }
    until("the last permit's return", async || {
        (server.app().connects().connecting() == permits.len()).then_some(())
    })
    .await;
    assert_eq!(server.app().connects().waiting(), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_gives_its_place_up() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let permits = hold(&server, 0).await;
    let token = &alice.client.login().unwrap().access_token;
    let mut wire = Wire::connect(&server).await;
    let head = format!(
        "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    wire.write(head.as_bytes()).await.unwrap();
    let mut first_frame = RawSocket::connect(&alice.client, Authenticate::FirstFrame)
        .await
        .unwrap();
    until_waiting(&server, 2).await;
    drop(wire);
    until_waiting(&server, 1).await;
    first_frame.close().await.unwrap();
    drop(first_frame);
    until_waiting(&server, 0).await;
    drop(permits);
    hello(&alice, Authenticate::Header).await.unwrap();
}

/// A client that promises positions and names none would hold a permit for five seconds.
#[tokio::test]
async fn whoever_is_waited_for_holds_no_permit() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let permits = hold(&server, 1).await;
    let mut resuming = RawSocket::connect_to_resume(&alice.client).await.unwrap();
    let connected = hello(&bob, Authenticate::Header);
    patiently("bob's hello", connected).await.unwrap();
    // It is still waited for, or this were refused.
    let sync = Sync {
        cursors: std::collections::HashMap::new(),
    };
    resuming.send(ClientFrame::Sync(sync)).await.unwrap();
    let answers = async {
        let answer = resuming.wait_for(EventKind::Ok).await;
        answer.expect("positions in time");
        resuming.wait_for(EventKind::Hello).await
    };
    patiently("alice's hello", answers).await.unwrap();
    drop(permits);
}

#[tokio::test]
async fn a_server_that_drains_sends_away_who_waits() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let _permits = hold(&server, 0).await;
    let client = alice.client.clone();
    let waiting = tokio::spawn(async move {
        let socket = RawSocket::connect(&client, Authenticate::Header).await;
        socket.err().and_then(|error| error.code())
    });
    until_waiting(&server, 1).await;
    server.stop().await;
    let refused = patiently("a refusal", waiting).await.unwrap();
    assert_eq!(refused, Some(ErrorCode::Unhealthy));
}

/// A socket that was refused was never counted, so its end makes room for nobody.
#[tokio::test]
async fn refused_sockets_make_no_room_for_unauthenticated_ones() {
    let server = TestServer::spawn().await;
    let anonymous = async || {
        let opened = RawSocket::connect_anonymous(server.base_url()).await;
        opened.unwrap()
    };
    let mut counted = Vec::new();
    for _ in 0..UNAUTHENTICATED_MAX {
        counted.push(anonymous().await);
    }
    for _ in 0..3 {
        let (code, _) = patiently("a refusal", anonymous().await.closed()).await;
        assert_eq!(code, CloseCode::Limit.number());
    }
    // One that has shown a token makes room.
    let alice = server.user("alice").await;
    let token = alice.client.login().unwrap().access_token.clone();
    let mut known = counted.pop().unwrap();
    let auth = Auth {
        token,
        resume: None,
    };
    known.send(ClientFrame::Auth(auth)).await.unwrap();
    patiently("hello", known.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let mut next = anonymous().await;
    next.send(ClientFrame::Ping).await.unwrap();
    let (code, _) = patiently("a refusal of something else", next.closed()).await;
    assert_eq!(code, CloseCode::Unauthorized.number());
}
