//! A request is charged what it costs others: people put into groups, members who come and go, keys that
//! all conversations hear of, messages that fill the journal. And nobody is kept from sending by it.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use sentinal_client::{Client, ClientError};
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::messages::{
    Ciphertext, DeviceMismatch, SendMessageRequest, UserDevice,
};
use sentinal_protocol::{Base64, ConversationId, ErrorCode, UserId};
use sentinal_tests::keys::{one_time_keys, setup};
use sentinal_tests::{TestServer, TestUser, answered, patiently, request};
use serde_json::json;
use uuid::Uuid;

/// A server that limits nothing but what is given.
async fn server_with(limits: &[(&str, &str)]) -> TestServer {
    let mut settings = vec![("RATE_LIMIT", "on")];
    settings.extend(
        [
            "RATE_LIMIT_AUTH",
            "RATE_LIMIT_MESSAGES",
            "RATE_LIMIT_GENERAL",
            "RATE_LIMIT_WS_CONNECT",
            "RATE_LIMIT_BROADCAST",
            "RATE_LIMIT_STRANGERS",
            "RATE_LIMIT_KEYS",
            "RATE_LIMIT_REJOIN",
        ]
        .map(|name| (name, "off")),
    );
    settings.extend_from_slice(limits);
    TestServer::spawn_with(&settings).await
}

fn code<T>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.err()?.code()
}

fn adding(user_id: UserId) -> AddParticipantRequest {
    AddParticipantRequest {
        user_id,
        role: None,
    }
}

async fn knows(user: &TestUser, other: &TestUser) {
    let contact = AddContactRequest {
        contact_user_id: other.id,
        nickname: None,
    };
    user.client.add_contact(&contact).await.unwrap();
}

/// Past a target's rate the adder hears what the target's privacy would have the adder hear.
#[tokio::test]
async fn strangers_put_somebody_into_so_many_groups_and_no_more() {
    let server = server_with(&[("RATE_LIMIT_STRANGERS", "4/24h")]).await;
    let bob = server.user("bob").await;
    let carol = server.user("carol").await;
    let hidden = json!({"privacy_groups": "nobody"});
    let hidden = serde_json::from_value(hidden).unwrap();
    carol.client.update_settings(&hidden).await.unwrap();
    let adders = [server.user("dave").await, server.user("erin").await];
    for adder in &adders {
        adder.client.create_group("x", vec![bob.id]).await.unwrap();
    }
    let frank = server.user("frank").await;
    let group = frank.client.create_group("x", Vec::new()).await.unwrap().id;
    let path = format!("/v1/conversations/{group}/participants");
    let add = async |user: &TestUser| {
        let body = json!({"user_id": user.id});
        let asked = request(&server, Some(&frank), Method::POST, &path).json(&body);
        let (status, mut body) = answered(asked).await;
        body.as_object_mut().unwrap().remove("request_id");
        (status, body)
    };
    let (refused, private) = (add(&bob).await, add(&carol).await);
    assert_eq!(refused.0, 422);
    assert_eq!(refused, private, "no difference to be seen");
    let created = frank.client.create_group("x", vec![bob.id]).await;
    assert_eq!(code(created), Some(ErrorCode::Validation));
    // Whom he knows puts him wherever they like.
    knows(&bob, &frank).await;
    assert_eq!(add(&bob).await.0, 201);
    assert_eq!(add(&bob).await.0, 200, "a repeat costs nothing");
}

#[tokio::test]
async fn somebody_puts_so_many_strangers_into_groups_and_no_more() {
    let server = server_with(&[("RATE_LIMIT_STRANGERS", "3/24h")]).await;
    let alice = server.user("alice").await;
    let mut people = Vec::new();
    for name in ["bob", "carol", "dave", "erin"] {
        people.push(server.user(name).await);
    }
    let ids: Vec<_> = people.iter().map(|user| user.id).collect();
    let all = alice.client.create_group("x", ids.clone()).await;
    assert_eq!(
        code(all),
        Some(ErrorCode::RateLimitExceeded),
        "never as many"
    );
    // What fails costs nothing.
    for _ in 0..4 {
        let unknown = vec![ids[0], UserId(Uuid::now_v7())];
        let failed = alice.client.create_group("x", unknown).await;
        assert_eq!(code(failed), Some(ErrorCode::Validation));
    }
    let group = alice.client.create_group("x", ids[..2].to_vec()).await;
    let group = group.unwrap().id;
    let add = async |id| alice.client.add_participant(group, &adding(id)).await;
    add(ids[2]).await.unwrap();
    assert_eq!(code(add(ids[3]).await), Some(ErrorCode::RateLimitExceeded));
    knows(&people[3], &alice).await;
    add(ids[3]).await.unwrap();
}

/// By a link or put in again: it is the coming back that costs.
#[tokio::test]
async fn a_member_comes_back_so_often_and_no_more() {
    let server = server_with(&[("RATE_LIMIT_REJOIN", "2/1h")]).await;
    let ([alice, carol], chat) = server.group_chat(["alice", "carol"]).await;
    let bob = server.user("bob").await;
    let link = alice.client.renew_invite(chat).await.unwrap().code;
    bob.client.join(&link).await.unwrap();
    for _ in 0..2 {
        bob.client.leave(chat).await.unwrap();
        bob.client.join(&link).await.unwrap();
        // There already.
        bob.client.join(&link).await.unwrap();
    }
    bob.client.leave(chat).await.unwrap();
    let joined = bob.client.join(&link).await;
    assert_eq!(code(joined), Some(ErrorCode::RateLimitExceeded));
    let added = alice.client.add_participant(chat, &adding(bob.id)).await;
    assert_eq!(code(added), Some(ErrorCode::RateLimitExceeded));
    // Somebody else, or somewhere else.
    carol.client.leave(chat).await.unwrap();
    carol.client.join(&link).await.unwrap();
    let other = alice.client.create_group("x", vec![bob.id]).await.unwrap();
    bob.client.leave(other.id).await.unwrap();
    let bob = adding(bob.id);
    alice.client.add_participant(other.id, &bob).await.unwrap();
}

#[tokio::test]
async fn keys_change_so_often_and_a_device_can_always_be_removed() {
    let server = server_with(&[("RATE_LIMIT_KEYS", "3/1h")]).await;
    // A set of keys, a second device and its keys.
    let alice = server.user("alice").await;
    let tablet = alice.another_device("tablet").await;
    let keys = setup(one_time_keys(1..2));
    let again = tablet.client.set_up_keys(&keys).await;
    assert_eq!(code(again), Some(ErrorCode::RateLimitExceeded));
    let third = alice.client.signed_out();
    let third = third.sign_in("alice", alice.password(), "laptop").await;
    assert_eq!(code(third), Some(ErrorCode::RateLimitExceeded));
    // A device that is known brings no change.
    alice.another_device_without_keys("tablet").await;
    let devices = alice.client.devices().await.unwrap();
    let device = devices.iter().find(|it| it.device_id == "tablet").unwrap();
    alice.client.remove_device(device.id).await.unwrap();
}

/// Others who come and go use up nobody's messages.
#[tokio::test]
async fn a_refusal_for_another_device_set_is_not_counted() {
    let server = server_with(&[("RATE_LIMIT_MESSAGES", "2/1h")]).await;
    let (mut alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let good = alice.message(chat, 1).await;
    let mut stale = good.clone();
    stale.ciphertexts.clear();
    stale.client_message_id = None;
    for _ in 0..5 {
        let refused = alice.client.send_message(&stale).await;
        assert_eq!(code(refused), Some(ErrorCode::DeviceMismatch));
    }
    alice.client.send_message(&good).await.unwrap();
    alice.connect().await;
    for _ in 0..5 {
        let refused = alice.socket().sender().send_message(stale.clone()).await;
        assert_eq!(code(refused), Some(ErrorCode::DeviceMismatch));
    }
    alice.send_text(chat, 2).await;
    let third = alice.try_send_text(chat, 3).await;
    assert_eq!(code(third), Some(ErrorCode::RateLimitExceeded));
    // That has a bound as well, ten times as high: then they are counted.
    let mut mismatches = 0;
    for _ in 0..30 {
        let refused = code(bob.client.send_message(&stale).await).unwrap();
        mismatches += u32::from(refused == ErrorCode::DeviceMismatch);
    }
    assert_eq!(mismatches, 10 * 2 + 2);
}

fn encrypted(device: &UserDevice) -> Ciphertext {
    Ciphertext {
        recipient_device_id: device.device_id.clone(),
        recipient_user_id: device.user_id,
        ciphertext: Base64(b"x".to_vec()),
        header: None,
    }
}

/// Sends one message, made at first for the devices that `request` names; how often it took.
async fn try_send(
    client: &Client,
    request: &mut SendMessageRequest,
    own: &str,
) -> Result<u32, ClientError> {
    request.client_message_id = Some(Uuid::now_v7().to_string());
    let encrypt = |device: &UserDevice| (device.device_id != own).then(|| encrypted(device));
    let sent = client.send_to_roster(request, encrypt).await?;
    Ok(sent.sends)
}

async fn send(client: &Client, request: &mut SendMessageRequest, own: &str) -> u32 {
    try_send(client, request, own).await.unwrap()
}

/// Five of sixty leave and come back as often as they can: that has an end, and costs the sender nothing.
#[tokio::test]
async fn a_sender_keeps_up_with_members_who_come_and_go() {
    let limits = [
        ("RATE_LIMIT_REJOIN", "5/1h"),
        ("RATE_LIMIT_MESSAGES", "500/1h"),
    ];
    let server = server_with(&limits).await;
    let alice = server.user("alice").await;
    let mut people = Vec::new();
    for number in 0..59 {
        people.push(server.user(&format!("member_{number}")).await);
    }
    let others = people.iter().map(|user| user.id).collect();
    let chat = alice.client.create_group("many", others).await.unwrap().id;
    let link = alice.client.renew_invite(chat).await.unwrap().code;
    let mut message = alice.message(chat, 1).await;
    let churn = join_all(
        people[..5]
            .iter()
            .map(|user| come_and_go(user, chat, &link)),
    );
    let (done, mut over) = tokio::sync::oneshot::channel();
    let churn = async {
        let times = churn.await;
        done.send(()).unwrap();
        times
    };
    let sends = async {
        while over.try_recv().is_err() {
            // Nobody sends faster than this, so it may be refused as often as it is tried again.
            if let Err(refused) = try_send(&alice.client, &mut message, "alice-phone").await {
                assert_eq!(refused.code(), Some(ErrorCode::DeviceMismatch));
            }
        }
    };
    let (times, ()) = patiently("the churn", async { tokio::join!(churn, sends) }).await;
    assert_eq!(times, [5; 5]);
    // From now on the roster stands: once refused, told the difference, sent.
    assert!(send(&alice.client, &mut message, "alice-phone").await <= 2);
    people[6].client.leave(chat).await.unwrap();
    people[7].client.leave(chat).await.unwrap();
    people[7].client.join(&link).await.unwrap();
    assert!(send(&alice.client, &mut message, "alice-phone").await <= 2);
    assert_eq!(send(&alice.client, &mut message, "alice-phone").await, 1);
}

/// How often somebody could come back.
async fn come_and_go(user: &TestUser, chat: ConversationId, link: &str) -> u32 {
    let mut times = 0;
    loop {
        user.client.leave(chat).await.unwrap();
        match user.client.join(link).await {
            Ok(_) => times += 1,
            Err(refused) => {
                assert_eq!(refused.code(), Some(ErrorCode::RateLimitExceeded));
                return times;
            }
        }
    }
}

/// A refusal names the difference, as far as it goes.
#[tokio::test]
async fn a_refusal_for_another_device_set_has_a_bound() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let named = |number| Ciphertext {
        recipient_device_id: format!("nobodys-{number}"),
        recipient_user_id: None,
        ciphertext: Base64(b"x".to_vec()),
        header: None,
    };
    let request = SendMessageRequest::new(chat, (0..300).map(named).collect());
    let refused = alice.client.send_message(&request).await.unwrap_err();
    let details: DeviceMismatch = refused.details().unwrap();
    assert_eq!((details.missing.len(), details.extra.len()), (1, 256));
    assert!(details.more);
    let mut request = request;
    assert_eq!(send(&alice.client, &mut request, "alice-phone").await, 2);
}

#[tokio::test]
async fn a_user_takes_part_in_so_many_conversations_and_no_more() {
    let server = TestServer::spawn_with(&[("CONVERSATIONS_MAX", "2")]).await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let carol = server.user("carol").await;
    // Opened by others, and nothing written: they do not count.
    let direct = bob.client.create_direct(alice.id).await.unwrap().id;
    carol.client.create_direct(alice.id).await.unwrap();
    let group = alice.client.create_group("1", Vec::new()).await.unwrap().id;
    alice.client.create_group("2", Vec::new()).await.unwrap();
    let third = alice.client.create_group("3", Vec::new()).await;
    assert_eq!(code(third), Some(ErrorCode::Conflict));
    let dave = server.user("dave").await;
    let third = alice.client.create_direct(dave.id).await;
    assert_eq!(code(third), Some(ErrorCode::Conflict));
    let daves = dave.client.create_group("x", Vec::new()).await.unwrap().id;
    let link = dave.client.renew_invite(daves).await.unwrap().code;
    assert_eq!(
        code(alice.client.join(&link).await),
        Some(ErrorCode::Conflict)
    );
    // Others hear what her privacy would have them hear.
    let added = dave.client.add_participant(daves, &adding(alice.id)).await;
    assert_eq!(code(added), Some(ErrorCode::Validation));
    let created = dave.client.create_group("x", vec![alice.id]).await;
    assert_eq!(code(created), Some(ErrorCode::Validation));
    // A DM in which she writes counts; the place of a group is free again.
    alice.client.leave(group).await.unwrap();
    alice.send_text(direct, 1).await;
    assert_eq!(
        code(alice.client.join(&link).await),
        Some(ErrorCode::Conflict)
    );
    // What she is in stays open to her.
    alice.client.create_direct(bob.id).await.unwrap();
    alice.send_text(direct, 2).await;
}

/// Bytes of one ciphertext, which is as long as one may be.
const CIPHERTEXT_BYTES: usize = 96 * 1024;

/// Thirty messages of the largest size at once are one member's quota of a minute.
#[tokio::test]
async fn a_flood_of_large_messages_gives_a_neighbour_no_503() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    for number in 1..15 {
        bob.another_device(&format!("bob-{number}")).await;
    }
    let (carol, _dave, quiet) = server.direct_chat("carol", "dave").await;
    let mut large = alice.message(chat, 1).await;
    for entry in &mut large.ciphertexts {
        entry.ciphertext = Base64(vec![7; CIPHERTEXT_BYTES]);
    }
    let small = carol.message(quiet, 1).await;
    let flood = join_all((0..30).map(async |number| {
        let mut large = large.clone();
        large.client_message_id = Some(format!("large-{number}"));
        match alice.client.send_message(&large).await {
            Ok(_) => 201,
            // Without a status: refused before the body was read, so the connection is gone.
            Err(refused) => refused.status().unwrap_or(503),
        }
    }));
    let (done, mut over) = tokio::sync::oneshot::channel();
    let flood = async {
        let answers = flood.await;
        done.send(()).unwrap();
        answers
    };
    let neighbour = async {
        let mut sent = 0_u32;
        while over.try_recv().is_err() {
            let mut small = small.clone();
            small.client_message_id = Some(Uuid::now_v7().to_string());
            carol.client.send_message(&small).await.unwrap();
            sent += 1;
            // A person, not a second flood.
            tokio::task::yield_now().await;
        }
        sent
    };
    let both = async { tokio::join!(flood, neighbour) };
    let both = tokio::time::timeout(Duration::from_mins(2), both).await;
    let (answers, sent) = both.expect("the flood passes");
    assert!(sent > 0);
    // Those who flood wait, or are told to.
    assert!(
        answers.iter().all(|it| [201, 503].contains(it)),
        "{answers:?}"
    );
    assert!(answers.contains(&201), "{answers:?}");
}
