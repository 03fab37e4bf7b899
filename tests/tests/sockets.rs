//! Opening, keeping and losing a socket.

use reqwest::StatusCode;
use sentinal_client::{
    Authenticate, ClientError, Ended, RawSocket, Socket, SocketEvent, SocketOptions,
};
use sentinal_protocol::event::{AuthOk, ErrorAnswer, EventKind, Pong, ServerDraining};
use sentinal_protocol::frame::{Auth, ClientFrame, FrameId};
use sentinal_protocol::{CloseCode, ErrorCode, limits};
use sentinal_tests::{Said, TestServer, Wire, patiently};
use serde_json::{Value, json};

const WAYS: [Authenticate; 5] = [
    Authenticate::Header,
    Authenticate::Query,
    Authenticate::Subprotocol,
    Authenticate::Ticket,
    Authenticate::FirstFrame,
];

async fn close_code(socket: &mut RawSocket) -> u16 {
    patiently("the close frame", socket.closed()).await.0
}

fn number(code: CloseCode) -> u16 {
    code.number()
}

#[tokio::test]
async fn every_way_to_authenticate_leads_to_hello() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    for authenticate in WAYS {
        let options = SocketOptions {
            authenticate,
            reconnect: false,
            ..SocketOptions::default()
        };
        let hello = alice.connect_with(options).await.hello().clone();
        assert_eq!(hello.user_id, alice.id, "{authenticate:?}");
        assert_eq!(hello.device_id, alice.device);
        assert_eq!(hello.heartbeat_seconds, limits::HEARTBEAT_SECONDS);
        assert!(!hello.connection_id.is_empty());
        let login = alice.client.login().unwrap();
        assert_eq!(hello.session_id, login.session_id);
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_before_the_upgrade_or_closes_the_socket() {
    let server = TestServer::spawn().await;
    for way in WAYS {
        let opened = RawSocket::connect_with(server.base_url(), way, "no-token").await;
        if way == Authenticate::FirstFrame {
            let mut socket = opened.unwrap();
            assert_eq!(
                close_code(&mut socket).await,
                number(CloseCode::Unauthorized)
            );
        } else {
            let refused = opened.err().unwrap();
            assert_eq!(refused.status(), Some(401), "{way:?}: {refused}");
            assert_eq!(refused.code(), Some(ErrorCode::Unauthorized), "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let ticket = alice.client.ticket().await.unwrap().ticket;
    let way = Authenticate::Ticket;
    let mut first = RawSocket::connect_with(server.base_url(), way, &ticket)
        .await
        .unwrap();
    patiently("hello", first.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let second = RawSocket::connect_with(server.base_url(), way, &ticket).await;
    assert_eq!(second.err().unwrap().status(), Some(401));
}

/// Says nothing for 10 s.
#[tokio::test]
async fn a_socket_that_does_not_authenticate_in_time_is_closed() {
    let server = TestServer::spawn().await;
    let mut socket = RawSocket::connect_anonymous(server.base_url())
        .await
        .unwrap();
    assert_eq!(
        close_code(&mut socket).await,
        number(CloseCode::AuthTimeout)
    );
}

#[tokio::test]
async fn the_first_frame_of_an_unknown_client_must_be_auth() {
    let server = TestServer::spawn().await;
    let mut socket = RawSocket::connect_anonymous(server.base_url())
        .await
        .unwrap();
    socket.send(ClientFrame::Ping).await.unwrap();
    let code = close_code(&mut socket).await;
    let expected = [number(CloseCode::Protocol), number(CloseCode::Unauthorized)];
    assert!(expected.contains(&code), "{code}");
    let mut socket = RawSocket::connect_anonymous(server.base_url())
        .await
        .unwrap();
    let long = format!("{{\"type\":\"auth\",\"token\":\"{}\"}}", "x".repeat(9_000));
    socket.send_text(long).await.unwrap();
    assert_eq!(
        close_code(&mut socket).await,
        number(CloseCode::FrameTooBig)
    );
}

#[tokio::test]
async fn the_door_without_an_upgrade_says_so() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let url = server.url("/v1/ws");
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let token = &alice.client.login().unwrap().access_token.clone();
    let asked = reqwest::Client::new().get(&url).bearer_auth(token);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "UPGRADE_REQUIRED");
}

/// Whatever asks for an upgrade elsewhere, or wrongly, gets the envelope and no socket.
#[tokio::test]
async fn only_a_valid_upgrade_of_the_door_is_accepted() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let token = alice.client.login().unwrap().access_token.clone();
    let upgrade = format!(
        "Host: localhost\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    );
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let cases = [
        (
            "another path",
            format!("GET /v1/messages HTTP/1.1\r\n{upgrade}{version}{key}"),
            "404",
        ),
        (
            "another method",
            format!("POST /v1/ws HTTP/1.1\r\n{upgrade}{version}{key}"),
            "405",
        ),
        (
            "no key",
            format!("GET /v1/ws HTTP/1.1\r\n{upgrade}{version}"),
            "400",
        ),
        (
            "no version",
            format!("GET /v1/ws HTTP/1.1\r\n{upgrade}{key}"),
            "4",
        ),
        (
            "a foreign page",
            format!(
                "GET /v1/ws HTTP/1.1\r\n{upgrade}{version}{key}Origin: https://evil.example\r\n"
            ),
            "403",
        ),
        (
            "a tunnel",
            "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n".to_owned(),
            "4",
        ),
    ];
    for (case, head, expected) in cases {
        let mut wire = Wire::connect(&server).await;
        wire.write(format!("{head}\r\n").as_bytes()).await.unwrap();
        let head = wire.read_head().await;
        let status = head.split(' ').nth(1).unwrap();
        assert!(status.starts_with(expected), "{case}: {head}");
        assert!(
            head.to_ascii_lowercase().contains("application/json"),
            "{case}: {head}"
        );
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut socket = alice.raw_socket().await;
    let id = socket.send(ClientFrame::Ping).await.unwrap();
    let pong = patiently("pong", socket.wait_for(EventKind::Pong))
        .await
        .unwrap();
    let pong = pong.says::<Pong>();
    assert_eq!(pong.id.as_ref().and_then(FrameId::as_u64), Some(id));
}

#[tokio::test]
async fn a_live_socket_renews_its_token() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut socket = alice.raw_socket().await;
    let renewed = alice.client.refresh().await.unwrap();
    let auth = |token: &str| {
        ClientFrame::Auth(Auth {
            token: format!("Bearer {token}"),
            resume: None,
        })
    };
    socket.send(auth(&renewed.access_token)).await.unwrap();
    let ok = patiently("auth:ok", socket.wait_for(EventKind::AuthOk))
        .await
        .unwrap();
    assert_eq!(ok.says::<AuthOk>().expires_at, renewed.expires_at);
    // Another login's token is not a renewal of this one.
    let bob = server.user("bob").await;
    let foreign = bob.client.login().unwrap().access_token.clone();
    socket.send(auth(&foreign)).await.unwrap();
    let ended = patiently("a refusal", socket.wait_for(EventKind::Error)).await;
    match ended {
        Ok(refusal) => assert_eq!(refusal.says::<ErrorAnswer>().code, "FORBIDDEN"),
        Err(ClientError::Closed { code, .. }) => assert_eq!(code, number(CloseCode::Unauthorized)),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn logging_out_closes_the_sockets_of_that_login() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device("alice-laptop").await;
    let mut phone_socket = alice.raw_socket().await;
    let mut laptop_socket = laptop.raw_socket().await;
    for socket in [&mut phone_socket, &mut laptop_socket] {
        patiently("hello", socket.wait_for(EventKind::Hello))
            .await
            .unwrap();
    }
    let phone_client = alice.client.clone();
    phone_client.log_out().await.unwrap();
    assert_eq!(
        close_code(&mut phone_socket).await,
        number(CloseCode::Unauthorized)
    );
    laptop_socket.send(ClientFrame::Ping).await.unwrap();
    patiently("pong", laptop_socket.wait_for(EventKind::Pong))
        .await
        .unwrap();
    laptop.client.log_out_everywhere().await.unwrap();
    assert_eq!(
        close_code(&mut laptop_socket).await,
        number(CloseCode::Unauthorized)
    );
}

#[tokio::test]
async fn removing_a_device_closes_its_sockets() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device("alice-laptop").await;
    let mut socket = laptop.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let devices = alice.client.devices().await.unwrap();
    let id = devices
        .iter()
        .find(|it| it.device_id == laptop.device)
        .unwrap()
        .id;
    alice.client.remove_device(id).await.unwrap();
    assert_eq!(
        close_code(&mut socket).await,
        number(CloseCode::DeviceRemoved)
    );
    let refused = laptop.client.me().await.unwrap_err();
    assert_eq!(refused.status(), Some(401));
}

#[tokio::test]
async fn the_eleventh_socket_takes_the_place_of_the_same_devices_oldest() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device("alice-laptop").await;
    let mut sockets = Vec::new();
    for _ in 0..limits::SOCKETS_PER_USER_MAX {
        let mut socket = alice.raw_socket().await;
        patiently("hello", socket.wait_for(EventKind::Hello))
            .await
            .unwrap();
        sockets.push(socket);
    }
    // Another device has none to give up.
    let way = Authenticate::Header;
    let refused = RawSocket::connect(&laptop.client, way).await.err().unwrap();
    assert_eq!(refused.status(), Some(429));
    assert_eq!(refused.code(), Some(ErrorCode::TooManyConnections));
    let mut newest = alice.raw_socket().await;
    patiently("hello", newest.wait_for(EventKind::Hello))
        .await
        .unwrap();
    assert_eq!(
        close_code(&mut sockets[0]).await,
        number(CloseCode::Replaced)
    );
    sockets[1].send(ClientFrame::Ping).await.unwrap();
    patiently("pong", sockets[1].wait_for(EventKind::Pong))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_refused_upgrade_tells_what_is_left_of_the_quota() {
    let limits = [("RATE_LIMIT", "on"), ("RATE_LIMIT_WS_CONNECT", "1/3600s")];
    let server = TestServer::spawn_with(&limits).await;
    let alice = server.user("alice").await;
    let _open = Wire::upgrade(&server, &alice).await;
    let token = alice.client.login().unwrap().access_token.clone();
    for (token, status, left) in [(token.as_str(), 429, 0), ("nonsense", 401, 1)] {
        let mut wire = Wire::connect(&server).await;
        let asked = format!(
            "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        wire.write(asked.as_bytes()).await.unwrap();
        let head = wire.read_head().await.to_ascii_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(head.contains("x-ratelimit-bucket: ws_connect"), "{head}");
        let remaining = format!("x-ratelimit-remaining: {left}\r\n");
        assert!(head.contains(&remaining), "{head}");
    }
}

#[tokio::test]
async fn logging_in_again_on_a_device_ends_its_earlier_login() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let mut again = bob.another_device_without_keys(&bob.device).await;
    let ended = next_end(bob.socket()).await;
    let code = number(CloseCode::Unauthorized);
    assert!(
        matches!(ended, Ended::Closed { code: it, .. } if it == code),
        "{ended:?}"
    );
    // It is the same device: its keys and its cursor are still there.
    alice.send_text(chat, 1).await;
    again.connect().await;
    assert_eq!(again.messages_until_synced().await, [1]);
}

async fn next_end(socket: &mut Socket) -> Ended {
    loop {
        let event = patiently("the end of the connection", socket.next_event()).await;
        match event.expect("an end is announced") {
            SocketEvent::Disconnected { ended, .. } => return ended,
            SocketEvent::Frame(_) | SocketEvent::Lost { .. } => {}
        }
    }
}
/// The session dies on one node and the client finds the same server again.
#[tokio::test]
async fn a_server_that_drains_tells_its_sockets_and_ends() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let told = async {
        let draining = socket.wait_for(EventKind::ServerDraining).await.unwrap();
        assert!(draining.says::<ServerDraining>().reconnect_after_ms < 60_000);
        socket.closed().await.0
    };
    let (code, ()) = tokio::join!(patiently("draining", told), server.stop());
    assert_eq!(code, number(CloseCode::Draining));
}

/// Each renewal of a token may ask the database: a socket is let do so a few times a minute, one after
/// the other, and what does not live is remembered like what does.
#[tokio::test]
async fn a_flood_of_auth_frames_asks_the_database_hardly_more_than_one() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let other = server.user("bob").await;
    let dead = other.client.login().unwrap().access_token.clone();
    other.client.log_out().await.unwrap();
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let before = server.app().statements();
    for _ in 0..200 {
        let auth = json!({"type": "auth", "id": 7, "token": dead});
        // The server may close before all of it is written.
        let _ = socket.send_text(auth.to_string()).await;
    }
    let (code, _) = patiently("the end", socket.closed()).await;
    assert_eq!(code, CloseCode::Limit.number());
    // What the server does by itself meanwhile is counted along.
    let asked = server.app().statements() - before;
    assert!(asked < 50, "{asked} statements");
    assert!(alice.client.me().await.is_ok());
}
