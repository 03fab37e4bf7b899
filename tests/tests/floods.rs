//! One socket says far more than anybody needs: it is refused, slowed down or closed, and costs others
//! little.

use reqwest::Method;
use sentinal_client::RawSocket;
use sentinal_protocol::CloseCode;
use sentinal_protocol::event::{ErrorAnswer, EventKind};
use sentinal_protocol::frame::FrameKind;
use sentinal_tests::{Said, TestServer, TestUser, Wire, frame_header, outcome, patiently, request};
use serde_json::json;

const KIB: usize = 1024;

async fn connected(user: &TestUser) -> RawSocket {
    let mut socket = user.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    socket
}

/// Sends this text until the server closes; how it did.
async fn flood(socket: &mut RawSocket, text: &str) -> u16 {
    for _ in 0..4_000 {
        // The server may close before all of it is written.
        if socket.send_text(text.to_owned()).await.is_err() {
            break;
        }
    }
    patiently("the end", socket.closed()).await.0
}

#[tokio::test]
async fn every_kind_of_frame_is_refused_above_its_number_and_far_above_closes_the_socket() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let example = |kind: FrameKind| serde_json::to_string(&kind.example()).unwrap();
    for (text, handled) in [
        (example(FrameKind::TypingStarted), 60),
        (example(FrameKind::PresenceAway), 30),
        (example(FrameKind::Ping), 60),
        (example(FrameKind::CallDecline), 300),
        (example(FrameKind::Auth), 10),
        (example(FrameKind::Sync), 10),
        (json!({"type": "nothing"}).to_string(), 60),
        (json!({"no": "type"}).to_string(), 60),
    ] {
        let mut socket = connected(&alice).await;
        let before = server.app().statements();
        assert_eq!(
            flood(&mut socket, &text).await,
            CloseCode::Limit.number(),
            "{text}"
        );
        // Each of them may ask twice; what the server does by itself meanwhile is counted along.
        let asked = server.app().statements() - before;
        assert!(asked < 2 * handled + 50, "{text}: {asked} statements");
    }
    let mut socket = connected(&alice).await;
    for _ in 0..=60 {
        let text = json!({"type": "nothing", "id": 7});
        socket.send_text(text.to_string()).await.unwrap();
    }
    let refused = async {
        loop {
            let error = socket.wait_for(EventKind::Error).await.unwrap();
            let error = error.says::<ErrorAnswer>().clone();
            if error.code == "RATE_LIMIT_EXCEEDED" {
                break error;
            }
        }
    };
    let refused = patiently("a refusal", refused).await;
    assert!(refused.retry_after_ms.is_some_and(|wait| wait <= 60_000));
    assert!(refused.id.is_some());
}

#[tokio::test]
async fn pings_of_the_websocket_are_counted_too() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut wire = Wire::upgrade(&server, &alice).await;
    for _ in 0..601 {
        wire.write(&frame_header(true, 9, 0)).await.unwrap();
    }
    assert_eq!(wire.close_code().await, CloseCode::Limit.number());
}

/// Whoever comes back after long acknowledges much: that is only read more slowly.
#[tokio::test]
async fn too_many_acks_are_read_more_slowly_and_all_answered() {
    const ACKS: usize = 6_100;
    let server = TestServer::spawn().await;
    let (alice, _, chat) = server.direct_chat("alice", "bob").await;
    let mut socket = connected(&alice).await;
    // What was not sent cannot be acknowledged.
    patiently("everything", socket.wait_for(EventKind::SyncComplete))
        .await
        .unwrap();
    let mut left = ACKS;
    while left > 0 {
        let some = left.min(100);
        for id in 0..some {
            let ack = json!({"type": "ack", "id": id, "conversation_id": chat, "revision": 1});
            socket.send_text(ack.to_string()).await.unwrap();
        }
        for _ in 0..some {
            patiently("an answer", socket.wait_for(EventKind::Ok))
                .await
                .unwrap();
        }
        left -= some;
    }
}

#[tokio::test]
async fn a_message_that_is_never_complete_is_not_waited_for() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut whole = Wire::upgrade(&server, &alice).await;
    let mut fragments = Wire::upgrade(&server, &alice).await;
    whole.write(&frame_header(true, 1, 100)).await.unwrap();
    whole.write(b"{\"type\"").await.unwrap();
    fragments.write(&frame_header(false, 1, 1)).await.unwrap();
    fragments.write(b"{").await.unwrap();
    assert_eq!(whole.close_code().await, CloseCode::Protocol.number());
    assert_eq!(fragments.close_code().await, CloseCode::Protocol.number());
}

#[tokio::test]
async fn unfinished_messages_of_one_network_have_a_share_of_the_memory() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut wires = Vec::new();
    for _ in 0..9 {
        let mut wire = Wire::upgrade(&server, &alice).await;
        let header = frame_header(true, 1, 1024 * KIB as u64);
        wire.write(&header).await.unwrap();
        // The server may close before all of it is written.
        let _ = wire.write(&vec![b' '; 1000 * KIB]).await;
        wires.push(wire);
    }
    let mut last = wires.pop().unwrap();
    assert_eq!(last.close_code().await, CloseCode::Overloaded.number());
    // What arrives whole is not held up, and what has ended is given back.
    let me = request(&server, Some(&alice), Method::GET, "/v1/users/me");
    assert_eq!(outcome(me).await.0, 200);
    drop(wires);
    let mut again = connected(&alice).await;
    again
        .send_text(json!({"type": "ping"}).to_string())
        .await
        .unwrap();
    patiently("a pong", again.wait_for(EventKind::Pong))
        .await
        .unwrap();
}
