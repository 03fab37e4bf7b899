//! The wall clock is set while something lasts, an hour back or two days ahead: what is measured
//! within the process takes no notice.

use std::time::Duration;

use sentinal_app::rate_limits::Bucket;
use sentinal_app::{Turn, request_hash};
use sentinal_client::RawSocket;
use sentinal_protocol::api::calls::OwnCallsQuery;
use sentinal_protocol::event::{CallEnded, EventKind};
use sentinal_protocol::frame::{ClientFrame, Typing};
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus as Status, CallStatus, Clock, CloseCode,
    ErrorCode, PresenceStatus, Timestamp,
};
use sentinal_tests::{Said, TestServer, TestUser, patiently, until};
use serde_json::Value;
use uuid::Uuid;

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);
const SECOND: Duration = Duration::from_secs(1);

/// What the wall clock is set to.
fn jumps() -> [Timestamp; 2] {
    let (hour, days) = (Duration::from_hours(1), Duration::from_hours(48));
    [START.minus(hour), START.plus(days)]
}

/// A server whose tokens outlive the jumps: they end by the wall.
async fn server() -> (TestServer, Clock) {
    let clock = Clock::manual(START);
    let settings = [("JWT_EXPIRY_HOURS", "96")];
    (TestServer::spawn_at(clock.clone(), &settings).await, clock)
}

async fn connected(user: &mut TestUser) {
    user.connect().await;
    user.messages_until_synced().await;
}

#[tokio::test]
async fn a_call_stops_ringing_when_its_time_is_over() {
    for to in jumps() {
        let (server, clock) = server().await;
        let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
        connected(&mut alice).await;
        connected(&mut bob).await;
        let made = alice.call(chat).await;
        bob.wait_for(EventKind::CallIncoming).await;
        clock.set(to);
        clock.advance_steady(SECOND * 46);
        for user in [&mut alice, &mut bob] {
            let told = user.wait_for(EventKind::CallEnded).await;
            assert_eq!(told.says::<CallEnded>().reason, CallEndReason::Timeout);
        }
        let query = OwnCallsQuery::default();
        let missed = bob.client.missed_calls(&query).await.unwrap();
        assert_eq!((missed.total, missed.calls[0].id), (1, made.id));
        // Its times are measured from when it was made.
        let over = alice.client.get_call(made.id).await.unwrap();
        assert_eq!(over.ended_at, Some(made.created_at.plus(SECOND * 46)));
    }
}

#[tokio::test]
async fn a_call_is_not_over_before_its_time_and_is_as_long_as_it_was() {
    for to in jumps() {
        let (server, clock) = server().await;
        let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
        let (carol, _dave, other_chat) = server.direct_chat("carol", "dave").await;
        let earlier = carol.call(other_chat).await;
        clock.advance(SECOND * 3);
        let made = alice.call(chat).await;
        clock.set(to);
        clock.advance_steady(SECOND * 43);
        // 46 s of one, 43 s of the other.
        let over = carol.call_at(earlier.id, CallStatus::Ended).await;
        assert_eq!(over.reason, Some(CallEndReason::Timeout));
        bob.join_call(made.id).await;
        alice.client.mark_call_connected(made.id).await.unwrap();
        clock.set(START);
        clock.set(to);
        let hours = Duration::from_hours(11);
        clock.advance_steady(hours);
        let lasted = alice.client.call_duration(made.id).await.unwrap();
        assert_eq!(lasted, hours.as_secs());
        clock.advance_steady(Duration::from_hours(1));
        let over = alice.call_at(made.id, CallStatus::Ended).await;
        assert_eq!(over.reason, Some(CallEndReason::Timeout));
        assert_eq!(over.duration, hours.as_secs() + 3600);
    }
}

#[tokio::test]
async fn who_loses_the_socket_in_a_call_has_twenty_seconds() {
    for to in jumps() {
        let (server, clock) = server().await;
        let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
        connected(&mut alice).await;
        connected(&mut bob).await;
        let made = alice.call(chat).await;
        bob.join_call(made.id).await;
        bob.disconnect().await;
        until("the server has noticed", async || {
            (!server.app().directory().is_online(bob.id)).then_some(())
        })
        .await;
        // The call hears of it behind what it was asked before.
        alice.client.mark_call_connected(made.id).await.unwrap();
        clock.set(to);
        clock.advance_steady(SECOND * 19);
        let lives = alice.client.mark_call_connected(made.id).await.unwrap();
        assert_eq!(lives.status, CallStatus::Connected);
        clock.advance_steady(SECOND * 2);
        let told = alice.wait_for(EventKind::CallEnded).await;
        assert_eq!(told.says::<CallEnded>().reason, CallEndReason::NetworkError);
        // For a minute a device that comes back is told so, whatever the wall shows.
        bob.connect().await;
        let told = bob.wait_for(EventKind::CallEnded).await;
        assert_eq!(told.says::<CallEnded>().call_id, made.id);
    }
}

/// A process left a call behind, and a mark that lies two days ahead of everybody's clock. (On SQLite
/// any other process is gone.)
#[tokio::test]
async fn a_call_of_a_dead_process_ends_although_its_mark_lies_ahead() {
    let (server, clock) = server().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let (database, id) = (server.database(), CallId::new(START));
    let (call, node) = (database.literal(id.0), database.literal(Uuid::now_v7()));
    let [chat, alice_id, bob_id] = [chat.0, alice.id.0, bob.id.0].map(|id| database.literal(id));
    let ahead = START.plus(Duration::from_hours(48)).0;
    let party = |user: &str, status: &str| {
        format!(
            "INSERT INTO call_participants (call_id, user_id, status, invited_at) \
             VALUES ({call}, {user}, '{status}', {ahead})"
        )
    };
    database
        .db_execute(&[
            format!("INSERT INTO nodes (id, seen_at) VALUES ({node}, {ahead})"),
            format!(
                "INSERT INTO calls (id, conversation_id, type, status, initiator_id, node_id, \
                 version, created_at) VALUES ({call}, {chat}, 'AUDIO', 'RINGING', {alice_id}, \
                 {node}, 1, {ahead})"
            ),
            party(&alice_id, "JOINED"),
            party(&bob_id, "RINGING"),
        ])
        .await;
    let over = until("the call has ended", async || {
        clock.advance_steady(SECOND);
        let call = alice.client.get_call(id).await.ok()?;
        (call.status == CallStatus::Ended).then_some(call)
    })
    .await;
    assert_eq!(over.reason, Some(CallEndReason::NetworkError));
    let mut parties = over.participants.iter();
    let of_bob = parties.find(|it| it.user_id == bob.id).unwrap();
    assert_eq!(of_bob.status, Status::Missed);
}

#[tokio::test]
async fn silence_of_ten_seconds_ends_writing() {
    for to in jumps() {
        let (server, clock) = server().await;
        let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
        connected(&mut bob).await;
        connected(&mut alice).await;
        let sender = alice.socket().sender();
        let conversation_id = chat;
        let frame = ClientFrame::TypingStarted(Typing { conversation_id });
        let answer = patiently("an answer", sender.request::<Value>(frame)).await;
        answer.unwrap();
        bob.wait_for(EventKind::TypingStarted).await;
        clock.set(to);
        clock.advance_steady(SECOND * 11);
        let next = loop {
            let frame = bob.next_frame().await;
            if let Some(kind @ (EventKind::TypingStarted | EventKind::TypingStopped)) = frame.kind()
            {
                break kind;
            }
        };
        assert_eq!(next, EventKind::TypingStopped);
    }
}

#[tokio::test]
async fn who_has_no_socket_is_here_for_ten_seconds_more() {
    for to in jumps() {
        let (server, clock) = server().await;
        let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
        connected(&mut bob).await;
        connected(&mut alice).await;
        let id = alice.id;
        let status = async || bob.client.presence(&[id]).await.unwrap()[0].status;
        until("alice is here", async || {
            (status().await == PresenceStatus::Online).then_some(())
        })
        .await;
        clock.advance(SECOND);
        alice.disconnect().await;
        until("the socket's end", async || {
            (server.app().directory().sockets() == 1).then_some(())
        })
        .await;
        // Presence has heard of it before it is asked.
        assert_eq!(status().await, PresenceStatus::Online);
        clock.set(to);
        clock.advance_steady(SECOND * 9);
        assert_eq!(status().await, PresenceStatus::Online);
        clock.advance_steady(SECOND * 2);
        until("alice is gone", async || {
            (status().await == PresenceStatus::Offline).then_some(())
        })
        .await;
    }
}

/// Ten seconds of real time, which is what a socket has to say who it is.
#[tokio::test]
async fn a_socket_has_its_time_to_authenticate() {
    for to in jumps() {
        let (server, clock) = server().await;
        let alice = server.user("alice").await;
        let anonymous = async || {
            RawSocket::connect_anonymous(server.base_url())
                .await
                .unwrap()
        };
        let (mut silent, mut slow) = (anonymous().await, anonymous().await);
        clock.set(to);
        let token = alice.client.login().unwrap().access_token.clone();
        let auth = format!("{{\"type\":\"auth\",\"token\":\"{token}\"}}");
        slow.send_text(auth).await.unwrap();
        let hello = patiently("hello", slow.wait_for(EventKind::Hello)).await;
        hello.unwrap();
        let (code, _) = patiently("the end", silent.closed()).await;
        assert_eq!(code, CloseCode::AuthTimeout.number());
    }
}

#[tokio::test]
async fn a_request_at_work_keeps_its_key() {
    const PATH: &str = "/v1/conversations";
    for to in jumps() {
        let (server, clock) = server().await;
        let alice = server.user("alice").await;
        let token = alice.client.login().unwrap().access_token.clone();
        let app = server.app();
        let caller = app.accounts.authenticate(&token).await.unwrap();
        let [first, other] = [b"1", b"2"].map(|body| request_hash("POST", PATH, "", body));
        let held = app
            .idempotency
            .take_turn(&caller, "k1", first, Bucket::General)
            .await
            .unwrap();
        assert!(matches!(held, Turn::First(_)));
        clock.set(to);
        let refused = app
            .idempotency
            .take_turn(&caller, "k1", other, Bucket::General)
            .await;
        let code = refused.err().map(|error| error.code);
        assert_eq!(code, Some(ErrorCode::IdempotencyConflict));
        drop(held);
        let free = app
            .idempotency
            .take_turn(&caller, "k1", first, Bucket::General)
            .await
            .unwrap();
        assert!(matches!(free, Turn::First(_)), "given up");
    }
}
