//! Waking devices that have no live socket: which, when, and that nothing is told but that.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use sentinal_protocol::api::push::AddPushTokenRequest;
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{
    Base64, CallParticipantStatus, CallType, Clock, ErrorCode, PushPlatform, Timestamp,
};
use sentinal_tests::{Push, PushService, TestServer, TestUser, until};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
/// How the time is moved where it is not known when it matters.
const STEP: Duration = Duration::from_millis(250);
/// A device is woken for messages at most once in this time.
const COLLAPSE: Duration = Duration::from_secs(5);
/// A private key that protects nothing.
const VAPID: [(&str, &str); 2] = [
    (
        "VAPID_PRIVATE_KEY",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
    ),
    ("VAPID_SUBJECT", "mailto:operator@example.org"),
];
const SECRET: &str = "a secret that only tests know";

async fn server_with(settings: &[(&str, &str)]) -> (TestServer, Clock) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    (TestServer::spawn_at(clock.clone(), settings).await, clock)
}

/// A server that sends Web Push, to services on this machine too.
async fn server() -> (TestServer, Clock) {
    let settings = [VAPID[0], VAPID[1], ("PUSH_ALLOW_PRIVATE", "on")];
    server_with(&settings).await
}

async fn server_with_webhook(service: &PushService) -> (TestServer, Clock) {
    let url = service.endpoint("/hook");
    let settings = [
        ("PUSH_WEBHOOK_URL", url.as_str()),
        ("PUSH_WEBHOOK_SECRET", SECRET),
    ];
    server_with(&settings).await
}

async fn subscribe(user: &TestUser, platform: PushPlatform, token: &str) {
    let request = AddPushTokenRequest {
        platform,
        token: token.to_owned(),
        device_id: None,
    };
    user.client.add_push_token(&request).await.unwrap();
}

/// Registers an endpoint that is named like the device.
async fn subscribe_at(service: &PushService, user: &TestUser) {
    let endpoint = service.endpoint(&format!("/{}", user.device));
    subscribe(user, PushPlatform::WebPush, &endpoint).await;
}

/// The device that a push is for, after `service` has been subscribed at.
fn device(push: &Push) -> &str {
    push.path.trim_start_matches('/')
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&Base64::decode(part).unwrap().0).unwrap()
}

#[tokio::test]
async fn a_device_without_a_socket_is_woken_at_once_and_once_more_for_what_follows() {
    let (server, clock) = server().await;
    let mut service = PushService::start().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    let subscription = json!({
        "endpoint": service.endpoint("/bob-phone"),
        "keys": {
            "p256dh": Base64([&[4][..], &[7; 64]].concat()),
            "auth": Base64(vec![7; 16]),
        },
    });
    subscribe(&bob, PushPlatform::WebPush, &subscription.to_string()).await;
    subscribe_at(&service, &tablet).await;
    subscribe_at(&service, &alice).await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    alice.send_text(chat, 1).await;
    let push = service.next().await;
    assert_eq!(device(&push), "bob-phone");
    assert_eq!(push.body, "", "nothing of the message");
    let header = |name| push.header(name);
    assert_eq!(header("content-length"), "0", "services insist on it");
    assert_eq!((header("ttl"), header("urgency")), ("86400", "normal"));
    assert_eq!(header("topic"), "message");
    // Signed by the key that the server names.
    let key = alice
        .client
        .server()
        .await
        .unwrap()
        .vapid_public_key
        .unwrap();
    let (scheme, parameters) = header("authorization").split_once(' ').unwrap();
    let (token, named) = parameters.split_once(", k=").unwrap();
    assert_eq!((scheme, named), ("vapid", key.as_str()));
    let token = token.strip_prefix("t=").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let key = VerifyingKey::from_sec1_bytes(&Base64::decode(&key).unwrap().0).unwrap();
    let signature = Signature::from_slice(&Base64::decode(signature).unwrap().0).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    assert_eq!(decoded(head), json!({"typ": "JWT", "alg": "ES256"}));
    assert_eq!(
        decoded(claims),
        json!({
            "aud": service.endpoint(""),
            "exp": 1_800_000_000 + 12 * 3_600,
            "sub": "mailto:operator@example.org",
        })
    );
    // What follows soon is one more push, later; the tablet has heard everything live.
    alice.send_many(chat, 2..=4).await;
    for number in 1..=4 {
        assert_eq!(tablet.next_number(chat).await, number);
    }
    clock.advance(COLLAPSE);
    assert_eq!(device(&service.next().await), "bob-phone");
    tablet.disconnect().await;
    until("no socket", async || {
        (server.app().directory().sockets() == 0).then_some(())
    })
    .await;
    clock.advance(COLLAPSE);
    alice.send_text(chat, 5).await;
    let mut phone = 0;
    loop {
        let push = service.next().await;
        match device(&push) {
            "tablet" => break,
            "bob-phone" => phone += 1,
            other => panic!("{other} was woken"),
        }
    }
    assert!(phone <= 2, "once for the last of the burst, once now");
}

#[tokio::test]
async fn who_does_not_want_it_or_must_not_know_is_not_woken() {
    let (server, clock) = server().await;
    let mut service = PushService::start().await;
    let names = ["alice", "carol", "muter", "silent", "gone"];
    let ([alice, carol, muter, silent, gone], group) = server.group_chat(names).await;
    let blocker = server.user("blocker").await;
    let dm = alice.client.create_direct(blocker.id).await.unwrap().id;
    let tablet = alice.another_device("tablet").await;
    for user in [&alice, &tablet, &carol, &muter, &silent, &gone, &blocker] {
        subscribe_at(&service, user).await;
    }
    muter.client.mute(group, None).await.unwrap();
    let quiet = UpdateSettingsRequest {
        notifications_enabled: Some(Some(false)),
        ..UpdateSettingsRequest::default()
    };
    silent.client.update_settings(&quiet).await.unwrap();
    let login = gone.client.login().unwrap();
    gone.client.log_out().await.unwrap();
    blocker.client.block(alice.id).await.unwrap();
    for round in 1..=3 {
        alice.send_text(dm, round).await;
        alice.send_text(group, round).await;
        assert_eq!(device(&service.next().await), carol.device, "round {round}");
        clock.advance(COLLAPSE + SECOND);
    }
    // The same people, once they want it: the subscriptions were good.
    gone.client.set_login(Some((*login).clone()));
    let signed_in = gone
        .client
        .sign_in(&gone.name, gone.password(), &gone.device);
    signed_in.await.unwrap();
    muter.client.unmute(group).await.unwrap();
    let loud = UpdateSettingsRequest {
        notifications_enabled: Some(Some(true)),
        ..UpdateSettingsRequest::default()
    };
    silent.client.update_settings(&loud).await.unwrap();
    alice.send_text(group, 4).await;
    let mut woken = Vec::new();
    for _ in 0..4 {
        woken.push(device(&service.next().await).to_owned());
    }
    woken.sort();
    assert_eq!(
        woken,
        ["carol-phone", "gone-phone", "muter-phone", "silent-phone"]
    );
}

/// A live socket rings all the same.
#[tokio::test]
async fn a_call_in_a_muted_conversation_wakes_only_who_wants_it() {
    let (server, clock) = server().await;
    let mut service = PushService::start().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    tablet.connect().await;
    tablet.messages_until_synced().await;
    subscribe_at(&service, &bob).await;
    let other = alice.client.create_group("other", vec![bob.id]).await;
    let other = other.unwrap().id;
    bob.client.mute(chat, None).await.unwrap();
    let silent = alice.call(chat).await.id;
    tablet.wait_for(EventKind::CallIncoming).await;
    alice.client.end_call(silent, None).await.unwrap();
    tablet.wait_for(EventKind::CallEnded).await;
    // What wakes him first is something else.
    alice.send_text(other, 1).await;
    assert_eq!(service.next().await.header("urgency"), "normal");
    clock.advance(COLLAPSE + SECOND);
    let loud = UpdateSettingsRequest {
        calls_ring_muted: Some(Some(true)),
        ..UpdateSettingsRequest::default()
    };
    bob.client.update_settings(&loud).await.unwrap();
    alice.call(chat).await;
    assert_eq!(service.next().await.header("urgency"), "high");
}

#[tokio::test]
async fn a_token_that_its_service_knows_no_more_is_forgotten() {
    let (server, _) = server().await;
    let mut service = PushService::start().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    for status in [404, 410] {
        let bob_phone = bob.another_device(&format!("phone-{status}")).await;
        subscribe_at(&service, &bob_phone).await;
        service.answer(status, "");
        alice.send_text(chat, status.into()).await;
        assert_eq!(device(&service.next().await), bob_phone.device);
        until("the token's end", async || {
            bob.client
                .push_tokens()
                .await
                .unwrap()
                .is_empty()
                .then_some(())
        })
        .await;
    }
}

/// Checks who signed, and answers what is said.
fn unsealed(push: &Push, clock: &Clock) -> Value {
    let signature = push.header("x-sentinal-signature");
    let (time, digits) = signature.split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let signed_at = time.parse::<i64>().unwrap();
    assert!((1_800_000_000..=clock.now().millis() / 1_000).contains(&signed_at));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", push.body).as_bytes());
    let signature: Vec<u8> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect();
    mac.verify_slice(&signature).unwrap();
    serde_json::from_str(&push.body).unwrap()
}

#[tokio::test]
async fn the_webhook_is_signed_and_what_it_refuses_for_now_is_sent_again() {
    let mut service = PushService::start().await;
    let (server, clock) = server_with_webhook(&service).await;
    assert_eq!(
        server.stranger().server().await.unwrap().vapid_public_key,
        None
    );
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    subscribe(&bob, PushPlatform::Fcm, "token-of-bob").await;
    service.answer(503, "");
    service.answer(429, "Retry-After: 30\r\n");
    alice.send_text(chat, 1).await;
    for pause in [0, 1, 30] {
        let answered_at = clock.now();
        let push = until("the next attempt", async || {
            clock.advance(STEP);
            service.try_next()
        })
        .await;
        assert!(clock.now().since(answered_at) >= SECOND * pause);
        let said = unsealed(&push, &clock);
        assert_eq!(
            said,
            json!({
                "platform": "fcm",
                "token": "token-of-bob",
                "payload": {"type": "message"},
                "ttl_seconds": 86_400,
                "urgency": "normal",
                "collapse_key": "message",
            })
        );
    }
    // A hook that is not there says nothing of the token.
    clock.advance(COLLAPSE);
    service.answer(404, "");
    alice.send_text(chat, 2).await;
    service.next().await;
    clock.advance(COLLAPSE);
    service.answer(410, "");
    alice.send_text(chat, 3).await;
    service.next().await;
    until("the token's end", async || {
        bob.client
            .push_tokens()
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_call_rings_and_its_end_follows_where_it_rang() {
    let (server, _) = server().await;
    let mut service = PushService::start().await;
    let (alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    let tablet = bob.another_device("tablet").await;
    for user in [&alice, &bob, &tablet] {
        subscribe_at(&service, user).await;
    }
    bob.connect().await;
    let push = server.app().push();
    let call = Uuid::now_v7();
    push.call_incoming(bob.id, call);
    let rings = service.next().await;
    assert_eq!(device(&rings), "tablet", "the phone has a socket");
    push.call_cancelled(alice.id, call);
    push.call_cancelled(bob.id, call);
    let ends = service.next().await;
    for told in [&rings, &ends] {
        let header = |name| told.header(name);
        assert_eq!((header("ttl"), header("urgency")), ("45", "high"));
        assert_eq!(header("topic"), call.simple().to_string());
        assert_eq!(told.body, "");
    }
    assert_eq!(device(&ends), "tablet");
    // Too late, and then taken back at once: neither is sent.
    push.call_incoming(bob.id, call);
    let other = Uuid::now_v7();
    push.call_incoming(alice.id, other);
    let next = service.next().await;
    assert_eq!(
        (device(&next), next.header("topic")),
        ("alice-phone", other.simple().to_string().as_str())
    );
}

/// The whole way: who sleeps is woken, and let sleep again as soon as another device has answered.
#[tokio::test]
async fn a_tablet_that_sleeps_is_woken_for_a_call_until_the_phone_has_answered() {
    let (server, _) = server().await;
    let mut service = PushService::start().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let tablet = bob.another_device("tablet").await;
    for user in [&alice, &bob, &tablet] {
        subscribe_at(&service, user).await;
    }
    bob.connect().await;
    let call = alice.client.create_call(chat, CallType::Audio).await;
    let call = call.unwrap().id;
    let rings = service.next().await;
    assert_eq!(device(&rings), "tablet", "the phone has a socket");
    assert_eq!(rings.header("topic"), call.0.simple().to_string());
    bob.wait_for(EventKind::CallIncoming).await;
    let joined = CallParticipantStatus::Joined;
    let joined = bob.client.set_call_status(call, bob.id, joined).await;
    joined.unwrap();
    let rests = service.next().await;
    assert_eq!(device(&rests), "tablet");
    assert_eq!(rests.header("topic"), call.0.simple().to_string());
    // The end of the call is nobody's who was asleep: the next push is that of the next call.
    alice.client.end_call(call, None).await.unwrap();
    let next = alice.client.create_call(chat, CallType::Audio).await;
    let next = next.unwrap().id;
    let rings = service.next().await;
    assert_eq!(rings.header("topic"), next.0.simple().to_string());
    alice.client.end_call(next, None).await.unwrap();
    let rests = service.next().await;
    assert_eq!(rests.header("topic"), next.0.simple().to_string());
}

#[tokio::test]
async fn the_webhook_is_told_which_call_it_is_about() {
    let mut service = PushService::start().await;
    let (server, clock) = server_with_webhook(&service).await;
    let bob = server.user("bob").await;
    subscribe(&bob, PushPlatform::Apns, "token-of-bob").await;
    let call = Uuid::now_v7();
    server.app().push().call_incoming(bob.id, call);
    let said = unsealed(&service.next().await, &clock);
    assert_eq!(said["payload"], json!({"type": "call", "call_id": call}));
    assert_eq!(
        (&said["ttl_seconds"], &said["urgency"]),
        (&json!(45), &json!("high"))
    );
    server.app().push().call_cancelled(bob.id, call);
    let said = unsealed(&service.next().await, &clock);
    assert_eq!(
        said["payload"],
        json!({"type": "call_cancelled", "call_id": call})
    );
    assert_eq!(said["collapse_key"], json!(call.simple().to_string()));
}

/// What is no address, or one inside, is not taken: nobody would know why nothing rings.
#[tokio::test]
async fn an_endpoint_that_cannot_be_called_is_refused_at_the_door() {
    let (server, _) = server_with(&VAPID).await;
    let bob = server.user("bob").await;
    for token in ["no address", "http://push.example/", "https://127.0.0.1/x"] {
        let request = AddPushTokenRequest {
            platform: PushPlatform::WebPush,
            token: token.to_owned(),
            device_id: None,
        };
        let refused = bob.client.add_push_token(&request).await.err();
        let code = refused.and_then(|it| it.code());
        assert_eq!(code, Some(ErrorCode::Validation), "{token}");
    }
    subscribe(&bob, PushPlatform::WebPush, "https://push.example/x").await;
    subscribe(&bob, PushPlatform::Fcm, "anything").await;
}
