//! Who may do what in calls, and what is refused.

use reqwest::Method;
use sentinal_protocol::api::calls::{Call, CallMuteRequest};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus as Status, CallStatus, CallType, ErrorCode,
    Timestamp,
};
use sentinal_tests::{TestServer, TestUser, answered, code, outcome, patiently, request, until};
use serde_json::{Value, json};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);

fn status_of(call: &Call, user: &TestUser) -> Status {
    let mut parties = call.participants.iter();
    parties.find(|it| it.user_id == user.id).unwrap().status
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
async fn a_group_call_grows_one_by_one_and_ends_with_whoever_made_it() {
    let server = TestServer::spawn().await;
    let names = [
        "owner", "one", "two", "three", "four", "five", "six", "seven", "eight",
    ];
    let (mut people, chat) = server.group_chat(names).await;
    let [owner, p1, ..] = &mut people;
    owner.connect().await;
    p1.connect().await;
    let made = owner.call(chat).await;
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
    p2.join_call(made.id).await;
    p1.join_call(made.id).await;
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
    p2.join_call(made.id).await;
    p2.client
        .remove_call_participant(made.id, p2.id)
        .await
        .unwrap();
    let ended = owner.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.reason, Some(CallEndReason::Failed));
    assert_eq!(status_of(&ended, p3), Status::Missed);
    let over = owner.client.add_call_participant(made.id, p3.id).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
    let over = owner.client.mark_call_connected(made.id).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
}

/// Whoever made it may end it; when they are gone, whoever of those in it has been there longest.
#[tokio::test]
async fn whoever_made_a_group_call_and_left_is_replaced_for_ending_it() {
    let server = TestServer::spawn().await;
    let names = ["alice", "bob", "carol", "dora"];
    let ([alice, bob, carol, dora], chat) = server.group_chat(names).await;
    let made = alice.call(chat).await;
    for user in [&carol, &bob, &dora] {
        user.join_call(made.id).await;
    }
    let refused = async |user: &TestUser| code(user.client.end_call(made.id, None).await);
    assert_eq!(refused(&carol).await, ErrorCode::Forbidden);
    let left = alice.client.remove_call_participant(made.id, alice.id);
    left.await.unwrap();
    assert_eq!(refused(&bob).await, ErrorCode::Forbidden);
    assert_eq!(refused(&alice).await, ErrorCode::Forbidden);
    // Back again, it is hers.
    alice.join_call(made.id).await;
    assert_eq!(refused(&carol).await, ErrorCode::Forbidden);
    for user in [&alice, &carol] {
        let left = user.client.remove_call_participant(made.id, user.id);
        left.await.unwrap();
    }
    assert_eq!(refused(&dora).await, ErrorCode::Forbidden);
    let ended = bob.client.end_call(made.id, None).await.unwrap();
    assert_eq!(ended.status, CallStatus::Ended);
}

#[tokio::test]
async fn saying_that_media_flow_answers_and_the_first_device_wins() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    let made = alice.call(chat).await;
    tablet.wait_for(EventKind::CallIncoming).await;
    // Who is asked is in it already.
    let asked = bob.client.add_call_participant(made.id, bob.id).await;
    assert!(asked.unwrap().status.is_ringing());
    let connected = bob.client.mark_call_connected(made.id).await.unwrap();
    assert_eq!(connected.status, CallStatus::Connected);
    assert_eq!(status_of(&connected, &bob), Status::Joined);
    tablet.wait_for(EventKind::CallAnsweredElsewhere).await;
    let late = tablet.client.mark_call_connected(made.id).await;
    assert_eq!(code(late), ErrorCode::AlreadyAnswered);
    let again = bob.client.mark_call_connected(made.id).await.unwrap();
    assert_eq!(again.status, CallStatus::Connected);
    alice.client.end_call(made.id, None).await.unwrap();
    let over = bob.client.add_call_participant(made.id, bob.id).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
    // Who was not asked does not come in like this.
    let carol = server.user("carol").await;
    let group = alice.client.create_group("group", vec![carol.id]).await;
    let made = alice.call(group.unwrap().id).await;
    let refused = carol.client.mark_call_connected(made.id).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let refused = carol.client.add_call_participant(made.id, carol.id).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
}

#[tokio::test]
async fn people_mute_themselves_and_whoever_made_the_call_mutes_others() {
    let server = TestServer::spawn().await;
    let ([owner, p1, p2], chat) = server.group_chat(["owner", "one", "two"]).await;
    let stranger = server.user("stranger").await;
    let made = owner.call(chat).await;
    p1.join_call(made.id).await;
    p2.join_call(made.id).await;
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
    let nobody = owner.client.mute_in_call(made.id, stranger.id, &mute).await;
    assert_eq!(code(nobody), ErrorCode::NotFound);
    assert!(
        !p1.client
            .mute_in_call(made.id, p1.id, &unmute)
            .await
            .unwrap()
            .audio_muted
    );

    owner.client.end_call(made.id, None).await.unwrap();
    let over = owner.client.mute_in_call(made.id, owner.id, &mute).await;
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
    owner.call(chat).await;
}

#[tokio::test]
async fn who_is_taken_out_of_the_group_or_loses_the_device_leaves_the_call() {
    let server = TestServer::spawn().await;
    let ([owner, one, two, three], chat) =
        server.group_chat(["owner", "one", "two", "three"]).await;
    let made = owner.call(chat).await;
    let tablet = two.another_device("tablet").await;
    one.join_call(made.id).await;
    tablet.join_call(made.id).await;
    three.join_call(made.id).await;
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
    owner.call_at(made.id, CallStatus::Ended).await;
    // A deleted group takes its call along.
    let made = owner.call(chat).await;
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

#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn what_the_document_refuses_is_refused() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let stranger = server.user("stranger").await;
    let made = alice.call(chat).await;
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
    let made = alice.call(chat).await;
    alice.client.end_call(made.id, None).await.unwrap();
    alice.call(chat).await;
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
    let made = alice.call(chat).await;
    let asked = request(&server, Some(&bob), Method::GET, "/v1/sync");
    let (status, body) = patiently("sync", answered(asked)).await;
    assert_eq!(status, 200);
    assert_eq!(body["data"]["active_calls"][0]["id"], json!(made.id));
    alice.client.end_call(made.id, None).await.unwrap();
    let asked = request(&server, Some(&bob), Method::GET, "/v1/sync");
    let (_, body) = answered(asked).await;
    assert_eq!(body["data"]["active_calls"], json!([]));
}

/// Nobody can act for it any more, and without a socket no time would take it out.
#[tokio::test]
async fn a_device_that_is_logged_out_leaves_its_call_also_without_a_socket() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = alice.call(chat).await;
    bob.join_call(made.id).await;
    bob.client.log_out().await.unwrap();
    let over = alice.call_at(made.id, CallStatus::Ended).await;
    assert_eq!(status_of(&over, &bob), Status::Left);
}
