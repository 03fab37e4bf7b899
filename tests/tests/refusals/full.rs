//! What is full takes nobody more: groups, lists of recipients, devices.

use reqwest::Method;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::broadcasts::CreateBroadcastRequest;
use sentinal_protocol::limits::{BROADCAST_RECIPIENTS_MAX, DEVICES_MAX, GROUP_MEMBERS_MAX};
use sentinal_tests::{TestServer, TestUser};
use serde_json::json;
use uuid::Uuid;

use super::{asked, refused};

/// Statements that make so many strangers, and enter each in a table by the row that `row` makes of
/// their id.
fn strangers(
    server: &TestServer,
    table: &str,
    columns: &str,
    count: usize,
    row: impl Fn(&str) -> String,
) -> Vec<String> {
    let (mut users, mut rows) = (Vec::new(), Vec::new());
    for number in 0..count {
        let id = server.database().literal(Uuid::now_v7());
        let name = format!("'stranger{number}'");
        users.push(format!(
            "({id}, {name}, {name}, {name}, {name}, '', {name}, {name}, 1, 1)"
        ));
        rows.push(row(&id));
    }
    vec![
        format!(
            "INSERT INTO users (id, email, email_key, username, username_key, password_hash, \
             display_name, display_name_key, created_at, updated_at) VALUES {}",
            users.join(",")
        ),
        format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(",")),
    ]
}

#[tokio::test]
async fn a_group_that_is_full_takes_nobody_more() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    let code = alice.client.renew_invite(chat).await.unwrap().code;
    let group = server.database().literal(chat.0);
    let columns = "conversation_id, user_id, role, joined_at, joined_revision, joined_sequence";
    let fill = strangers(
        &server,
        "participants",
        columns,
        GROUP_MEMBERS_MAX - 2,
        |id| format!("({group}, {id}, 'member', 1, 1, 0)"),
    );
    server.database().db_execute(&fill).await;
    let no_place = refused(409, "GROUP_FULL");
    let path = format!("/v1/conversations/{chat}/participants");
    let add = |user: &TestUser| json!({"user_id": user.id});
    let answer = asked(&server, &alice, Method::POST, &path, add(&carol)).await;
    assert_eq!(answer, no_place);
    let answer = asked(&server, &alice, Method::POST, &path, add(&bob)).await;
    assert_eq!(answer.0, 200, "who is in it is in it");
    let join = json!({"code": code});
    let path = "/v1/conversations/join";
    assert_eq!(
        asked(&server, &carol, Method::POST, path, join.clone()).await,
        no_place
    );
    assert_eq!(asked(&server, &bob, Method::POST, path, join).await.0, 200);
}

#[tokio::test]
async fn a_list_of_recipients_that_is_full_takes_nobody_more() {
    let server = TestServer::spawn().await;
    let (alice, bob, _) = server.direct_chat("alice", "bob").await;
    let list = CreateBroadcastRequest {
        name: "news".to_owned(),
        description: None,
        recipients: Vec::new(),
        owner_id: None,
    };
    let list = alice.client.create_broadcast(&list).await.unwrap();
    let list = list.broadcast.id;
    let id = server.database().literal(list.0);
    let fill = strangers(
        &server,
        "broadcast_recipients",
        "broadcast_id, user_id, created_at",
        BROADCAST_RECIPIENTS_MAX,
        |stranger| format!("({id}, {stranger}, 1)"),
    );
    server.database().db_execute(&fill).await;
    let path = format!("/v1/broadcasts/{list}/recipients");
    let body = json!({"user_id": bob.id});
    let answer = asked(&server, &alice, Method::POST, &path, body).await;
    assert_eq!(answer, refused(409, "CONFLICT"));
}

#[tokio::test]
async fn a_user_with_all_devices_signs_in_on_no_other() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for number in 1..DEVICES_MAX {
        let name = format!("device-{number}");
        alice.another_device_without_keys(&name).await;
    }
    let another = server.stranger();
    let refused = another.sign_in("alice", alice.password(), "one-more").await;
    let code = refused.err().and_then(|error| error.code());
    assert_eq!(code, Some(ErrorCode::TooManyDevices));
    let known = another.sign_in("alice", alice.password(), "device-1").await;
    known.unwrap();
}
