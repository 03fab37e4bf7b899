//! Across a block: in a DM the blocker is told, the blocked one sees everything as before.

use reqwest::Method;
use sentinal_protocol::MessageType;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_tests::{TestServer, TestUser, answered, outcome, request};

/// What is asked in the DM, with what, and the status and code for whoever has blocked the other
/// side. The blocked one is answered with a success each time.
const ASKED: &[(&str, &str, u16, &str)] = &[
    (
        "POST /v1/conversations",
        r#"{"type":"DM","participants":["{other}"]}"#,
        403,
        "BLOCKED",
    ),
    (
        "POST /v1/messages",
        r#"{"conversation_id":"{dm}","ciphertexts":[{"recipient_device_id":"{device}","ciphertext":"AA=="}]}"#,
        403,
        "BLOCKED",
    ),
    (
        "PUT /v1/messages/{own}",
        r#"{"ciphertexts":[{"recipient_device_id":"{device}","ciphertext":"AA=="}]}"#,
        403,
        "BLOCKED",
    ),
    (
        "PUT /v1/messages/{theirs}/reactions/yes",
        "",
        403,
        "BLOCKED",
    ),
    (
        "PUT /v1/messages/{poll}/vote",
        r#"{"options":[0]}"#,
        403,
        "BLOCKED",
    ),
    ("PUT /v1/messages/{theirs}/pin", "", 403, "BLOCKED"),
    ("DELETE /v1/messages/{theirs}/pin", "", 403, "BLOCKED"),
    (
        "PUT /v1/conversations/{dm}",
        r#"{"message_expiry_seconds":60}"#,
        403,
        "BLOCKED",
    ),
    // What concerns oneself alone, and what was said before, stays.
    ("GET /v1/conversations/{dm}", "", 200, ""),
    ("GET /v1/messages/{theirs}", "", 200, ""),
    ("POST /v1/messages/{theirs}/read", "", 200, ""),
    ("PUT /v1/messages/{theirs}/star", "", 200, ""),
    ("DELETE /v1/messages/{theirs}/reactions/yes", "", 200, ""),
    ("DELETE /v1/messages/{own}", "", 200, ""),
    ("GET /v1/messages?conversation_id={dm}", "", 200, ""),
];

async fn ask(
    server: &TestServer,
    user: &TestUser,
    (route, body): (&str, &str),
    filled: &[(&str, String)],
) -> (u16, String) {
    let fill = |text: &str| {
        filled.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    };
    let (method, path) = route.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let mut asked = request(server, Some(user), method, &fill(path));
    if !body.is_empty() {
        asked = asked.header("Content-Type", "application/json");
        asked = asked.body(fill(body));
    }
    outcome(asked).await
}

#[tokio::test]
async fn the_blocker_is_told_and_the_blocked_one_sees_no_difference() {
    let server = TestServer::spawn().await;
    let (alice, bob, dm) = server.direct_chat("alice", "bob").await;
    let stranger = server.user("stranger").await;
    let from_alice = alice.send_text(dm, 1).await.id;
    let from_bob = bob.send_text(dm, 2).await.id;
    let mut poll = bob.message(dm, 3).await;
    poll.message_type = Some(MessageType::Poll);
    poll.poll = Some(NewPoll {
        options: 2,
        multiple: false,
        closes_at: None,
    });
    let poll = bob.client.send_message(&poll).await.unwrap().data.id;
    alice.client.block(bob.id).await.unwrap();
    for (route, body, status, code) in ASKED {
        let as_one = |own: &TestUser, other: &TestUser| {
            let blocks = own.id == alice.id;
            let (own_message, theirs) = if blocks {
                (from_alice, from_bob)
            } else {
                (from_bob, from_alice)
            };
            [
                ("dm", dm.to_string()),
                ("other", other.id.to_string()),
                ("device", other.device.clone()),
                ("own", own_message.to_string()),
                ("theirs", theirs.to_string()),
                ("poll", poll.to_string()),
            ]
        };
        let asking = (*route, *body);
        let told = ask(&server, &alice, asking, &as_one(&alice, &bob)).await;
        assert_eq!(
            told,
            (*status, (*code).to_owned()),
            "{route} as the blocker"
        );
        let told = ask(&server, &bob, asking, &as_one(&bob, &alice)).await;
        assert!(told.0 < 300, "{route} as the blocked one: {told:?}");
        if *route != "POST /v1/conversations" {
            let told = ask(&server, &stranger, asking, &as_one(&alice, &bob)).await;
            assert_eq!(told.0, 404, "{route} as a stranger");
        }
    }
    // Nothing of what the blocked one did has come through.
    let path = format!("/v1/messages?conversation_id={dm}");
    let (_, page) = answered(request(&server, Some(&alice), Method::GET, &path)).await;
    let messages = page["data"]["messages"].as_array().unwrap();
    for message in messages {
        assert_eq!(message["is_edited"], false, "{message}");
        assert!(
            message["reactions"].as_array().unwrap().is_empty(),
            "{message}"
        );
    }
}
