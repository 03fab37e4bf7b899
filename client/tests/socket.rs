//! A [`sentinal_client::Socket`] against a server of the test's own making, which can do wrong
//! what the real one does right: leave holes, repeat, close, fall silent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by failing, in its helpers too"
)]

use std::collections::HashMap;

use futures_util::{SinkExt as _, StreamExt as _};
use sentinal_client::protocol::event::{EventKind, ServerFrame};
use sentinal_client::protocol::frame::ClientFrame;
use sentinal_client::protocol::{
    CloseCode, ConversationId, ErrorCode, LoginSessionId, Timestamp, UserId,
};
use sentinal_client::{
    Client, ClientError, Ended, Login, Resume, Socket, SocketEvent, SocketOptions,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};
use uuid::Uuid;

const AT: &str = "2026-01-01T00:00:00.000Z";

/// One socket as the server sees it.
struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        let mut peer = Self(accept_async(stream).await.unwrap());
        peer.say(json!(EventKind::Hello.example())).await;
        peer
    }

    async fn say(&mut self, frame: Value) {
        let text = Message::text(frame.to_string());
        self.0.send(text).await.unwrap();
    }

    async fn revision(&mut self, revision: u64) {
        self.say(json!({
            "type": "revision", "timestamp": AT, "conversation_id": chat(), "revision": revision,
        }))
        .await;
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(_) => panic!("the client has closed"),
                _ => {}
            }
        }
    }

    async fn close(mut self, code: CloseCode, reason: &str) {
        let frame = CloseFrame {
            code: code.number().into(),
            reason: reason.to_owned().into(),
        };
        self.0.close(Some(frame)).await.unwrap();
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

fn chat() -> ConversationId {
    ConversationId(Uuid::from_u128(7))
}

async fn listener() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::new(&base).unwrap();
    client.set_login(Some(Login {
        user_id: UserId(Uuid::from_u128(1)),
        device_id: "phone".to_owned(),
        session_id: LoginSessionId(Uuid::from_u128(2)),
        access_token: "token".to_owned(),
        refresh_token: "refresh".to_owned(),
        expires_at: Timestamp(0),
    }));
    (listener, client)
}

async fn connect(
    listener: &TcpListener,
    client: &Client,
    options: SocketOptions,
) -> (Peer, Socket) {
    let (peer, socket) = tokio::join!(Peer::accept(listener), client.connect(options));
    let mut socket = socket.unwrap();
    assert_eq!(kind(&mut socket).await, Some(EventKind::Hello));
    (peer, socket)
}

async fn frame(socket: &mut Socket) -> ServerFrame {
    socket.next_frame().await.expect("an open socket")
}

async fn kind(socket: &mut Socket) -> Option<EventKind> {
    frame(socket).await.kind()
}

async fn revision(socket: &mut Socket) -> Option<u64> {
    frame(socket).await.revision()
}

/// The numbers jump: the socket leaves, comes back, and gets each revision once, in order.
#[tokio::test]
async fn a_hole_is_filled_by_connecting_again() {
    let (listener, client) = listener().await;
    let (mut peer, mut socket) = connect(&listener, &client, SocketOptions::default()).await;
    peer.revision(1).await;
    peer.revision(3).await;
    assert_eq!(revision(&mut socket).await, Some(1));
    let (mut peer, ended) = tokio::join!(Peer::accept(&listener), socket.next_event());
    let Some(SocketEvent::Disconnected { ended, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(ended, Ended::Hole);
    for replayed in 1..=3 {
        peer.revision(replayed).await;
    }
    assert_eq!(kind(&mut socket).await, Some(EventKind::Hello));
    assert_eq!(revision(&mut socket).await, Some(2));
    assert_eq!(revision(&mut socket).await, Some(3));
}

/// The same hole on the second socket will not be filled: the program is told and goes on.
#[tokio::test]
async fn a_hole_that_stays_is_reported_as_lost() {
    let (listener, client) = listener().await;
    let (mut peer, mut socket) = connect(&listener, &client, SocketOptions::default()).await;
    peer.revision(1).await;
    peer.revision(3).await;
    assert_eq!(revision(&mut socket).await, Some(1));
    let (mut peer, _) = tokio::join!(Peer::accept(&listener), socket.next_event());
    peer.revision(3).await;
    assert_eq!(kind(&mut socket).await, Some(EventKind::Hello));
    let lost = socket.next_event().await;
    let Some(SocketEvent::Lost { from, to, .. }) = lost else {
        panic!("{lost:?}");
    };
    assert_eq!((from, to), (2, 2));
    assert_eq!(revision(&mut socket).await, Some(3));
}

/// What was taken is acknowledged in one frame, also when the socket is closed at once.
#[tokio::test]
async fn what_was_taken_is_acknowledged_before_the_socket_closes() {
    let (listener, client) = listener().await;
    let (mut peer, mut socket) = connect(&listener, &client, SocketOptions::default()).await;
    for number in 1..=3 {
        peer.revision(number).await;
    }
    for number in 1..=3 {
        assert_eq!(revision(&mut socket).await, Some(number));
    }
    let ack = json!({"type": "ack", "conversation_id": chat(), "revision": 3});
    let (heard, ()) = tokio::join!(
        async {
            let heard = peer.hear().await;
            while let Some(Ok(_)) = peer.0.next().await {}
            heard
        },
        socket.close()
    );
    assert_eq!(heard, ack);
}

/// The program dies in the middle of the second event: only the first one is acknowledged.
#[tokio::test]
async fn what_the_program_has_in_hand_is_not_acknowledged() {
    let (listener, client) = listener().await;
    let (mut peer, mut socket) = connect(&listener, &client, SocketOptions::default()).await;
    peer.revision(1).await;
    peer.revision(2).await;
    assert_eq!(revision(&mut socket).await, Some(1));
    assert_eq!(revision(&mut socket).await, Some(2));
    let ack = json!({"type": "ack", "conversation_id": chat(), "revision": 1});
    assert_eq!(peer.hear().await, ack);
    drop(socket);
    let more = peer.0.next().await;
    assert!(!matches!(more, Some(Ok(Message::Text(_)))), "{more:?}");
}

/// A device that keeps its own positions names them first, and again when it comes back.
#[tokio::test]
async fn own_positions_are_named_at_every_connection() {
    let (listener, client) = listener().await;
    let options = SocketOptions {
        resume: Resume::Client(HashMap::from([(chat(), 5)])),
        ..SocketOptions::default()
    };
    let (mut peer, mut socket) = connect(&listener, &client, options).await;
    assert_eq!(
        peer.hear().await,
        json!({"type": "sync", "cursors": {chat().to_string(): 5}})
    );
    peer.revision(6).await;
    assert_eq!(revision(&mut socket).await, Some(6));
    let closing = peer.close(CloseCode::Draining, r#"{"reconnect_after_ms":1}"#);
    let ((), ended) = tokio::join!(closing, socket.next_event());
    assert!(matches!(
        ended,
        Some(SocketEvent::Disconnected { pause: Some(_), .. })
    ));
    let mut peer = Peer::accept(&listener).await;
    assert_eq!(
        peer.hear().await,
        json!({"type": "sync", "cursors": {chat().to_string(): 6}})
    );
}

/// Answers find their requests by id, in whatever order they come; a refusal is an error.
#[tokio::test]
async fn answers_find_their_requests() {
    let (listener, client) = listener().await;
    let (mut peer, socket) = connect(&listener, &client, SocketOptions::default()).await;
    let sender = socket.sender();
    let first = sender.request::<u64>(ClientFrame::Ping);
    let second = sender.request::<u64>(ClientFrame::Ping);
    let answering = async {
        let (first, second) = (peer.hear().await, peer.hear().await);
        peer.say(json!({"type": "error", "timestamp": AT, "id": second["id"],
            "code": "RATE_LIMIT_EXCEEDED", "error": "Too fast.", "retry_after_ms": 40}))
            .await;
        peer.say(json!({"type": "ok", "timestamp": AT, "id": first["id"], "data": 11}))
            .await;
    };
    let (first, second, ()) = tokio::join!(first, second, answering);
    assert_eq!(first.unwrap(), 11);
    let refusal = second.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::RateLimitExceeded));
    assert_eq!(refusal.status(), Some(429));
}

/// Whoever waits for an answer learns that the connection has ended instead.
#[tokio::test]
async fn a_request_under_way_fails_when_the_connection_ends() {
    let (listener, client) = listener().await;
    let (mut peer, socket) = connect(&listener, &client, SocketOptions::default()).await;
    let sender = socket.sender();
    let closing = async {
        peer.hear().await;
        peer.close(CloseCode::Internal, "internal").await;
    };
    let (answer, ()) = tokio::join!(sender.request::<Value>(ClientFrame::Ping), closing);
    assert!(matches!(
        answer,
        Err(ClientError::Closed { code: 4000, .. })
    ));
}

/// Close codes from 4400 on end the socket for good.
#[tokio::test]
async fn a_socket_that_was_replaced_stays_closed() {
    let (listener, client) = listener().await;
    let (peer, mut socket) = connect(&listener, &client, SocketOptions::default()).await;
    peer.close(CloseCode::Replaced, "replaced").await;
    let ended = socket.next_event().await;
    assert!(matches!(
        ended,
        Some(SocketEvent::Disconnected { pause: None, .. })
    ));
    assert!(socket.next_event().await.is_none());
}

/// Nothing piles up in front of a program that does not read: the connection is left unread.
#[tokio::test]
async fn a_program_that_does_not_read_holds_the_server_up_and_loses_nothing() {
    let (listener, client) = listener().await;
    let options = SocketOptions {
        events_len: 4,
        ..SocketOptions::default()
    };
    let (mut peer, mut socket) = connect(&listener, &client, options).await;
    let count = 500;
    let saying = async {
        for number in 1..=count {
            peer.revision(number).await;
        }
    };
    let reading = async {
        let mut seen = Vec::new();
        while seen.len() < 500 {
            seen.extend(revision(&mut socket).await);
        }
        seen
    };
    let ((), seen) = tokio::join!(saying, reading);
    assert_eq!(seen, (1..=count).collect::<Vec<_>>());
}
