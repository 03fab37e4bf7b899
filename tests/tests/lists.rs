//! A list takes as many statements as it always does, however much is in it.

use std::time::Duration;

use reqwest::Method;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::broadcasts::CreateBroadcastRequest;
use sentinal_protocol::api::calls::{OwnCallsQuery, QualityRequest, QualityValues};
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::api::push::AddPushTokenRequest;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_protocol::{
    BroadcastId, CallId, CallParticipantStatus, CallStatus, CallType, Clock, ConversationId,
    MessageId, MessageType, PushPlatform, Role, Timestamp, UploadId, UserId,
};
use sentinal_tests::{Contract, TestServer, TestUser, answered, request, until};
use serde_json::Value;

/// Rows in the shorter lists.
const FEW: usize = 2;
/// Rows in the longer lists.
const MANY: usize = 50;
/// Devices of the person with the longer list of them.
const DEVICES: usize = 12;
/// What runs beside a request from time to time (acks, sweeps) must not be taken for it.
const TRIES: usize = 5;

/// Every list, as it is asked for.
const LISTS: [(&str, &str); 34] = [
    ("/v1/conversations", "limit=100"),
    ("/v1/conversations/type", "type=DM&limit=100"),
    ("/v1/conversations/search", "query=user&limit=100"),
    ("/v1/conversations/{id}/participants", ""),
    ("/v1/conversations/{id}/pins", "limit=100"),
    ("/v1/conversations/{id}/bans", "limit=100"),
    ("/v1/messages", "conversation_id={group}&limit=100"),
    ("/v1/messages/{id}/receipts", "limit=100"),
    ("/v1/messages/{id}/reactions", "limit=100"),
    ("/v1/messages/{id}/poll", ""),
    ("/v1/users", "search=user&limit=100"),
    ("/v1/users/search", "query=user&limit=100"),
    ("/v1/users/me/contacts", "limit=100"),
    ("/v1/users/me/contacts/blocked", "limit=100"),
    ("/v1/users/me/devices", ""),
    ("/v1/users/me/push-tokens", ""),
    ("/v1/users/me/unread", "limit=100"),
    ("/v1/users/me/starred", "limit=100"),
    ("/v1/users/{id}/devices", ""),
    ("/v1/auth/sessions", ""),
    ("/v1/uploads", "limit=100"),
    ("/v1/uploads/completed", "limit=100"),
    ("/v1/uploads/in-progress", "limit=100"),
    ("/v1/uploads/stale", "older_than_sec=60&limit=100"),
    ("/v1/broadcasts", "limit=100"),
    ("/v1/broadcasts/search", "query=list&limit=100"),
    ("/v1/broadcasts/{id}/recipients", "limit=100"),
    ("/v1/sync", "limit=100"),
    ("/v1/calls", "conversation_id={group}&limit=100"),
    ("/v1/calls/user", "limit=100"),
    ("/v1/calls/active", "limit=100"),
    ("/v1/calls/missed", "limit=100"),
    ("/v1/calls/quality", "call_id={call}&limit=100"),
    ("/v1/calls/quality/user", "limit=100"),
];

/// Lists that hold the same however much there is, and those that take something out.
const NOT_LISTS: [&str; 9] = [
    // As long as what is asked for; counted in `presence.rs`.
    "/v1/presence",
    "/v1/server",
    "/v1/rate-limits",
    "/v1/messages/{id}",
    // A key is taken of each device, and there are at most 16.
    "/v1/encryption/bundles",
    "/v1/conversations/invite",
    "/v1/calls/ice-servers",
    // There are eight people in a call at most.
    "/v1/calls/{id}",
    "/v1/calls/{id}/participants",
];

/// What one request takes.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// The fewest of a few tries.
    statements: u64,
    /// Rows in the answer.
    rows: usize,
}

async fn ask(server: &TestServer, user: &TestUser, path: &str) -> Taken {
    let mut taken = Taken {
        statements: u64::MAX,
        rows: 0,
    };
    for _ in 0..TRIES {
        let before = server.app().statements();
        let (status, body) = answered(request(server, Some(user), Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        taken.statements = taken.statements.min(server.app().statements() - before);
        let fields = body["data"].as_object().unwrap().values();
        let longest = fields.filter_map(Value::as_array).map(Vec::len).max();
        taken.rows = longest.unwrap();
    }
    taken
}

/// Alice, who has many of everything.
struct Owner {
    alice: TestUser,
    /// Everybody she knows.
    others: Vec<TestUser>,
    /// Where they all are.
    group: ConversationId,
    /// To whom they all are on.
    list: BroadcastId,
    /// A call of the group's, of which she tells how it was.
    call: CallId,
}

impl Owner {
    async fn new(server: &TestServer) -> Self {
        let alice = server.user("alice").await;
        let group = alice.client.create_group("group", Vec::new()).await;
        let group = group.unwrap().id;
        let list = create_list(&alice, "list").await;
        let call = alice.client.create_call(group, CallType::Audio).await;
        let call = call.unwrap().id;
        alice.client.end_call(call, None).await.unwrap();
        Self {
            others: Vec::new(),
            group,
            list,
            call,
            alice,
        }
    }

    /// Adds one more row to each list.
    async fn grow(&mut self, server: &TestServer) {
        let number = self.others.len();
        let (alice, group) = (&self.alice, self.group);
        let other = server.user(&format!("user{number}")).await;
        let dm = alice.client.create_direct(other.id).await.unwrap();
        other.send_text(dm.id, 1).await;
        self.call(&other, dm.id).await;
        let joining = AddParticipantRequest {
            user_id: other.id,
            role: Some(Role::Member),
        };
        alice.client.add_participant(group, &joining).await.unwrap();
        let stranger = UserId::new(Timestamp(1));
        alice.client.ban(group, stranger).await.unwrap();
        let adding = AddContactRequest {
            contact_user_id: other.id,
            nickname: None,
        };
        alice.client.add_contact(&adding).await.unwrap();
        let added = alice.client.add_recipient(self.list, other.id).await;
        added.unwrap();
        create_list(alice, &format!("list {number}")).await;
        alice.client.block(other.id).await.unwrap();
        let said = alice.send_text(group, number as u64).await.id;
        alice.client.star_message(said).await.unwrap();
        alice.client.pin_message(said).await.unwrap();
        announce(alice).await;
        let complete = announce(alice).await;
        let put = alice.client.put_file(complete, b"x".to_vec()).await;
        put.unwrap();
        alice.client.complete_upload(complete).await.unwrap();
        if number < DEVICES {
            let device = alice.another_device(&format!("alice-{number}")).await;
            let token = AddPushTokenRequest {
                platform: PushPlatform::Fcm,
                token: device.device.clone(),
                device_id: None,
            };
            device.client.add_push_token(&token).await.unwrap();
        }
        self.others.push(other);
    }

    /// A call that she misses, one that goes on, one that is over.
    async fn call(&self, other: &TestUser, dm: ConversationId) {
        let alice = &self.alice.client;
        let missed = other.client.create_call(dm, CallType::Audio).await.unwrap();
        other.client.end_call(missed.id, None).await.unwrap();
        let side = alice.create_group("side", vec![other.id]).await.unwrap();
        let live = alice.create_call(side.id, CallType::Audio).await.unwrap();
        let joined = CallParticipantStatus::Joined;
        let joined = other
            .client
            .set_call_status(live.id, other.id, joined)
            .await;
        joined.unwrap();
        let over = alice.create_call(self.group, CallType::Audio).await;
        alice.end_call(over.unwrap().id, None).await.unwrap();
        let quality = QualityRequest {
            call_id: self.call,
            user_id: None,
            timestamp: None,
            values: QualityValues::default(),
        };
        alice.record_quality(&quality).await.unwrap();
    }

    /// Uploads that nobody goes on with become stale, and calls connected.
    async fn let_time_pass(&self, clock: &Clock) {
        clock.advance(Duration::from_mins(2));
        let all = OwnCallsQuery {
            limit: Some(100),
            ..OwnCallsQuery::default()
        };
        until("all calls are connected", async || {
            let active = self.alice.client.active_calls(&all).await.unwrap();
            let mut calls = active.calls.iter();
            calls
                .all(|call| call.status == CallStatus::Connected)
                .then_some(())
        })
        .await;
    }

    /// A message to which everybody has reacted.
    async fn reacted_to(&self) -> MessageId {
        let message = self.alice.send_text(self.group, 0).await.id;
        for (number, other) in self.others.iter().enumerate() {
            let reaction = format!("reaction {number}");
            let reacted = other.client.add_reaction(message, &reaction).await;
            reacted.unwrap();
        }
        message
    }

    /// A poll in which everybody has voted for something else.
    async fn voted_in(&self) -> MessageId {
        let mut poll = self.alice.message(self.group, 0).await;
        poll.message_type = Some(MessageType::Poll);
        poll.poll = Some(NewPoll {
            options: self.others.len() as u64 + 1,
            multiple: false,
            closes_at: None,
        });
        let sent = self.alice.client.send_message(&poll).await.unwrap();
        for (number, other) in self.others.iter().enumerate() {
            let voted = other.client.vote(sent.data.id, &[number as u64]).await;
            voted.unwrap();
        }
        sent.data.id
    }

    async fn measure(&self, server: &TestServer) -> Vec<(&'static str, Taken)> {
        let (message, poll) = (self.reacted_to().await, self.voted_in().await);
        let mut measured = Vec::new();
        for (path, query) in LISTS {
            let id = match path.trim_start_matches("/v1/").split('/').next().unwrap() {
                "users" => self.alice.id.0,
                "broadcasts" => self.list.0,
                "messages" if path.ends_with("poll") => poll.0,
                "messages" => message.0,
                _ => self.group.0,
            };
            let asked = format!("{path}?{query}")
                .replace("{id}", &id.to_string())
                .replace("{group}", &self.group.to_string())
                .replace("{call}", &self.call.to_string());
            measured.push((path, ask(server, &self.alice, &asked).await));
        }
        measured
    }
}

async fn create_list(user: &TestUser, name: &str) -> BroadcastId {
    let list = CreateBroadcastRequest {
        name: name.to_owned(),
        description: None,
        recipients: Vec::new(),
        owner_id: None,
    };
    let created = user.client.create_broadcast(&list).await;
    created.unwrap().broadcast.id
}

async fn announce(user: &TestUser) -> UploadId {
    let announced = CreateUploadRequest {
        file_name: "f".to_owned(),
        file_size: 1,
        content_type: "image/png".to_owned(),
        uploader_id: None,
    };
    let upload = user.client.create_upload(&announced).await;
    upload.unwrap().id
}

#[tokio::test]
async fn a_list_of_fifty_takes_as_many_statements_as_a_list_of_two() {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let mut owner = Owner::new(&server).await;
    while owner.others.len() < FEW {
        owner.grow(&server).await;
    }
    owner.let_time_pass(&clock).await;
    let few = owner.measure(&server).await;
    while owner.others.len() < MANY {
        owner.grow(&server).await;
    }
    owner.let_time_pass(&clock).await;
    let many = owner.measure(&server).await;
    for ((path, few), (_, many)) in few.iter().zip(&many) {
        assert!(many.rows >= few.rows + DEVICES - FEW, "{path}: {many:?}");
        assert_eq!(many.statements, few.statements, "{path}: {few:?} {many:?}");
    }
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
        let known =
            LISTS.iter().any(|(list, _)| list == path) || NOT_LISTS.contains(&path.as_str());
        assert!(!is_list || known, "{path} is a list that is not measured");
    }
}
