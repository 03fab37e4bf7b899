//! A list takes as many statements as it always does, however much is in it.

use reqwest::Method;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::calls::{QualityRequest, QualityValues};
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::{CallId, CallType, ConversationId, Role};
use sentinal_tests::{Contract, TestServer, TestUser, answered, request};
use serde_json::Value;

/// Rows in the longer lists.
const MANY: usize = 50;
/// Devices of the person with the longer list of them.
const DEVICES: usize = 12;
/// What runs beside a request from time to time (acks, sweeps) must not be taken for it.
const TRIES: usize = 5;

/// Every list, as it is asked for.
const LISTS: [(&str, &str); 16] = [
    ("/v1/conversations", "limit=100"),
    ("/v1/conversations/{id}/participants", ""),
    ("/v1/messages", "conversation_id={id}&limit=100"),
    ("/v1/users/me/contacts", "limit=100"),
    ("/v1/users/me/contacts/blocked", "limit=100"),
    ("/v1/users/me/devices", ""),
    ("/v1/users/{id}/devices", ""),
    ("/v1/auth/sessions", ""),
    ("/v1/calls", "conversation_id={id}&limit=100"),
    ("/v1/calls/user", "limit=100"),
    ("/v1/calls/active", "limit=100"),
    ("/v1/calls/missed", "limit=100"),
    ("/v1/calls/quality", "call_id={call}&limit=100"),
    ("/v1/calls/quality/user", "limit=100"),
    // There are eight people in a call at most.
    ("/v1/calls/{id}", ""),
    ("/v1/calls/{id}/participants", ""),
];

/// Lists that hold the same however much there is, and those that take something out.
const NOT_LISTS: [&str; 6] = [
    "/v1/server",
    "/v1/rate-limits",
    "/v1/messages/{id}",
    // A key is taken of each device, and there are at most 16.
    "/v1/encryption/bundles",
    "/v1/conversations/invite",
    "/v1/calls/ice-servers",
];

/// Lists whose statements are not counted yet. New ones do not belong here.
const UNMEASURED: &[&str] = &[
    "/v1/users",
    "/v1/users/search",
    "/v1/users/me/push-tokens",
    "/v1/users/me/unread",
    "/v1/users/me/starred",
    "/v1/conversations/type",
    "/v1/conversations/search",
    "/v1/conversations/{id}/pins",
    "/v1/messages/{id}/receipts",
    "/v1/messages/{id}/reactions",
    "/v1/messages/{id}/poll",
    "/v1/uploads",
    "/v1/uploads/completed",
    "/v1/uploads/in-progress",
    "/v1/uploads/stale",
    "/v1/broadcasts",
    "/v1/broadcasts/search",
    "/v1/broadcasts/{id}/recipients",
    "/v1/sync",
];

/// Statements that one request takes: the fewest of a few tries.
async fn statements(server: &TestServer, user: &TestUser, path: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..TRIES {
        let before = server.app().statements();
        let (status, body) = answered(request(server, Some(user), Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        fewest = fewest.min(server.app().statements() - before);
    }
    fewest
}

/// Adds one more row to each list of Alice's.
async fn grow(
    server: &TestServer,
    alice: &TestUser,
    (chat, call): (ConversationId, CallId),
    number: usize,
) {
    let other = server.user(&format!("user{number}")).await;
    let dm = alice.client.create_direct(other.id).await.unwrap();
    other.send_text(dm.id, 1).await;
    // One that Alice misses, one that goes on, one that is over.
    let missed = other.client.create_call(dm.id, CallType::Audio).await;
    other
        .client
        .end_call(missed.unwrap().id, None)
        .await
        .unwrap();
    let side = alice.client.create_group("side", Vec::new()).await.unwrap();
    let live = alice.client.create_call(side.id, CallType::Audio).await;
    live.unwrap();
    let over = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    alice.client.end_call(over.id, None).await.unwrap();
    let quality = QualityRequest {
        call_id: call,
        user_id: None,
        timestamp: None,
        values: QualityValues::default(),
    };
    alice.client.record_quality(&quality).await.unwrap();
    let joining = AddParticipantRequest {
        user_id: other.id,
        role: Some(Role::Member),
    };
    alice.client.add_participant(chat, &joining).await.unwrap();
    let adding = AddContactRequest {
        contact_user_id: other.id,
        nickname: None,
    };
    alice.client.add_contact(&adding).await.unwrap();
    alice.client.block(other.id).await.unwrap();
    alice.send_text(chat, number as u64).await;
    if number < DEVICES {
        alice.another_device(&format!("alice-{number}")).await;
    }
}

async fn measure(
    server: &TestServer,
    alice: &TestUser,
    (chat, call): (ConversationId, CallId),
) -> Vec<(&'static str, u64)> {
    let mut measured = Vec::new();
    for (path, query) in LISTS {
        let of_users = path.starts_with("/v1/users/{id}");
        let id = match path {
            _ if of_users => alice.id.0,
            _ if path.starts_with("/v1/calls/{id}") => call.0,
            _ => chat.0,
        };
        let asked = format!("{path}?{query}")
            .replace("{id}", &id.to_string())
            .replace("{call}", &call.to_string());
        measured.push((path, statements(server, alice, &asked).await));
    }
    measured
}

#[tokio::test]
async fn a_list_of_fifty_takes_as_many_statements_as_a_list_of_one() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let chat = alice.client.create_group("group", Vec::new()).await;
    let chat = chat.unwrap().id;
    let call = alice.client.create_call(chat, CallType::Audio).await;
    let call = call.unwrap().id;
    alice.client.end_call(call, None).await.unwrap();
    let of = (chat, call);
    grow(&server, &alice, of, 0).await;
    let few = measure(&server, &alice, of).await;
    for number in 1..MANY {
        grow(&server, &alice, of, number).await;
    }
    let many = measure(&server, &alice, of).await;
    assert_eq!(many, few);
}

/// The schema that a reference stands for.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// A list that nobody measures fails this.
#[test]
fn every_list_is_measured() {
    let document = Contract::get().document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let data = "/get/responses/200/content/application~1json/schema/properties/data";
        let Some(schema) = item.pointer(data) else {
            continue;
        };
        let schema = resolved(document, schema);
        let fields = schema["properties"].as_object().into_iter().flatten();
        let is_list = schema["anyOf"].is_array()
            || fields
                .into_iter()
                .any(|(_, field)| field["type"] == "array");
        let known = LISTS.iter().any(|(list, _)| list == path)
            || NOT_LISTS.contains(&path.as_str())
            || UNMEASURED.contains(&path.as_str());
        assert!(!is_list || known, "{path} is a list that is not measured");
    }
}
