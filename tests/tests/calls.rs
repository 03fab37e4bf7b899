//! Calls over REST: making, answering, ending them, and who is told.

use std::time::Duration;

use reqwest::Method;
use sentinal_protocol::api::calls::{
    Call, CallMuteRequest, CallsQuery, OwnCallsQuery, QualityQuery, QualityRequest, QualityValues,
};
use sentinal_protocol::event::{EventKind, ServerFrame};
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus as Status, CallStatus, CallType, Clock,
    ConversationId, ErrorCode, Timestamp,
};
use sentinal_tests::{TestServer, TestUser, answered, outcome, patiently, request, until};
use serde_json::{Value, json};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);

async fn server_with_clock() -> (TestServer, Clock) {
    let clock = Clock::manual(START);
    (TestServer::spawn_at(clock.clone(), &[]).await, clock)
}

async fn call(user: &TestUser, chat: ConversationId) -> Call {
    let made = user.client.create_call(chat, CallType::Video).await;
    made.expect("a call")
}

async fn join(user: &TestUser, id: CallId) {
    let joined = user.client.set_call_status(id, user.id, Status::Joined);
    assert_eq!(joined.await.expect("joined").status, Status::Joined);
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

/// The call once it has this status.
async fn call_at(user: &TestUser, id: CallId, status: CallStatus) -> Call {
    until("the call has come so far", async || {
        let call = user.client.get_call(id).await.unwrap();
        (call.status == status).then_some(call)
    })
    .await
}

fn code<T: std::fmt::Debug>(outcome: Result<T, sentinal_client::ClientError>) -> ErrorCode {
    let error = outcome.expect_err("a refusal");
    error.code().unwrap_or_else(|| panic!("{error}"))
}

fn participant(frame: &ServerFrame) -> &Value {
    &frame.fields["participant"]
}

/// Asks for something and answers status and code.
async fn refused(
    server: &TestServer,
    user: &TestUser,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, String) {
    let mut asked = request(server, Some(user), method, path);
    if !body.is_null() {
        asked = asked.json(&body);
    }
    outcome(asked).await
}

#[tokio::test]
async fn a_call_rings_is_answered_connected_and_ended() {
    let (server, clock) = server_with_clock().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let made = call(&alice, chat).await;
    assert_eq!(made.status, CallStatus::Initiated);
    assert_eq!(made.initiator_id, Some(alice.id));
    assert_eq!(
        (made.started_at, made.ended_at, made.duration),
        (None, None, 0)
    );
    assert_eq!(status_of(&made, &alice), Status::Joined);
    assert_eq!(status_of(&made, &bob), Status::Invited);

    let incoming = bob.wait_for(EventKind::CallIncoming).await;
    assert_eq!(incoming.user_id, Some(alice.id));
    assert_eq!(incoming.conversation_id, Some(chat));
    assert_eq!(incoming.fields["call_id"], json!(made.id));
    let rings = alice.wait_for(EventKind::CallParticipant).await;
    assert_eq!(participant(&rings)["status"], "RINGING");
    assert_eq!(rings.fields["call"]["status"], "RINGING");
    call_at(&alice, made.id, CallStatus::Ringing).await;
    let live = bob
        .client
        .active_calls(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!(live.calls[0].id, made.id);

    join(&bob, made.id).await;
    let accepted = alice.wait_for(EventKind::CallAccepted).await;
    assert_eq!(accepted.user_id, Some(bob.id));
    assert_eq!(participant(&accepted)["device_id"], "bob-phone");
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
    let ender = bob.id;
    for user in [&mut alice, &mut bob] {
        let told = user.wait_for(EventKind::CallEnded).await;
        assert_eq!(told.user_id, Some(ender));
        assert_eq!(told.fields["ended_by"], json!(ender));
        assert_eq!(told.fields["reason"], "completed");
        assert_eq!(told.fields["duration_seconds"], 5);
        assert_eq!(told.fields["call"]["status"], "ENDED");
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
    join(late, made.id).await;
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
    let made = call(&alice, chat).await;
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
                assert_eq!(told.fields["status"], "JOINED");
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
    for (status, reason) in [(Status::Declined, "DECLINED"), (Status::Busy, "BUSY")] {
        let made = call(&alice, chat).await;
        tablet.wait_for(EventKind::CallIncoming).await;
        bob.wait_for(EventKind::CallIncoming).await;
        let declined = bob.client.set_call_status(made.id, bob.id, status).await;
        assert_eq!(declined.unwrap().status, status);
        let told = alice.wait_for(EventKind::CallDeclined).await;
        assert_eq!(told.fields["reason"], reason);
        let told = tablet.wait_for(EventKind::CallAnsweredElsewhere).await;
        assert_eq!(told.fields["status"], reason);
        for user in [&mut alice, &mut bob, &mut tablet] {
            let told = user.wait_for(EventKind::CallEnded).await;
            assert_eq!(told.fields["reason"], "declined");
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
    let made = call(&alice, chat).await;
    bob.wait_for(EventKind::CallIncoming).await;
    clock.advance(Duration::from_secs(46));
    for user in [&mut alice, &mut bob] {
        let told = user.wait_for(EventKind::CallEnded).await;
        assert_eq!(told.fields["reason"], "timeout");
        assert_eq!(told.fields["ended_by"], Value::Null);
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
    let made = call(&alice, chat).await;
    let ended = alice.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Missed));
    assert_eq!(status_of(&ended, &bob), Status::Missed);
}

#[tokio::test]
async fn two_who_have_joined_count_as_connected_after_half_a_minute() {
    let (server, clock) = server_with_clock().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = call(&alice, chat).await;
    let early = alice.client.mark_call_connected(made.id).await;
    assert_eq!(code(early), ErrorCode::Conflict);
    join(&bob, made.id).await;
    let joined = alice.client.get_call(made.id).await.unwrap();
    assert_eq!(joined.status, CallStatus::Initiated);
    clock.advance(Duration::from_secs(31));
    let connected = call_at(&alice, made.id, CallStatus::Connected).await;
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
    let ended = call_at(&alice, made.id, CallStatus::Ended).await;
    assert_eq!(ended.reason, Some(CallEndReason::Timeout));
}

#[tokio::test]
async fn an_answered_call_that_never_connects_has_failed() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = call(&alice, chat).await;
    join(&bob, made.id).await;
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
    let made = call(&alice, chat).await;
    join(&bob, made.id).await;
    bob.disconnect().await;
    clock.advance(Duration::from_secs(15));
    bob.connect().await;
    // How the call is now, for a device that comes back to it.
    let state = bob.wait_for(EventKind::CallParticipant).await;
    assert_eq!(state.fields["call_id"], json!(made.id));
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
    assert_eq!(told.fields["reason"], "network_error");
    // A device that comes back within a minute learns that it is over.
    bob.connect().await;
    let told = bob.wait_for(EventKind::CallEnded).await;
    assert_eq!(told.fields["call_id"], json!(made.id));
    clock.advance(Duration::from_secs(61));
    bob.connect().await;
    alice.send_text(chat, 1).await;
    loop {
        let frame = bob.next_frame().await;
        assert_ne!(frame.event(), Some(EventKind::CallEnded), "too old to tell");
        if frame.event() == Some(EventKind::MessageNew) {
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
    let made = call(&alice, chat).await;
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
    assert_eq!(call_at(&alice, made.id, CallStatus::Initiated).await, made);
    clock.advance(Duration::from_secs(46));
    let ended = call_at(&alice, made.id, CallStatus::Ended).await;
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
    let next = call(&alice, chat).await;
    let incoming = bob.wait_for(EventKind::CallIncoming).await;
    assert_eq!(incoming.fields["call_id"], json!(next.id));
    // A block in the middle of a call hangs up.
    bob.client.block(alice.id).await.unwrap();
    let ended = call_at(&alice, next.id, CallStatus::Ended).await;
    assert_eq!(ended.reason, Some(CallEndReason::Declined));
    // Unblocked, Bob's own call is not in the way of one that was hidden from him.
    let hidden = call(&alice, chat).await;
    bob.client.unblock(alice.id).await.unwrap();
    let own = call(&bob, chat).await;
    assert_ne!(own.id, hidden.id);
    call_at(&alice, hidden.id, CallStatus::Ended).await;
}

#[tokio::test]
async fn a_group_call_grows_one_by_one_and_ends_with_whoever_made_it() {
    let server = TestServer::spawn().await;
    let names = [
        "owner", "one", "two", "three", "four", "five", "six", "seven", "eight",
    ];
    let (mut people, chat) = server.group_chat(names).await;
    let [owner, p1, ..] = &mut people;
    owner.connect().await;
    p1.connect().await;
    let made = call(owner, chat).await;
    assert_eq!(made.participants.len(), 1);
    let added = owner
        .client
        .add_call_participant(made.id, p1.id)
        .await
        .unwrap();
    assert!(added.status.is_ringing());
    p1.wait_for(EventKind::CallIncoming).await;
    let again = owner.client.add_call_participant(made.id, p1.id).await;
    assert!(again.unwrap().status.is_ringing(), "twice is once");
    let [owner, p1, p2, p3, rest @ ..] = &people;
    let refused = p2.client.add_call_participant(made.id, p3.id).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    // A member joins without being asked.
    join(p2, made.id).await;
    join(p1, made.id).await;
    let in_group = server.user("stranger").await;
    let unknown = owner
        .client
        .add_call_participant(made.id, in_group.id)
        .await;
    assert_eq!(code(unknown), ErrorCode::Validation);
    owner
        .client
        .add_call_participant(made.id, p3.id)
        .await
        .unwrap();
    for user in &rest[..4] {
        owner
            .client
            .add_call_participant(made.id, user.id)
            .await
            .unwrap();
    }
    let full = owner.client.add_call_participant(made.id, rest[4].id).await;
    assert_eq!(code(full), ErrorCode::CallFull);
    let full = rest[4]
        .client
        .set_call_status(made.id, rest[4].id, Status::Joined)
        .await;
    assert_eq!(code(full), ErrorCode::CallFull);

    let mute = CallMuteRequest {
        audio_muted: Some(true),
        video_muted: None,
    };
    let muted = owner
        .client
        .mute_in_call(made.id, p1.id, &mute)
        .await
        .unwrap();
    assert!(muted.audio_muted && !muted.video_muted);
    let unmute = CallMuteRequest {
        audio_muted: Some(false),
        video_muted: None,
    };
    let refused = owner.client.mute_in_call(made.id, p1.id, &unmute).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let refused = p1.client.mute_in_call(made.id, p2.id, &mute).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let nobody = owner.client.mute_in_call(made.id, in_group.id, &mute).await;
    assert_eq!(code(nobody), ErrorCode::NotFound);
    assert!(
        !p1.client
            .mute_in_call(made.id, p1.id, &unmute)
            .await
            .unwrap()
            .audio_muted
    );

    let refused = p1.client.end_call(made.id, None).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let refused = p1.client.remove_call_participant(made.id, p2.id).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    owner
        .client
        .remove_call_participant(made.id, p2.id)
        .await
        .unwrap();
    let parties = owner.client.call_participants(made.id).await.unwrap();
    let left = parties.iter().find(|it| it.user_id == p2.id).unwrap();
    assert_eq!(left.status, Status::Left);
    assert!(left.left_at.is_some());
    // Back again.
    join(p2, made.id).await;
    p2.client
        .remove_call_participant(made.id, p2.id)
        .await
        .unwrap();
    let ended = owner.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Failed));
    assert_eq!(status_of(&ended, p3), Status::Missed);
    let over = owner.client.add_call_participant(made.id, p3.id).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
    let over = owner.client.mute_in_call(made.id, owner.id, &mute).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
    let over = owner.client.mark_call_connected(made.id).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
}

#[tokio::test]
async fn only_admins_call_where_the_group_says_so() {
    let server = TestServer::spawn().await;
    let ([owner, member], chat) = server.group_chat(["owner", "member"]).await;
    let body = json!({"permissions": {"start_call": "admins"}});
    let path = format!("/v1/conversations/{chat}");
    let (status, _) = refused(&server, &owner, Method::PUT, &path, body).await;
    assert_eq!(status, 200);
    let refused = member.client.create_call(chat, CallType::Audio).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    call(&owner, chat).await;
}

#[tokio::test]
async fn who_is_taken_out_of_the_group_or_loses_the_device_leaves_the_call() {
    let server = TestServer::spawn().await;
    let ([owner, one, two, three], chat) =
        server.group_chat(["owner", "one", "two", "three"]).await;
    let made = call(&owner, chat).await;
    let tablet = two.another_device("tablet").await;
    join(&one, made.id).await;
    join(&tablet, made.id).await;
    join(&three, made.id).await;
    let left = async |user: &TestUser| {
        until("they have left the call", async || {
            let call = owner.client.get_call(made.id).await.unwrap();
            (status_of(&call, user) == Status::Left).then_some(())
        })
        .await;
    };
    owner.client.remove_participant(chat, one.id).await.unwrap();
    left(&one).await;
    assert_eq!(
        code(one.client.get_call(made.id).await),
        ErrorCode::NotFound
    );
    let devices = two.client.devices().await.unwrap();
    let device = devices.iter().find(|it| it.device_id == "tablet").unwrap();
    two.client.remove_device(device.id).await.unwrap();
    left(&two).await;
    // The last but one: with them the call goes.
    let path = "/v1/users/me";
    let body = Value::Null;
    let (status, _) = refused(&server, &three, Method::DELETE, path, body).await;
    assert_eq!(status, 200);
    call_at(&owner, made.id, CallStatus::Ended).await;
    // A deleted group takes its call along.
    let made = call(&owner, chat).await;
    let path = format!("/v1/conversations/{chat}");
    let (status, _) = refused(&server, &owner, Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 200);
    until("the call has gone with its group", async || {
        (server.app().directory().calls_running() == 0).then_some(())
    })
    .await;
    assert_eq!(
        code(owner.client.get_call(made.id).await),
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn quality_is_kept_listed_and_averaged() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let made = call(&alice, chat).await;
    join(&bob, made.id).await;
    let sample = |packet_loss, latency| QualityRequest {
        call_id: made.id,
        user_id: None,
        timestamp: None,
        values: QualityValues {
            packet_loss: Some(packet_loss),
            latency: Some(latency),
            resolution: Some("1920x1080".to_owned()),
            ..QualityValues::default()
        },
    };
    let kept = alice
        .client
        .record_quality(&sample(0.0, 40.0))
        .await
        .unwrap();
    assert_eq!((kept.call_id, kept.user_id), (made.id, alice.id));
    bob.client.record_quality(&sample(0.5, 60.0)).await.unwrap();
    let refused = carol.client.record_quality(&sample(0.0, 1.0)).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let wrong = alice.client.record_quality(&sample(1.5, 1.0)).await;
    assert_eq!(code(wrong), ErrorCode::Validation);
    let of_other = QualityRequest {
        user_id: Some(bob.id),
        ..sample(0.0, 1.0)
    };
    let refused = alice.client.record_quality(&of_other).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);

    let query = QualityQuery {
        call_id: made.id,
        page: None,
        limit: Some(1),
    };
    let page = carol.client.call_quality(&query).await.unwrap();
    assert_eq!((page.total, page.has_more), (2, true));
    assert_eq!(page.quality[0], kept);
    let own = bob
        .client
        .own_call_quality(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!((own.total, own.quality[0].user_id), (1, bob.id));
    let average = alice.client.average_quality(made.id).await.unwrap();
    assert_eq!(average.samples, 2);
    assert_eq!(average.packet_loss, Some(0.25));
    assert_eq!(average.latency, Some(50.0));
    assert_eq!(average.jitter, None);
}

#[tokio::test]
async fn ice_servers_are_named_with_credentials_where_they_relay() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let none = alice.client.ice_servers().await.unwrap();
    assert_eq!(none.ice_servers, []);
    let clock = Clock::manual(START);
    let settings = [
        ("STUN_URLS", "stun:stun.example.org"),
        (
            "TURN_URLS",
            "turn:turn.example.org:3478?transport=udp,turns:turn.example.org",
        ),
        ("TURN_SECRET", "north"),
        ("TURN_TTL", "600"),
    ];
    let server = TestServer::spawn_at(clock, &settings).await;
    let alice = server.user("alice").await;
    let servers = alice.client.ice_servers().await.unwrap();
    assert_eq!(servers.ttl, 600);
    let [stun, turn] = &servers.ice_servers[..] else {
        panic!("{servers:?}");
    };
    assert_eq!(stun.urls, ["stun:stun.example.org"]);
    assert_eq!((&stun.username, &stun.credential), (&None, &None));
    assert_eq!(turn.urls.len(), 2);
    assert_eq!(turn.username, Some(format!("1800000600:{}", alice.id)));
    assert_eq!(
        turn.credential.as_ref().unwrap().len(),
        28,
        "20 bytes of SHA-1"
    );
}

#[tokio::test]
async fn what_the_document_refuses_is_refused() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let stranger = server.user("stranger").await;
    let made = call(&alice, chat).await;
    let (id, none) = (made.id, CallId::new(START));
    let status = format!("/v1/calls/{id}/participants/{}/status", alice.id);
    let of_bob = format!("/v1/calls/{id}/participants/{}", bob.id);
    let post = |body: Value| (Method::POST, "/v1/calls".to_owned(), body);
    let get = |path: &str| (Method::GET, path.to_owned(), Value::Null);
    let put = |path: &str, body: Value| (Method::PUT, path.to_owned(), body);
    let cases = [
        (
            post(json!({"conversation_id": chat})),
            422,
            "VALIDATION_ERROR",
        ),
        (
            post(json!({"conversation_id": chat, "type": "SMOKE"})),
            422,
            "VALIDATION_ERROR",
        ),
        (
            post(json!({"conversation_id": "x", "type": "AUDIO"})),
            400,
            "BAD_REQUEST",
        ),
        (
            post(json!({"conversation_id": chat, "type": "AUDIO", "initiator_id": bob.id})),
            403,
            "FORBIDDEN",
        ),
        (
            post(json!({"conversation_id": none, "type": "audio"})),
            404,
            "NOT_FOUND",
        ),
        (get("/v1/calls"), 422, "VALIDATION_ERROR"),
        (
            get(&format!("/v1/calls?conversation_id={none}")),
            404,
            "NOT_FOUND",
        ),
        (
            get(&format!("/v1/calls?conversation_id={chat}&limit=101")),
            422,
            "VALIDATION_ERROR",
        ),
        (
            get(&format!("/v1/calls/user?user_id={}", bob.id)),
            403,
            "FORBIDDEN",
        ),
        (
            get(&format!("/v1/calls/active?user_id={}", bob.id)),
            403,
            "FORBIDDEN",
        ),
        (
            get(&format!("/v1/calls/missed?user_id={}", bob.id)),
            403,
            "FORBIDDEN",
        ),
        (get("/v1/calls/missed?page=0"), 422, "VALIDATION_ERROR"),
        (
            get(&format!("/v1/calls/quality/user?user_id={}", bob.id)),
            403,
            "FORBIDDEN",
        ),
        (get("/v1/calls/quality"), 422, "VALIDATION_ERROR"),
        (
            get(&format!("/v1/calls/quality?call_id={none}")),
            404,
            "NOT_FOUND",
        ),
        (get("/v1/calls/quality/average"), 422, "VALIDATION_ERROR"),
        (
            get(&format!("/v1/calls/quality/average?call_id={none}")),
            404,
            "NOT_FOUND",
        ),
        (get(&format!("/v1/calls/{none}")), 404, "NOT_FOUND"),
        (get("/v1/calls/nonsense"), 400, "BAD_REQUEST"),
        (
            put(&status, json!({"status": "MISSED"})),
            422,
            "VALIDATION_ERROR",
        ),
        (
            put(&status, json!({"status": "ELSEWHERE"})),
            422,
            "VALIDATION_ERROR",
        ),
        (put(&status, json!({"status": "INVITED"})), 409, "CONFLICT"),
        (
            put(&status, json!({"status": "RINGING"})),
            409,
            "ALREADY_ANSWERED",
        ),
        (
            put(&format!("{of_bob}/status"), json!({"status": "JOINED"})),
            403,
            "FORBIDDEN",
        ),
        (
            (
                Method::POST,
                format!("/v1/calls/{id}/end"),
                json!({"reason": "BORED"}),
            ),
            422,
            "VALIDATION_ERROR",
        ),
        (
            (
                Method::DELETE,
                format!("/v1/calls/{id}/participants/{}", stranger.id),
                Value::Null,
            ),
            404,
            "NOT_FOUND",
        ),
        (
            (
                Method::POST,
                format!("/v1/calls/{id}/participants"),
                json!({"user_id": stranger.id}),
            ),
            422,
            "VALIDATION_ERROR",
        ),
    ];
    for ((method, path, body), status, code) in cases {
        let got = refused(&server, &alice, method.clone(), &path, body.clone()).await;
        assert_eq!(got, (status, code.to_owned()), "{method} {path} {body}");
    }
    let foreign = stranger.client.get_call(id).await;
    assert_eq!(code(foreign), ErrorCode::NotFound);
    let foreign = stranger.client.end_call(id, None).await;
    assert_eq!(code(foreign), ErrorCode::NotFound);
    assert_eq!(
        status_of(&alice.client.get_call(id).await.unwrap(), &alice),
        Status::Joined,
        "none of it has changed anything"
    );
}

#[tokio::test]
async fn a_repeat_under_the_same_key_makes_no_second_call() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let body = json!({"conversation_id": chat, "type": "AUDIO"});
    let ask = || {
        let asked = request(&server, Some(&alice), Method::POST, "/v1/calls");
        answered(asked.header("Idempotency-Key", "ring-ring").json(&body))
    };
    let (status, first) = ask().await;
    assert_eq!(status, 201);
    let (status, again) = ask().await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)));
    assert_eq!(first["data"], again["data"]);
}

#[tokio::test]
async fn calls_have_a_bucket_of_their_own() {
    let settings = [("RATE_LIMIT", "on"), ("RATE_LIMIT_CALLS", "2/60s")];
    let server = TestServer::spawn_with(&settings).await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let made = call(&alice, chat).await;
    alice.client.end_call(made.id, None).await.unwrap();
    call(&alice, chat).await;
    let third = alice.client.create_call(chat, CallType::Audio).await;
    assert_eq!(code(third), ErrorCode::RateLimitExceeded);
    alice
        .client
        .get_call(made.id)
        .await
        .expect("reading is not calling");
}

#[tokio::test]
async fn sync_tells_of_live_calls() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = call(&alice, chat).await;
    let asked = request(&server, Some(&bob), Method::GET, "/v1/sync");
    let (status, body) = patiently("sync", answered(asked)).await;
    assert_eq!(status, 200);
    assert_eq!(body["data"]["active_calls"][0]["id"], json!(made.id));
    alice.client.end_call(made.id, None).await.unwrap();
    let asked = request(&server, Some(&bob), Method::GET, "/v1/sync");
    let (_, body) = answered(asked).await;
    assert_eq!(body["data"]["active_calls"], json!([]));
}
