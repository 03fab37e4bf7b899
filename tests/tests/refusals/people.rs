//! Conversations and people: what a DM does not change, and who is asked for wrongly.

use reqwest::Method;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::auth::RegisterRequest;
use sentinal_protocol::api::conversations::UpdateConversationRequest;
use sentinal_tests::{TestServer, TestUser};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, refused};

#[tokio::test]
async fn the_people_of_a_dm_stay_the_two() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let carol = server.user("carol").await;
    let people = format!("/v1/conversations/{chat}/participants");
    let others = format!("{people}/{}", bob.id);
    for (method, path, body) in [
        (Method::POST, people.clone(), json!({"user_id": carol.id})),
        (Method::DELETE, others.clone(), Value::Null),
        (
            Method::PUT,
            format!("{others}/role"),
            json!({"role": "admin"}),
        ),
        (
            Method::POST,
            format!("/v1/conversations/{chat}/leave"),
            Value::Null,
        ),
    ] {
        let answer = asked(&server, &alice, method, &path, body).await;
        assert_eq!(answer, refused(409, "DM_IMMUTABLE"), "{path}");
    }
    let both = alice.client.participants(chat).await.unwrap();
    assert_eq!(both.participants.len(), 2);
}

#[tokio::test]
async fn groups_keep_the_rules_of_their_people() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let broken = refused(422, "VALIDATION_ERROR");
    let people = format!("/v1/conversations/{chat}/participants");
    let role = format!("{people}/{}/role", bob.id);
    let read = format!("/v1/conversations/{chat}/read");
    for (method, path, body) in [
        (
            Method::POST,
            &people,
            json!({"user_id": Uuid::now_v7(), "role": "member"}),
        ),
        (Method::PUT, &role, json!({"role": "emperor"})),
        (Method::POST, &read, json!({})),
    ] {
        let answer = asked(&server, &alice, method, path, body).await;
        assert_eq!(answer, broken, "{path}");
    }
    let again = json!({"user_id": bob.id});
    let answer = asked(&server, &alice, Method::POST, &people, again).await;
    assert_eq!(answer.0, 200, "they are there already");
}

#[tokio::test]
async fn the_dm_of_others_is_not_asked_for() {
    let server = TestServer::spawn().await;
    let (alice, bob, _) = server.direct_chat("alice", "bob").await;
    let carol = server.user("carol").await;
    let path = |one: &TestUser, other: &TestUser| {
        format!(
            "/v1/conversations/direct?user_id_1={}&user_id_2={}",
            one.id, other.id
        )
    };
    let get = async |user: &TestUser, path: &str| {
        asked(&server, user, Method::GET, path, Value::Null).await
    };
    let answer = get(&carol, &path(&alice, &bob)).await;
    assert_eq!(answer, refused(403, "FORBIDDEN"));
    let answer = get(&alice, &path(&alice, &carol)).await;
    assert_eq!(answer, refused(404, "NOT_FOUND"));
    let answer = get(&alice, "/v1/conversations/direct").await;
    assert_eq!(answer, refused(422, "VALIDATION_ERROR"));
}

/// Where only admins write nobody else pins or takes a number either.
#[tokio::test]
async fn where_only_admins_write_members_change_nothing() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let message = bob.send_text(chat, 1).await;
    let closed: UpdateConversationRequest =
        serde_json::from_value(json!({"permissions": {"send": "admins"}})).unwrap();
    alice
        .client
        .update_conversation(chat, &closed)
        .await
        .unwrap();
    let pin = format!("/v1/messages/{}/pin", message.id);
    let sequence = format!("/v1/conversations/{chat}/sequence");
    for (method, path) in [
        (Method::PUT, &pin),
        (Method::DELETE, &pin),
        (Method::POST, &sequence),
    ] {
        let answer = asked(&server, &bob, method, path, Value::Null).await;
        assert_eq!(answer, refused(403, "FORBIDDEN"), "{path}");
    }
    let long = format!("/v1/messages/{}/reactions/{}", message.id, "x".repeat(65));
    let answer = asked(&server, &bob, Method::DELETE, &long, Value::Null).await;
    assert_eq!(answer, refused(422, "VALIDATION_ERROR"));
}

#[tokio::test]
async fn a_block_that_cannot_be_is_not_ended() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let unblock = async |id: String| {
        let path = format!("/v1/users/me/contacts/{id}/unblock");
        asked(&server, &alice, Method::POST, &path, Value::Null).await
    };
    let answer = unblock(alice.id.to_string()).await;
    assert_eq!(answer, refused(422, "VALIDATION_ERROR"));
    let answer = unblock(Uuid::now_v7().to_string()).await;
    assert_eq!(answer, refused(404, "NOT_FOUND"));
}

#[tokio::test]
async fn new_passwords_keep_the_rules_of_passwords() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for (door, body) in [
        (
            "change",
            json!({"current_password": alice.password(), "new_password": "short"}),
        ),
        (
            "reset",
            json!({"identity": "alice", "token": "x", "new_password": "x".repeat(73)}),
        ),
    ] {
        let path = format!("/v1/auth/password/{door}");
        let answer = asked(&server, &alice, Method::POST, &path, body).await;
        assert_eq!(answer, refused(422, "VALIDATION_ERROR"), "{door}");
    }
}

#[tokio::test]
async fn nobody_calls_an_account_that_is_gone() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    bob.client.delete_account().await.unwrap();
    let body = json!({"conversation_id": chat, "type": "AUDIO"});
    let answer = asked(&server, &alice, Method::POST, "/v1/calls", body).await;
    assert_eq!(answer, refused(409, "ACCOUNT_DELETED"));
}

/// An id of the server's would name two devices.
#[tokio::test]
async fn no_device_calls_itself_by_an_id_of_the_server() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let device = alice.client.devices().await.unwrap().remove(0);
    let bob = RegisterRequest {
        email: "bob@example.com".to_owned(),
        username: "bob".to_owned(),
        phone_number: None,
        password: alice.password().to_owned(),
        display_name: None,
        device_id: device.id.to_string(),
        device_name: None,
        device_type: None,
    };
    let refused = server.stranger().register(&bob).await.err();
    let code = refused.and_then(|error| error.code());
    assert_eq!(code, Some(ErrorCode::Conflict));
}

/// Two people may have devices of the same name; whoever writes to both says whose they mean.
#[tokio::test]
async fn a_device_that_two_people_have_must_be_named_with_its_owner() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let message = alice.send_text(chat, 1).await;
    bob.another_device("tablet").await;
    carol.another_device("tablet").await;
    let ciphertexts = json!([{"recipient_device_id": "tablet", "ciphertext": "MQ=="}]);
    let send = json!({"conversation_id": chat, "ciphertexts": ciphertexts});
    let edit = json!({"ciphertexts": ciphertexts});
    let path = format!("/v1/messages/{}", message.id);
    for (method, path, body) in [
        (Method::POST, "/v1/messages", send),
        (Method::PUT, path.as_str(), edit),
    ] {
        let answer = asked(&server, &alice, method, path, body).await;
        assert_eq!(answer, refused(422, "AMBIGUOUS_DEVICE"), "{path}");
    }
}
