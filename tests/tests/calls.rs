//! Calls over REST: making, answering, ending them, and who is told.

use std::time::Duration;

use sentinal_protocol::api::calls::{Call, CallsQuery, OwnCallsQuery};
use sentinal_protocol::event::{
    CallAccepted, CallAnsweredElsewhere, CallDeclined, CallEnded, CallIncoming,
    CallParticipantChanged, EventKind,
};
use sentinal_protocol::{
    CallDecline, CallEndReason, CallParticipantStatus as Status, CallStatus, CallType, Clock,
    ConversationId, ErrorCode, Timestamp,
};
use sentinal_tests::{Said, TestServer, TestUser, code, until};
use serde_json::{Value, json};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);

async fn server_with_clock() -> (TestServer, Clock) {
    let clock = Clock::manual(START);
    (TestServer::spawn_at(clock.clone(), &[]).await, clock)
}

fn of_call(chat: ConversationId) -> CallsQuery {
    CallsQuery {
        conversation_id: chat,
        page: None,
        limit: None,
    }
}

fn status_of(call: &Call, user: &TestUser) -> Status {
    let mut parties = call.participants.iter();
    parties.find(|it| it.user_id == user.id).unwrap().status
}

#[tokio::test]
async fn a_call_rings_is_answered_connected_and_ended() {
    let (server, clock) = server_with_clock().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let made = alice.call(chat).await;
    assert_eq!(made.status, CallStatus::Initiated);
    assert_eq!(made.initiator_id, Some(alice.id));
    assert_eq!(
        (made.started_at, made.ended_at, made.duration),
        (None, None, 0)
    );
    assert_eq!(status_of(&made, &alice), Status::Joined);
    assert_eq!(status_of(&made, &bob), Status::Invited);

    let incoming = bob.wait_for(EventKind::CallIncoming).await;
    let incoming = incoming.says::<CallIncoming>();
    assert_eq!(
        (incoming.user_id, incoming.conversation_id),
        (alice.id, chat)
    );
    assert_eq!(incoming.call_id, made.id);
    let rings = alice.wait_for(EventKind::CallParticipant).await;
    let rings = rings.says::<CallParticipantChanged>();
    assert_eq!(rings.participant.status, Status::Ringing);
    assert_eq!(rings.call.status, CallStatus::Ringing);
    alice.call_at(made.id, CallStatus::Ringing).await;
    let live = bob
        .client
        .active_calls(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!(live.calls[0].id, made.id);

    bob.join_call(made.id).await;
    let accepted = alice.wait_for(EventKind::CallAccepted).await;
    let accepted = accepted.says::<CallAccepted>();
    assert_eq!(accepted.user_id, bob.id);
    let device = accepted.participant.device_id.as_deref();
    assert_eq!(device, Some("bob-phone"));
    let connected = bob.client.mark_call_connected(made.id).await.unwrap();
    assert_eq!(connected.status, CallStatus::Connected);
    assert_eq!(connected.started_at, Some(clock.now()));
    assert_eq!(
        alice
            .client
            .mark_call_connected(made.id)
            .await
            .unwrap()
            .started_at,
        connected.started_at,
        "twice is once"
    );
    clock.advance(Duration::from_secs(5));
    assert_eq!(alice.client.call_duration(made.id).await.unwrap(), 5);

    let ended = bob.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Completed));
    let bobs = bob.id;
    for user in [&mut alice, &mut bob] {
        let told = user.wait_for(EventKind::CallEnded).await;
        let told = told.says::<CallEnded>();
        assert_eq!((told.user_id, told.ended_by), (Some(bobs), Some(bobs)));
        assert_eq!(told.reason, CallEndReason::Completed);
        assert_eq!(told.duration_seconds, 5);
        assert_eq!(told.call.status, CallStatus::Ended);
    }
    clock.advance(Duration::from_secs(5));
    let again = alice
        .client
        .end_call(made.id, Some(CallEndReason::Failed))
        .await;
    assert_eq!(again.unwrap(), ended, "twice changes nothing");
    assert_eq!(ended.duration, 5);
    for user in [&alice, &bob] {
        assert_eq!(status_of(&ended, user), Status::Left);
        let own = user
            .client
            .own_calls(&OwnCallsQuery::default())
            .await
            .unwrap();
        assert_eq!((own.total, &own.calls[0]), (1, &ended));
        let listed = user.client.calls(&of_call(chat)).await.unwrap();
        assert_eq!(listed.calls, own.calls);
        let active = user
            .client
            .active_calls(&OwnCallsQuery::default())
            .await
            .unwrap();
        assert_eq!(active.total, 0);
        let missed = user
            .client
            .missed_calls(&OwnCallsQuery::default())
            .await
            .unwrap();
        assert_eq!(missed.total, 0);
    }
    assert_eq!(server.app().directory().calls_running(), 0);
    assert_eq!(server.app().directory().users_in_calls(), 0);
}

/// Both call at once: one call is made, and the other one may join it.
#[tokio::test]
async fn in_a_glare_the_second_learns_of_the_call_of_the_first() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let (one, other) = tokio::join!(
        alice.client.create_call(chat, CallType::Audio),
        bob.client.create_call(chat, CallType::Audio),
    );
    let (made, refusal, late) = match (one, other) {
        (Ok(made), Err(refusal)) => (made, refusal, &bob),
        (Err(refusal), Ok(made)) => (made, refusal, &alice),
        both => panic!("{both:?}"),
    };
    assert_eq!(refusal.code(), Some(ErrorCode::CallInProgress));
    let details: Value = refusal.details().unwrap();
    assert_eq!(details["call_id"], json!(made.id));
    late.join_call(made.id).await;
    let again = alice.client.create_call(chat, CallType::Audio).await;
    assert_eq!(code(again), ErrorCode::CallInProgress);
}

#[tokio::test]
async fn of_many_devices_that_answer_at_once_one_wins_and_the_others_stop_ringing() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut devices = vec![bob];
    for name in ["tablet", "laptop", "watch"] {
        devices.push(devices[0].another_device(name).await);
    }
    for device in &mut devices {
        device.connect().await;
    }
    let made = alice.call(chat).await;
    for device in &mut devices {
        device.wait_for(EventKind::CallIncoming).await;
    }
    let accept = |device: &TestUser| {
        let (client, id) = (device.client.clone(), device.id);
        async move { client.set_call_status(made.id, id, Status::Joined).await }
    };
    let answers = futures_util::future::join_all(devices.iter().map(accept)).await;
    let won: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{answers:?}");
    for (device, answer) in devices.iter_mut().zip(answers) {
        match answer {
            Ok(participant) => assert_eq!(participant.device_id.as_ref(), Some(&device.device)),
            Err(error) => {
                assert_eq!(error.code(), Some(ErrorCode::AlreadyAnswered));
                let told = device.wait_for(EventKind::CallAnsweredElsewhere).await;
                assert_eq!(told.says::<CallAnsweredElsewhere>().status, Status::Joined);
            }
        }
    }
    // What the database says is what was told.
    let stored = alice.client.get_call(made.id).await.unwrap();
    assert_eq!(status_of(&stored, &devices[0]), Status::Joined);
}

#[tokio::test]
async fn a_decline_ends_a_call_between_two_and_stops_the_other_devices() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    alice.connect().await;
    bob.connect().await;
    tablet.connect().await;
    for (status, reason) in [
        (Status::Declined, CallDecline::Declined),
        (Status::Busy, CallDecline::Busy),
    ] {
        let made = alice.call(chat).await;
        tablet.wait_for(EventKind::CallIncoming).await;
        bob.wait_for(EventKind::CallIncoming).await;
        let declined = bob.client.set_call_status(made.id, bob.id, status).await;
        assert_eq!(declined.unwrap().status, status);
        let told = alice.wait_for(EventKind::CallDeclined).await;
        assert_eq!(told.says::<CallDeclined>().reason, reason);
        let told = tablet.wait_for(EventKind::CallAnsweredElsewhere).await;
        assert_eq!(told.says::<CallAnsweredElsewhere>().status, status);
        for user in [&mut alice, &mut bob, &mut tablet] {
            let told = user.wait_for(EventKind::CallEnded).await;
            assert_eq!(told.says::<CallEnded>().reason, CallEndReason::Declined);
        }
        let late = tablet
            .client
            .set_call_status(made.id, bob.id, Status::Joined)
            .await;
        assert_eq!(code(late), ErrorCode::AlreadyAnswered);
        let again = bob.client.set_call_status(made.id, bob.id, status).await;
        assert_eq!(again.unwrap().status, status, "twice is once");
    }
}

#[tokio::test]
async fn a_call_that_nobody_answers_stops_ringing_and_is_missed() {
    let (server, clock) = server_with_clock().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let made = alice.call(chat).await;
    bob.wait_for(EventKind::CallIncoming).await;
    clock.advance(Duration::from_secs(46));
    for user in [&mut alice, &mut bob] {
        let told = user.wait_for(EventKind::CallEnded).await;
        assert_eq!(told.says::<CallEnded>().reason, CallEndReason::Timeout);
        assert_eq!(told.says::<CallEnded>().ended_by, None);
    }
    let missed = bob
        .client
        .missed_calls(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!((missed.total, missed.calls[0].id), (1, made.id));
    assert_eq!(status_of(&missed.calls[0], &bob), Status::Missed);
    let none = alice
        .client
        .missed_calls(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!(none.total, 0);
    let late = bob
        .client
        .set_call_status(made.id, bob.id, Status::Joined)
        .await;
    assert_eq!(code(late), ErrorCode::CallEnded);
    // Who hangs up before anybody answers has called in vain, too.
    let made = alice.call(chat).await;
    let ended = alice.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Missed));
    assert_eq!(status_of(&ended, &bob), Status::Missed);
}

#[tokio::test]
async fn two_who_have_joined_count_as_connected_after_half_a_minute() {
    let (server, clock) = server_with_clock().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = alice.call(chat).await;
    let early = alice.client.mark_call_connected(made.id).await;
    assert_eq!(code(early), ErrorCode::Conflict);
    bob.join_call(made.id).await;
    let joined = alice.client.get_call(made.id).await.unwrap();
    assert_eq!(joined.status, CallStatus::Initiated);
    clock.advance(Duration::from_secs(31));
    let connected = alice.call_at(made.id, CallStatus::Connected).await;
    assert!(connected.started_at.is_some());
    // Nobody of them ever had a socket: nothing but its longest time ends it.
    clock.advance(Duration::from_hours(11));
    assert_eq!(
        alice.client.call_duration(made.id).await.unwrap(),
        11 * 3600
    );
    clock.advance(Duration::from_hours(1));
    for user in [&alice, &bob] {
        let signed_in = user
            .client
            .sign_in(&user.name, user.password(), &user.device);
        signed_in.await.unwrap();
    }
    let ended = alice.call_at(made.id, CallStatus::Ended).await;
    assert_eq!(ended.reason, Some(CallEndReason::Timeout));
}

#[tokio::test]
async fn an_answered_call_that_never_connects_has_failed() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = alice.call(chat).await;
    bob.join_call(made.id).await;
    let left = bob
        .client
        .set_call_status(made.id, bob.id, Status::Left)
        .await;
    assert_eq!(left.unwrap().status, Status::Left);
    let ended = alice.client.get_call(made.id).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Failed));
    assert_eq!(ended.ended_by, Some(bob.id));
}

#[tokio::test]
async fn who_is_without_a_socket_for_twenty_seconds_is_out_and_who_comes_back_is_not() {
    let (server, clock) = server_with_clock().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let made = alice.call(chat).await;
    bob.join_call(made.id).await;
    bob.disconnect().await;
    clock.advance(Duration::from_secs(15));
    bob.connect().await;
    // How the call is now, for a device that comes back to it.
    let state = bob.wait_for(EventKind::CallParticipant).await;
    assert_eq!(state.says::<CallParticipantChanged>().call_id, made.id);
    clock.advance(Duration::from_secs(10));
    bob.client
        .mark_call_connected(made.id)
        .await
        .expect("it still lives");
    bob.disconnect().await;
    until("the server has noticed", async || {
        (!server.app().directory().is_online(bob.id)).then_some(())
    })
    .await;
    // The call hears of it behind what it was asked before.
    alice.client.mark_call_connected(made.id).await.unwrap();
    clock.advance(Duration::from_secs(21));
    let told = alice.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.says::<CallEnded>().reason, CallEndReason::NetworkError);
    // A device that comes back within a minute learns that it is over.
    bob.connect().await;
    let told = bob.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.says::<CallEnded>().call_id, made.id);
    clock.advance(Duration::from_secs(61));
    bob.connect().await;
    alice.send_text(chat, 1).await;
    loop {
        let frame = bob.next_frame().await;
        assert_ne!(frame.kind(), Some(EventKind::CallEnded), "too old to tell");
        if frame.kind() == Some(EventKind::MessageNew) {
            break;
        }
    }
}

/// The blocked one sees a call that nobody answers; the blocker sees nothing at all.
#[tokio::test]
async fn no_call_crosses_a_block() {
    let (server, clock) = server_with_clock().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.client.block(alice.id).await.unwrap();
    let refused = bob.client.create_call(chat, CallType::Audio).await;
    assert_eq!(code(refused), ErrorCode::Blocked);
    let made = alice.call(chat).await;
    assert_eq!(made.status, CallStatus::Initiated);
    assert_eq!(status_of(&made, &bob), Status::Invited);
    assert_eq!(
        code(bob.client.get_call(made.id).await),
        ErrorCode::NotFound
    );
    let join = bob
        .client
        .set_call_status(made.id, bob.id, Status::Joined)
        .await;
    assert_eq!(code(join), ErrorCode::NotFound);
    bob.client.block(alice.id).await.unwrap();
    assert_eq!(alice.call_at(made.id, CallStatus::Initiated).await, made);
    clock.advance(Duration::from_secs(46));
    let ended = alice.call_at(made.id, CallStatus::Ended).await;
    assert_eq!(ended.reason, Some(CallEndReason::Timeout));
    assert_eq!(status_of(&ended, &bob), Status::Missed);
    // An unblock reveals nothing.
    bob.client.unblock(alice.id).await.unwrap();
    for calls in [
        bob.client.calls(&of_call(chat)).await.unwrap(),
        bob.client
            .own_calls(&OwnCallsQuery::default())
            .await
            .unwrap(),
        bob.client
            .missed_calls(&OwnCallsQuery::default())
            .await
            .unwrap(),
    ] {
        assert_eq!(calls.total, 0);
    }
    // Bob has heard of none of it: the next thing he hears of a call is the next call.
    let next = alice.call(chat).await;
    let incoming = bob.wait_for(EventKind::CallIncoming).await;
    assert_eq!(incoming.says::<CallIncoming>().call_id, next.id);
    // A block in the middle of a call hangs up.
    bob.client.block(alice.id).await.unwrap();
    let ended = alice.call_at(next.id, CallStatus::Ended).await;
    assert_eq!(ended.reason, Some(CallEndReason::Declined));
    // Unblocked, Bob's own call is not in the way of one that was hidden from him.
    let hidden = alice.call(chat).await;
    bob.client.unblock(alice.id).await.unwrap();
    let own = bob.call(chat).await;
    assert_ne!(own.id, hidden.id);
    alice.call_at(hidden.id, CallStatus::Ended).await;
}
