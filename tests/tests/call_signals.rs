//! Calls on the socket: offers, answers and candidates between devices, and frames that decline or
//! end.

use futures_util::future::join;
use sentinal_client::ClientError;
use sentinal_protocol::event::{
    CallAccepted, CallAnswer, CallDeclined, CallIce, CallIncoming, CallOffer,
    CallParticipantChanged, ErrorAnswer, EventKind, ServerFrame, SignalType,
};
use sentinal_protocol::frame::{ClientFrame, DeclineCall, EndCall, Signal};
use sentinal_protocol::limits::SIGNAL_BYTES_MAX;
use sentinal_protocol::{
    CallDecline, CallEndReason, CallId, CallParticipantStatus as Status, CloseCode, ErrorCode,
    Timestamp, UserId,
};
use sentinal_tests::{Said, TestServer, TestUser, code, patiently, until};
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn signal(id: CallId, to: UserId, data: &Value) -> Signal {
    Signal {
        call_id: id,
        to_id: to,
        data: RawValue::from_string(data.to_string()).unwrap(),
        to_device_id: None,
    }
}

async fn ask(user: &mut TestUser, frame: ClientFrame) -> Result<(), ClientError> {
    let sender = user.socket().sender();
    let answer = patiently("an answer", sender.request::<Value>(frame)).await;
    answer.map(drop)
}

fn data(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}

/// The next event of a call; messages and the like are passed over.
async fn next_of_call(user: &mut TestUser) -> ServerFrame {
    loop {
        let frame = user.next_frame().await;
        if frame.event.name().starts_with("call:") {
            return frame;
        }
    }
}

#[tokio::test]
async fn signals_are_relayed_untouched_and_an_answer_accepts() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    for user in [&mut alice, &mut bob, &mut tablet] {
        user.connect().await;
    }
    let made = alice.call(chat).await;
    let sdp = json!("v=0\r\no=- 1 2 \u{1f4de} \"quoted\"");
    let offer = ClientFrame::CallOffer(signal(made.id, bob.id, &sdp));
    ask(&mut alice, offer).await.unwrap();
    for device in [&mut bob, &mut tablet] {
        let told = device.wait_for(EventKind::CallOffer).await;
        let told = &told.says::<CallOffer>().0;
        assert_eq!((told.user_id, told.from_id), (alice.id, alice.id));
        assert_eq!((told.call_id, told.to_id), (made.id, device.id));
        assert_eq!(told.from_device_id, alice.device);
        assert_eq!(told.signal_type, SignalType::Offer);
        assert_eq!(data(&told.data), sdp);
    }
    let answer = ClientFrame::CallAnswer(signal(made.id, alice.id, &json!("answer")));
    ask(&mut tablet, answer).await.unwrap();
    let accepted = alice.wait_for(EventKind::CallAccepted).await;
    let device = accepted
        .says::<CallAccepted>()
        .participant
        .device_id
        .as_deref();
    assert_eq!(device, Some("tablet"));
    let told = alice.wait_for(EventKind::CallAnswer).await;
    assert_eq!(data(&told.says::<CallAnswer>().0.data), "answer");
    bob.wait_for(EventKind::CallAnsweredElsewhere).await;
    // Too late, by any frame.
    let answer = ClientFrame::CallAnswer(signal(made.id, alice.id, &json!("late")));
    assert_eq!(
        code(ask(&mut bob, answer).await),
        ErrorCode::AlreadyAnswered
    );
    let ice = ClientFrame::CallIce(signal(made.id, alice.id, &json!("late")));
    assert_eq!(code(ask(&mut bob, ice).await), ErrorCode::AlreadyAnswered);
    // From now on only the device that has answered hears of it, objects included.
    let candidate = json!({"candidate": "candidate:1 1 udp", "sdpMLineIndex": 0});
    let ice = ClientFrame::CallIce(signal(made.id, bob.id, &candidate));
    ask(&mut alice, ice).await.unwrap();
    let told = tablet.wait_for(EventKind::CallIce).await;
    assert_eq!(data(&told.says::<CallIce>().0.data), candidate);
    alice.client.end_call(made.id, None).await.unwrap();
    let next = next_of_call(&mut bob).await;
    assert_eq!(
        next.kind(),
        Some(EventKind::CallEnded),
        "no candidate before"
    );
}

#[tokio::test]
async fn of_two_answers_at_once_one_wins() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    for user in [&mut alice, &mut bob, &mut tablet] {
        user.connect().await;
    }
    let made = alice.call(chat).await;
    let answer = |text: &str| ClientFrame::CallAnswer(signal(made.id, alice.id, &json!(text)));
    let (one, other) = (answer("phone"), answer("tablet"));
    let (one, other) = join(ask(&mut bob, one), ask(&mut tablet, other)).await;
    let (loser, won) = match (one, other) {
        (Ok(()), refused) => {
            assert_eq!(code(refused), ErrorCode::AlreadyAnswered);
            (&mut tablet, "phone")
        }
        (refused, Ok(())) => {
            assert_eq!(code(refused), ErrorCode::AlreadyAnswered);
            (&mut bob, "tablet")
        }
        both => panic!("{both:?}"),
    };
    loser.wait_for(EventKind::CallAnsweredElsewhere).await;
    let told = alice.wait_for(EventKind::CallAnswer).await;
    assert_eq!(data(&told.says::<CallAnswer>().0.data), won);
}

#[tokio::test]
async fn the_names_of_other_clients_are_understood() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    let made = alice.call(chat).await;
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let frames = [
        json!({"type": "call:offer", "call_id": made.id, "participant_id": bob.id, "sdp": "x"}),
        json!({"type": "call:ice", "call_id": made.id, "to_id": bob.id, "candidate": {"a": 1}}),
    ];
    for frame in frames {
        socket.send_text(frame.to_string()).await.unwrap();
    }
    let offer = bob.wait_for(EventKind::CallOffer).await;
    assert_eq!(data(&offer.says::<CallOffer>().0.data), "x");
    let ice = bob.wait_for(EventKind::CallIce).await;
    let text = data(&ice.says::<CallIce>().0.data);
    assert_eq!(text, r#"{"a":1}"#, "an object of that name as its text");
}

/// A phone that a push wakes has missed the offer: it gets it when it comes, as long as it rings.
#[tokio::test]
async fn a_device_that_comes_while_it_rings_gets_what_was_offered() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    let made = alice.call(chat).await;
    for (kind, data) in [("old", json!("old")), ("offer", json!("offer"))] {
        let offer = ClientFrame::CallOffer(signal(made.id, bob.id, &data));
        ask(&mut alice, offer).await.expect(kind);
    }
    for number in 0..3 {
        let ice = ClientFrame::CallIce(signal(made.id, bob.id, &json!({"n": number})));
        ask(&mut alice, ice).await.unwrap();
    }
    let still = alice.client.get_call(made.id).await.unwrap();
    assert_eq!(still.participants.len(), 2);
    bob.connect().await;
    let incoming = next_of_call(&mut bob).await;
    assert_eq!(incoming.kind(), Some(EventKind::CallIncoming));
    assert_eq!(incoming.says::<CallIncoming>().call_id, made.id);
    let offer = next_of_call(&mut bob).await;
    let offer = data(&offer.says::<CallOffer>().0.data);
    assert_eq!(offer, "offer", "the newest offer alone");
    for number in 0..3 {
        let ice = next_of_call(&mut bob).await;
        assert_eq!(data(&ice.says::<CallIce>().0.data)["n"], number);
    }
    // Reached at last. She may hear of herself before: her own socket was new as well.
    loop {
        let rings = alice.wait_for(EventKind::CallParticipant).await;
        let participant = &rings.says::<CallParticipantChanged>().participant;
        if participant.user_id == bob.id {
            assert_eq!(participant.status, Status::Ringing);
            break;
        }
    }
    let answer = ClientFrame::CallAnswer(signal(made.id, alice.id, &json!("yes")));
    ask(&mut bob, answer).await.unwrap();
    let answer = alice.wait_for(EventKind::CallAnswer).await;
    assert_eq!(data(&answer.says::<CallAnswer>().0.data), "yes");
    // The one that has answered comes back: it is told of the call, not of old offers.
    bob.connect().await;
    let state = next_of_call(&mut bob).await;
    assert_eq!(state.kind(), Some(EventKind::CallParticipant));
    alice.client.end_call(made.id, None).await.unwrap();
    let next = next_of_call(&mut bob).await;
    assert_eq!(next.kind(), Some(EventKind::CallEnded));
}

#[tokio::test]
async fn a_signal_may_name_one_device() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    for user in [&mut alice, &mut bob, &mut tablet] {
        user.connect().await;
    }
    let made = alice.call(chat).await;
    let to = bob.id;
    let named = |device: &str, data: &str| {
        ClientFrame::CallOffer(Signal {
            to_device_id: Some(device.to_owned()),
            ..signal(made.id, to, &json!(data))
        })
    };
    ask(&mut alice, named("tablet", "one")).await.unwrap();
    let all = ClientFrame::CallIce(signal(made.id, bob.id, &json!("all")));
    ask(&mut alice, all).await.unwrap();
    let one = tablet.wait_for(EventKind::CallOffer).await;
    assert_eq!(data(&one.says::<CallOffer>().0.data), "one");
    loop {
        let frame = next_of_call(&mut bob).await;
        assert_ne!(frame.kind(), Some(EventKind::CallOffer));
        if frame.kind() == Some(EventKind::CallIce) {
            break;
        }
    }
    assert_eq!(
        code(ask(&mut alice, named("fridge", "x")).await),
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn signals_are_for_those_in_the_call() {
    let server = TestServer::spawn().await;
    let ([mut alice, mut bob, mut carol], chat) =
        server.group_chat(["alice", "bob", "carol"]).await;
    let mut stranger = server.user("stranger").await;
    for user in [&mut alice, &mut bob, &mut carol, &mut stranger] {
        user.connect().await;
    }
    let made = alice.call(chat).await;
    alice
        .client
        .add_call_participant(made.id, bob.id)
        .await
        .unwrap();
    let offer = |to, data: Value| ClientFrame::CallOffer(signal(made.id, to, &data));
    let carols = ask(&mut carol, offer(bob.id, json!("x"))).await;
    assert_eq!(code(carols), ErrorCode::Forbidden);
    let strangers = ask(&mut stranger, offer(bob.id, json!("x"))).await;
    assert!(matches!(
        code(strangers),
        ErrorCode::Forbidden | ErrorCode::NotFound
    ));
    let to_carol = ask(&mut alice, offer(carol.id, json!("x"))).await;
    assert_eq!(code(to_carol), ErrorCode::NotFound);
    let herself = alice.id;
    let to_herself = ask(&mut alice, offer(herself, json!("x"))).await;
    assert_eq!(code(to_herself), ErrorCode::Validation);
    let number = ask(&mut alice, offer(bob.id, json!(7))).await;
    assert_eq!(code(number), ErrorCode::Validation);
    let large = "x".repeat(SIGNAL_BYTES_MAX);
    let large = ask(&mut alice, offer(bob.id, json!(large))).await;
    assert_eq!(code(large), ErrorCode::PayloadTooLarge);
    let none = signal(CallId::new(Timestamp(1)), bob.id, &json!("x"));
    let none = ask(&mut alice, ClientFrame::CallIce(none)).await;
    assert_eq!(code(none), ErrorCode::NotFound);
    // The socket has stayed through all of it.
    ask(&mut alice, offer(bob.id, json!("at last")))
        .await
        .unwrap();
    let told = bob.wait_for(EventKind::CallOffer).await;
    assert_eq!(
        data(&told.says::<CallOffer>().0.data),
        "at last",
        "nothing of the rest came through"
    );
    alice.client.end_call(made.id, None).await.unwrap();
    let over = ask(&mut alice, offer(bob.id, json!("x"))).await;
    assert_eq!(code(over), ErrorCode::CallEnded);
    let late = ClientFrame::CallAnswer(signal(made.id, alice.id, &json!("x")));
    assert_eq!(code(ask(&mut bob, late).await), ErrorCode::CallEnded);
}

#[tokio::test]
async fn frames_decline_and_end() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    let made = alice.call(chat).await;
    let decline = ClientFrame::CallDecline(DeclineCall {
        call_id: made.id,
        reason: Some(CallDecline::Busy),
    });
    ask(&mut bob, decline).await.unwrap();
    let told = alice.wait_for(EventKind::CallDeclined).await;
    let told = told.says::<CallDeclined>();
    assert_eq!(told.reason, CallDecline::Busy);
    assert_eq!(told.participant.status, Status::Busy);
    let made = alice.call(chat).await;
    bob.client
        .set_call_status(made.id, bob.id, Status::Joined)
        .await
        .unwrap();
    let end = |reason| {
        ClientFrame::CallEnd(EndCall {
            call_id: made.id,
            reason,
        })
    };
    ask(&mut bob, end(Some(CallEndReason::NetworkError)))
        .await
        .unwrap();
    let ended = until("the end is stored", async || {
        let call = alice.client.get_call(made.id).await.unwrap();
        call.ended_at.is_some().then_some(call)
    })
    .await;
    assert_eq!(ended.reason, Some(CallEndReason::NetworkError));
    ask(&mut alice, end(None)).await.expect("twice is once");
    let unknown = ClientFrame::CallEnd(EndCall {
        call_id: CallId::new(Timestamp(1)),
        reason: None,
    });
    assert_eq!(code(ask(&mut alice, unknown).await), ErrorCode::NotFound);
}

/// Nobody who is blocked learns it from a signal, and nothing crosses.
#[tokio::test]
async fn signals_do_not_cross_a_block() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    bob.client.block(alice.id).await.unwrap();
    let made = alice.call(chat).await;
    let offer = ClientFrame::CallOffer(signal(made.id, bob.id, &json!("psst")));
    ask(&mut alice, offer).await.expect("as always");
    let answer = ClientFrame::CallAnswer(signal(made.id, alice.id, &json!("x")));
    assert!(matches!(
        code(ask(&mut bob, answer).await),
        ErrorCode::NotFound
    ));
    bob.client.unblock(alice.id).await.unwrap();
    alice.client.end_call(made.id, None).await.unwrap();
    let next = alice.call(chat).await;
    let first = next_of_call(&mut bob).await;
    assert_eq!(first.says::<CallIncoming>().call_id, next.id);
}

#[tokio::test]
async fn too_many_signals_are_refused_and_far_too_many_close_the_socket() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = alice.call(chat).await;
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let ice = json!({"type": "call:ice", "call_id": made.id, "to_id": bob.id, "data": "x"});
    for _ in 0..301 {
        socket.send_text(ice.to_string()).await.unwrap();
    }
    let refused = patiently("a refusal", socket.wait_for(EventKind::Error))
        .await
        .unwrap();
    assert_eq!(refused.says::<ErrorAnswer>().code, "RATE_LIMIT_EXCEEDED");
    for _ in 0..3_000 {
        if socket.send_text(ice.to_string()).await.is_err() {
            break;
        }
    }
    let (closed, _) = patiently("the end", socket.closed()).await;
    assert_eq!(closed, CloseCode::Limit.number());
}
