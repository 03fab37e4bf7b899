//! Calls when something dies, and very many at once: none rings for ever, and nothing stays behind.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use sentinal_protocol::event::{CallEnded, EventKind};
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus as Status, CallStatus, CallType, ConversationId,
    Timestamp,
};
use sentinal_tests::{Said, ServerProcess, Site, TestDatabase, TestServer, TestUser, until};
use uuid::Uuid;

/// Calls at once.
const CALLS: usize = 1_000;
/// Requests at once: what a node gets from as many phones.
const AT_ONCE: usize = 64;

#[tokio::test]
async fn a_call_does_not_outlive_its_server() {
    let mut server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let (carol, dave, other_chat) = server.direct_chat("carol", "dave").await;
    let ringing = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    let answered = carol
        .client
        .create_call(other_chat, CallType::Audio)
        .await
        .unwrap();
    let joined = dave
        .client
        .set_call_status(answered.id, dave.id, Status::Joined);
    joined.await.unwrap();
    server.kill();
    server.start().await;
    let over = alice.call_at(ringing.id, CallStatus::Ended).await;
    assert_eq!(over.reason, Some(CallEndReason::NetworkError));
    let statuses: Vec<_> = over.participants.iter().map(|it| it.status).collect();
    assert!(statuses.contains(&Status::Missed) && statuses.contains(&Status::Left));
    let over = carol.call_at(answered.id, CallStatus::Ended).await;
    assert!(over.participants.iter().all(|it| it.status == Status::Left));
    // Devices that come back are told, and the conversation is free.
    bob.connect().await;
    let told = bob.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.says::<CallEnded>().call_id, ringing.id);
    assert_eq!(told.says::<CallEnded>().reason, CallEndReason::NetworkError);
    alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .expect("a new call");
}

/// Bob's phone rang and went out of reach; what the server knew of the call was in its memory.
#[tokio::test]
async fn a_device_that_rang_hears_of_the_end_after_a_restart() {
    let mut server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let call = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    bob.wait_for(EventKind::CallIncoming).await;
    bob.disconnect().await;
    alice.client.end_call(call.id, None).await.unwrap();
    server.kill();
    server.start().await;
    bob.connect().await;
    let told = bob.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.says::<CallEnded>().call_id, call.id);
}

#[tokio::test]
async fn a_drain_ends_calls_and_says_so() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    bob.wait_for(EventKind::CallIncoming).await;
    let app = server.app().clone();
    let stopping = tokio::spawn(server.stop());
    let told = bob.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.says::<CallEnded>().reason, CallEndReason::NetworkError);
    stopping.await.unwrap();
    assert_eq!(app.directory().calls_running(), 0);
}

/// A row of a process that is gone: whoever comes first ends it, and it is in nobody's way.
#[tokio::test]
async fn a_call_that_nobody_keeps_is_ended_by_who_notices() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let lost = CallId::new(Timestamp(1_700_000_000_000));
    db_lost_call(server.database(), lost, chat, &alice, &bob).await;
    let made = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    let over = bob.client.get_call(lost).await.unwrap();
    assert_eq!(over.status, CallStatus::Ended);
    assert_eq!(over.reason, Some(CallEndReason::NetworkError));
    alice.client.end_call(made.id, None).await.unwrap();
    let lost = CallId::new(Timestamp(1_700_000_000_001));
    db_lost_call(server.database(), lost, chat, &alice, &bob).await;
    let late = bob
        .client
        .set_call_status(lost, bob.id, Status::Joined)
        .await;
    assert_eq!(late.unwrap_err().status(), Some(409));
    let lost = CallId::new(Timestamp(1_700_000_000_002));
    db_lost_call(server.database(), lost, chat, &alice, &bob).await;
    // Nobody asks: the registry finds it.
    alice.call_at(lost, CallStatus::Ended).await;
}

async fn db_lost_call(
    database: &TestDatabase,
    id: CallId,
    chat: ConversationId,
    alice: &TestUser,
    bob: &TestUser,
) {
    let (call, node) = (database.literal(id.0), database.literal(Uuid::now_v7()));
    let [chat, alice, bob] = [chat.0, alice.id.0, bob.id.0].map(|id| database.literal(id));
    let party = |user: &str, status: &str| {
        format!(
            "INSERT INTO call_participants (call_id, user_id, status, invited_at) \
             VALUES ({call}, {user}, '{status}', 1700000000000)"
        )
    };
    database
        .db_execute(&[
            format!(
                "INSERT INTO calls (id, conversation_id, type, status, initiator_id, node_id, \
                 version, created_at) VALUES ({call}, {chat}, 'AUDIO', 'RINGING', {alice}, \
                 {node}, 1, 1700000000000)"
            ),
            party(&alice, "JOINED"),
            party(&bob, "RINGING"),
        ])
        .await;
}

/// Groups with the same two people, each with a call of its own.
async fn many_chats(site: &Site, count: usize) -> (TestUser, TestUser, Vec<ConversationId>) {
    let (alice, bob) = (site.user("alice").await, site.user("bob").await);
    let chats = stream::iter(0..count)
        .map(|number| {
            let (client, other) = (alice.client.clone(), bob.id);
            async move {
                let chat = client
                    .create_group(&format!("group {number}"), vec![other])
                    .await;
                chat.unwrap().id
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    (alice, bob, chats)
}

#[tokio::test]
async fn a_thousand_calls_delay_no_message_and_leave_nothing_behind() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chats) = many_chats(&server, CALLS).await;
    let (carol, mut dave, talk) = server.direct_chat("carol", "dave").await;
    dave.connect().await;
    dave.messages_until_synced().await;
    bob.connect_without_ack().await;
    let actors = server.app().live_actors();
    let calling = async {
        stream::iter(&chats)
            .map(|chat| async {
                let call = alice
                    .client
                    .create_call(*chat, CallType::Audio)
                    .await
                    .unwrap();
                let asked = alice.client.add_call_participant(call.id, bob.id).await;
                asked.unwrap();
                call.id
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await
    };
    // Messages go on meanwhile, each as soon as it was sent.
    let talking = async {
        let mut slowest = Duration::ZERO;
        for number in 1..=50 {
            let started = Instant::now();
            carol.send_text(talk, number).await;
            assert_eq!(dave.next_number(talk).await, number);
            slowest = slowest.max(started.elapsed());
        }
        slowest
    };
    let (calls, slowest) = tokio::join!(calling, talking);
    assert_eq!(calls.len(), CALLS);
    assert_eq!(server.app().directory().calls_running(), CALLS);
    assert!(
        slowest < Duration::from_secs(3),
        "a message took {slowest:?}"
    );
    stream::iter(calls)
        .for_each_concurrent(AT_ONCE, |id| {
            let (client, bob) = (bob.client.clone(), bob.id);
            let alice = alice.client.clone();
            async move {
                client
                    .set_call_status(id, bob, Status::Joined)
                    .await
                    .unwrap();
                let ended = alice.end_call(id, None).await.unwrap();
                assert_eq!(ended.status, CallStatus::Ended);
            }
        })
        .await;
    let directory = server.app().directory();
    until("all calls are gone", async || {
        (directory.calls_running() == 0 && directory.users_in_calls() == 0).then_some(())
    })
    .await;
    until("no actor is left over", async || {
        let rooms = directory.rooms_running();
        (server.app().live_actors() <= actors + rooms).then_some(())
    })
    .await;
}
