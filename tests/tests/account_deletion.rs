//! Deleting an account: gone at once for everybody, and nothing of it stays.

use reqwest::Method;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::messages::HistoryQuery;
use sentinal_protocol::event::{EventKind, ParticipantRemoved};
use sentinal_protocol::{Base64, CloseCode, ConversationId, ErrorCode, Role};
use sentinal_store::{ConnectOptions, Store};
use sentinal_tests::{
    Said, TestDatabase, TestServer, TestUser, TextRow, patiently, request, until,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from_digit(u32::from(digit), 16).unwrap())
        .collect()
}

/// An id in the two forms in which a database shows it.
fn id_forms(id: Uuid) -> Vec<String> {
    vec![id.to_string(), id.simple().to_string()]
}

async fn history(user: &TestUser, chat: ConversationId) -> Vec<Value> {
    let query: HistoryQuery = serde_json::from_value(json!({"conversation_id": chat})).unwrap();
    let page = user.client.history(&query).await.unwrap();
    page.messages.iter().map(|message| json!(message)).collect()
}

async fn befriend(user: &TestUser, friend: &TestUser, nickname: &str) {
    let request = AddContactRequest {
        contact_user_id: friend.id,
        nickname: Some(nickname.to_owned()),
    };
    user.client.add_contact(&request).await.unwrap();
}

#[tokio::test]
async fn an_account_is_gone_at_once_and_its_names_are_free() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    befriend(&bob, &alice, "Al").await;
    let sent = alice.send_text(chat, 1).await;
    let login = alice.client.login().unwrap();
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();

    alice.client.delete_account().await.unwrap();
    let (code, _) = patiently("the close frame", socket.closed()).await;
    assert_eq!(code, CloseCode::Unauthorized.number());
    let token = &login.access_token;
    let path = server.url("/v1/users/me");
    let asked = reqwest::Client::new()
        .get(path)
        .bearer_auth(token)
        .send()
        .await;
    assert_eq!(asked.unwrap().status(), 401);
    let client = server.stranger();
    let signed_in = client.sign_in("alice", alice.password(), "phone").await;
    let refused = signed_in.err().unwrap().code();
    assert_eq!(refused, Some(ErrorCode::InvalidCredentials));
    let profile = bob.client.profile(alice.id).await.unwrap_err();
    assert_eq!(profile.code(), Some(ErrorCode::NotFound));
    let contacts = bob.client.contacts(PageQuery::default()).await.unwrap();
    assert_eq!((contacts.contacts.len(), contacts.total), (0, 0));

    // What she said shows as a tombstone from now on, and the DM has one side.
    let messages = history(&bob, chat).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["is_deleted"], true);
    assert_eq!(messages[0]["ciphertext"], Value::Null);
    let one = bob.client.message(sent.id).await.unwrap();
    assert!(one.is_deleted && one.ciphertext.is_none());
    let people = bob.client.participants(chat).await.unwrap();
    assert_eq!(people.participants.len(), 1);
    let unsent = bob.try_send_text(chat, 2).await.unwrap_err();
    assert_eq!(unsent.code(), Some(ErrorCode::AccountDeleted));

    // Somebody else may be called so now, and is somebody else.
    let other = server.user("alice").await;
    assert_ne!(other.id, alice.id);
    let fresh = bob.client.create_direct(other.id).await.unwrap();
    assert_ne!(fresh.id, chat);
}

#[tokio::test]
async fn every_conversation_hears_of_it_once_and_a_group_gets_another_owner() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], group) = server.group_chat(["alice", "bob", "carol"]).await;
    let ranked = alice.client.set_role(group, carol.id, Role::Admin).await;
    ranked.unwrap();
    let dm = alice.client.create_direct(bob.id).await.unwrap().id;
    alice.send_text(group, 1).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    alice.client.delete_account().await.unwrap();

    let mut heard = Vec::new();
    for _ in 0..2 {
        let removed = bob.wait_for(EventKind::ParticipantRemoved).await;
        assert!(removed.entry::<ParticipantRemoved>().erased);
        assert_eq!(
            removed.entry::<ParticipantRemoved>().participant.user_id,
            alice.id
        );
        heard.push(removed.conversation_id().unwrap());
    }
    heard.sort_unstable();
    let mut expected = vec![group, dm];
    expected.sort_unstable();
    assert_eq!(heard, expected);
    let people = bob.client.participants(group).await.unwrap();
    let ranks: Vec<_> = people
        .participants
        .iter()
        .map(|it| (it.user_id, it.role))
        .collect();
    assert_eq!(ranks, [(bob.id, Role::Member), (carol.id, Role::Owner)]);

    // A device that reads the log later finds no hole and no content.
    let mut tablet = bob;
    tablet.disconnect().await;
    let (sent, after) = (
        tablet.send_text(group, 2).await,
        history(&tablet, group).await,
    );
    assert_eq!(sent.sequence_number, 2);
    assert_eq!(after.len(), 2);
    let mut carol = carol;
    carol.connect().await;
    let numbers = carol.messages_until_synced().await;
    assert_eq!(numbers, [2], "the erased message says nothing");
}

/// The server died right after the account had gone: whoever starts next goes on with it.
#[tokio::test]
async fn an_erasure_that_was_cut_off_goes_on() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_text(chat, 1).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let options = ConnectOptions {
        url: server.database().url().to_owned(),
        connections_max: 1,
        pooler: sentinal_store::Pooler::None,
    };
    let store = Store::open(&options).await.unwrap();
    let now = server.app().clock().now();
    assert!(store.begin_erasure(alice.id, now).await.unwrap());
    assert!(
        !store.begin_erasure(alice.id, now).await.unwrap(),
        "it is gone"
    );
    store.close().await.unwrap();

    let removed = bob.wait_for(EventKind::ParticipantRemoved).await;
    assert!(removed.entry::<ParticipantRemoved>().erased);
    until("the end of the erasure", async || {
        let rows = server.database().all_rows().await;
        let left = rows.iter().any(|row| row.table.starts_with("eras"));
        (!left).then_some(())
    })
    .await;
    let hers = history(&bob, chat).await;
    assert_eq!((hers.len(), &hers[0]["ciphertext"]), (1, &Value::Null));
}

/// Rows of what no request of this test makes, of hers and about her.
fn rows_past_the_server(
    database: &TestDatabase,
    her: Uuid,
    device: Uuid,
    bob: Uuid,
    chat: Uuid,
) -> Vec<String> {
    let id = |id| database.literal(id);
    let new = || database.literal(Uuid::now_v7());
    let (her, device, bob, chat) = (id(her), id(device), id(bob), id(chat));
    let bytes = if database.is_sqlite() {
        "X'01'"
    } else {
        r"'\x01'::bytea"
    };
    let call = new();
    let (broadcast, bobs) = (new(), new());
    vec![
        format!(
            "INSERT INTO reactions VALUES ({chat}, 1, {her}, 'x', NULL, 0), \
             ({chat}, 1, {bob}, 'y', NULL, 0)"
        ),
        format!("INSERT INTO polls VALUES ({chat}, 1, 2, FALSE, NULL)"),
        format!(
            "INSERT INTO poll_votes VALUES ({chat}, 1, {her}, 0, NULL, 0), ({chat}, 1, {bob}, 0, NULL, 0)"
        ),
        format!("INSERT INTO stars VALUES ({her}, {chat}, 1, 0)"),
        format!("INSERT INTO pins VALUES ({chat}, 2, {her}, NULL, 0)"),
        format!("INSERT INTO hidden_messages VALUES ({her}, {chat}, 2)"),
        format!("INSERT INTO conversation_bans VALUES ({chat}, {her}, 0)"),
        format!(
            "INSERT INTO idempotency_keys VALUES ({her}, 'k', {bytes}, 200, '{{}}', 0, NULL, 2)"
        ),
        format!("INSERT INTO blocks VALUES ({her}, {bob}, 0, 0, 0), ({bob}, {her}, 0, 0, 0)"),
        format!(
            "INSERT INTO calls (id, conversation_id, type, status, initiator_id, ended_by, \
             hidden_from, created_at, ended_at) \
             VALUES ({call}, {chat}, 'AUDIO', 'ENDED', {her}, {her}, {her}, 0, 1)"
        ),
        format!(
            "INSERT INTO call_participants (call_id, user_id, status, device_id, invited_at) \
             VALUES ({call}, {her}, 'LEFT', {device}, 0)"
        ),
        format!(
            "INSERT INTO call_quality (id, call_id, user_id, measured_at) \
             VALUES ({}, {call}, {her}, 0)",
            new()
        ),
        format!(
            "INSERT INTO uploads (id, uploader_id, file_name, file_size, content_type, status, \
             capability, created_at, updated_at) \
             VALUES ({}, {her}, 'zelda.png', 1, 'image/png', 'COMPLETED', 'c', 0, 0)",
            new()
        ),
        format!(
            "INSERT INTO broadcasts (id, owner_id, name, name_key, created_at, updated_at) \
             VALUES ({broadcast}, {her}, 'Zelda tells', 'zelda tells', 0, 0), \
             ({bobs}, {bob}, 'Bob tells', 'bob tells', 0, 0)"
        ),
        format!(
            "INSERT INTO broadcast_recipients VALUES ({broadcast}, {bob}, 0), ({bobs}, {her}, 0)"
        ),
        format!("INSERT INTO password_reset_tokens VALUES ({bytes}, {her}, 9000000000000)"),
        format!("UPDATE messages SET deleted_by = {her}, deleted_at = 5 WHERE sequence_number = 3"),
    ]
}

/// What her id may still be found in: her tombstones, which have an author, and the one change of each
/// conversation that says that she is gone.
fn may_stay(row: &TextRow) -> bool {
    match row.table.as_str() {
        "messages" => true,
        "conversation_changes" => {
            row.text.contains("participant:removed") && row.text.contains("erased")
        }
        _ => false,
    }
}

/// What she said, to be looked for.
const SECRET: &[u8] = b"what zelda said";
/// What only she can read, to be looked for.
const BACKUP: &[u8] = b"zeldas backup";

/// Texts by which she could be known, apart from ids.
const TRACES: [&str; 12] = [
    "zelda_of_hyrule",
    "zelda_of_hyrule-phone",
    "princess z",
    "4915550123",
    "of hyrule",
    "hyrule.example",
    "reigning",
    "queen z",
    "zeldas-push-token",
    "zelda-laptop",
    "zelda.png",
    "zelda tells",
];

/// She fills in whatever there is to fill in, and is known to Bob.
async fn leave_traces(zelda: &TestUser, bob: &TestUser) {
    let profile = json!({
        "display_name": "Princess Z", "phone_number": "+4915550123", "bio": "of Hyrule",
        "avatar_url": "https://hyrule.example/z.png", "status": "reigning",
    });
    let push = json!({"platform": "apns", "token": "zeldas-push-token"});
    let kept = Base64(BACKUP.to_vec());
    let backup = json!({"backup_data": kept, "nonce": kept, "salt": kept});
    for (method, path, body) in [
        (Method::PUT, "/v1/users/me", profile),
        (Method::POST, "/v1/users/me/push-tokens", push),
        (Method::POST, "/v1/encryption/backup", backup),
    ] {
        let call = zelda.client.call(method, path).body(&body);
        call.done().await.unwrap();
    }
    befriend(zelda, bob, "Bobby").await;
    befriend(bob, zelda, "Queen Z").await;
    bob.client.bundle(zelda.id, &zelda.device).await.unwrap();
    zelda.client.bundle(bob.id, &bob.device).await.unwrap();
    zelda.client.ticket().await.unwrap();
}

/// Three messages: hers with a secret, and two of his that mention her.
async fn talk(zelda: &TestUser, bob: &TestUser, chat: ConversationId) {
    let mut hers = zelda.message(chat, 1).await;
    for ciphertext in &mut hers.ciphertexts {
        ciphertext.ciphertext = Base64(SECRET.to_vec());
    }
    zelda.client.send_message(&hers).await.unwrap();
    for number in [2, 3] {
        let mut his = bob.message(chat, number).await;
        his.mentions = vec![zelda.id, bob.id];
        bob.client.send_message(&his).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_stays_of_an_account_but_its_id_where_it_spoke_and_left() {
    let server = TestServer::spawn().await;
    let zelda = server.user("zelda_of_hyrule").await;
    let bob = server.user("bob").await;
    let laptop = zelda.another_device("zelda-laptop").await;
    let chat = zelda.client.create_direct(bob.id).await.unwrap().id;
    let group = zelda.client.create_group("group", vec![bob.id]).await;
    let group = group.unwrap().id;
    leave_traces(&zelda, &bob).await;
    talk(&zelda, &bob, chat).await;
    talk(&zelda, &bob, group).await;
    let devices = zelda.client.devices().await.unwrap();
    let device_ids: Vec<Uuid> = devices.iter().map(|device| device.id.0).collect();
    let database = server.database();
    let rows = rows_past_the_server(database, zelda.id.0, device_ids[0], bob.id.0, chat.0);
    database.db_execute(&rows).await;

    let mut needles = TRACES.map(str::to_owned).to_vec();
    needles.extend([hex(BACKUP), hex(SECRET)]);
    let before = database.all_rows().await;
    for needle in &needles {
        let there = before.iter().any(|row| row.text.contains(needle.as_str()));
        assert!(there, "the test does not store {needle}");
    }
    needles.extend(device_ids.iter().flat_map(|id| id_forms(*id)));
    let own_id = id_forms(zelda.id.0);

    laptop.client.delete_account().await.unwrap();
    until("the end of the erasure", async || {
        let rows = database.all_rows().await;
        let left = rows.iter().any(|row| row.table.starts_with("eras"));
        (!left).then_some(())
    })
    .await;
    let after = database.all_rows().await;
    for row in &after {
        for needle in &needles {
            assert!(!row.text.contains(needle.as_str()), "{needle} in {row:?}");
        }
        let names_her = own_id.iter().any(|form| row.text.contains(form.as_str()));
        assert!(!names_her || may_stay(row), "{row:?}");
    }
    let tombstones = after.iter().filter(|row| {
        row.table == "messages" && own_id.iter().any(|form| row.text.contains(form.as_str()))
    });
    assert_eq!(tombstones.count(), 2, "only her own messages name her");
    for table in [
        "reactions",
        "poll_votes",
        "polls",
        "stars",
        "pins",
        "uploads",
    ] {
        let left = after.iter().filter(|row| row.table == table).count();
        assert_eq!(left, 0, "{table}");
    }
    // What is bob's is still his.
    assert_eq!(history(&bob, chat).await.len(), 3);
    let his = history(&bob, group).await;
    assert_eq!(his[1]["mentions"], json!([bob.id]));
    let broadcasts = after.iter().filter(|row| row.table == "broadcasts");
    assert_eq!(broadcasts.count(), 1);
    let refused = request(
        &server,
        Some(&bob),
        Method::GET,
        &format!("/v1/users/{}", zelda.id),
    );
    assert_eq!(sentinal_tests::outcome(refused).await.0, 404);
}
