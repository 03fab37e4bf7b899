//! A request under an `Idempotency-Key` is done once, however often it is made.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use sentinal_app::rate_limits::Bucket;
use sentinal_app::{Turn, request_hash};
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::{Clock, Timestamp};
use sentinal_tests::{Site, TestServer, TestUser, answered, outcome, request, until};
use serde_json::{Value, json};
use uuid::Uuid;

const HEADER: &str = "Idempotency-Key";
const GROUPS: &str = "/v1/conversations";
/// 2027-01-15, in milliseconds.
const START: Timestamp = Timestamp(1_800_000_000_000);

fn post(site: &Site, user: &TestUser, key: &str, path: &str) -> RequestBuilder {
    request(site, Some(user), Method::POST, path).header(HEADER, key)
}

fn group(subject: &str) -> Value {
    json!({ "type": "GROUP", "subject": subject, "participants": [] })
}

async fn groups_of(user: &TestUser) -> u64 {
    let page = user.client.conversations(PageQuery::default()).await;
    page.unwrap().total
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_says_so() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (status, first) = answered(post(&server, &alice, "k1", GROUPS).json(&group("a"))).await;
    assert_eq!(status, 201);
    assert_eq!(first.get("duplicate"), None);
    // The same request in other clothes.
    let body = r#"{ "subject": "a",  "participants": [], "type": "GROUP" }"#;
    let again = post(&server, &alice, "k1", GROUPS)
        .header("Content-Type", "application/json")
        .body(body);
    let (status, repeat) = answered(again).await;
    assert_eq!(status, 200);
    assert_eq!(repeat["duplicate"], true);
    assert_eq!(repeat["data"], first["data"]);
    assert_eq!(groups_of(&alice).await, 1);
}

#[tokio::test]
async fn a_key_is_of_one_request_and_of_one_user() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let made = outcome(post(&server, &alice, "k1", GROUPS).json(&group("a"))).await;
    assert_eq!(made.0, 201);
    let conflict = (409, "IDEMPOTENCY_CONFLICT".to_owned());
    let other = post(&server, &alice, "k1", GROUPS).json(&group("b"));
    assert_eq!(outcome(other).await, conflict);
    let elsewhere = format!("/v1/users/me/contacts/{}/block", bob.id);
    assert_eq!(
        outcome(post(&server, &alice, "k1", &elsewhere)).await,
        conflict
    );
    let bobs = post(&server, &bob, "k1", GROUPS).json(&group("b"));
    assert_eq!(outcome(bobs).await.0, 201);
}

/// Sends keep their keys themselves; the keys are the same ones.
#[tokio::test]
async fn a_key_of_a_message_is_no_key_of_anything_else() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let mut message = alice.message(chat, 1).await;
    // With both, the other one decides.
    message.client_message_id = None;
    let conflict = (409, "IDEMPOTENCY_CONFLICT".to_owned());
    let send = |key: &str| post(&server, &alice, key, "/v1/messages").json(&message);
    let block = format!("/v1/users/me/contacts/{}/unblock", bob.id);
    assert_eq!(outcome(send("k1")).await.0, 201);
    assert_eq!(outcome(send("k1")).await.0, 200);
    assert_eq!(outcome(post(&server, &alice, "k1", &block)).await, conflict);
    assert_eq!(outcome(post(&server, &alice, "k2", &block)).await.0, 200);
    assert_eq!(outcome(send("k2")).await, conflict);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again_under_its_key() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let long = group(&"x".repeat(200));
    let refused = outcome(post(&server, &alice, "k1", GROUPS).json(&long)).await;
    assert_eq!(refused.0, 422);
    let nobody = format!("/v1/users/me/contacts/{}/block", uuid::Uuid::now_v7());
    assert_eq!(outcome(post(&server, &alice, "k1", &nobody)).await.0, 404);
    let made = outcome(post(&server, &alice, "k1", GROUPS).json(&group("a"))).await;
    assert_eq!(made.0, 201);
}

#[tokio::test]
async fn twenty_equal_requests_at_once_are_done_once() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let body = group("a");
    let requests = (0..20).map(|_| answered(post(&server, &alice, "k1", GROUPS).json(&body)));
    let answers = join_all(requests).await;
    let created = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    assert!(
        answers
            .iter()
            .all(|(_, it)| it["data"] == answers[0].1["data"])
    );
    assert_eq!(groups_of(&alice).await, 1);
}

#[tokio::test]
async fn a_retry_succeeds_although_the_world_has_moved_on() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let path = format!("/v1/conversations/{chat}/sequence");
    let (status, first) = answered(post(&server, &bob, "k1", &path)).await;
    assert_eq!(status, 200);
    alice.client.remove_participant(chat, bob.id).await.unwrap();
    let (status, repeat) = answered(post(&server, &bob, "k1", &path)).await;
    assert_eq!((status, &repeat["data"]), (200, &first["data"]));
    let anew = outcome(post(&server, &bob, "k2", &path)).await;
    assert_eq!(anew, (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_repeat_is_not_counted_as_a_request() {
    let limits = [("RATE_LIMIT", "on"), ("RATE_LIMIT_GENERAL", "4/3600s")];
    let server = TestServer::spawn_with(&limits).await;
    let alice = server.user("alice").await;
    // Her keys took one of the four.
    let send = || post(&server, &alice, "k1", GROUPS).json(&group("a"));
    assert_eq!(outcome(send()).await.0, 201);
    for _ in 0..10 {
        assert_eq!(outcome(send()).await.0, 200);
    }
    for left in (0..3).rev() {
        let next = post(&server, &alice, &format!("n{left}"), GROUPS);
        let (status, _) = outcome(next.json(&group("n"))).await;
        assert_eq!(status, if left == 0 { 429 } else { 201 }, "{left} left");
    }
    assert_eq!(outcome(send()).await.0, 200);
}

/// A group is being made, and nothing more is heard of it.
async fn claimed_group(server: &TestServer, alice: &TestUser) -> Turn {
    let token = alice.client.login().unwrap().access_token.clone();
    let caller = server.app().accounts.authenticate(&token).await.unwrap();
    let body = group("a").to_string();
    let hash = request_hash("POST", GROUPS, "", body.as_bytes());
    let claimed = server
        .app()
        .idempotency
        .take_turn(&caller, "k1", hash, Bucket::General)
        .await
        .unwrap();
    assert!(matches!(claimed, Turn::First(_)));
    claimed
}

/// The process that was at work is gone. Its key is free, for the same request only.
#[tokio::test]
async fn a_claim_of_a_process_that_is_gone_is_free() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let claimed = claimed_group(&server, &alice).await;
    let gone = server.database().literal(Uuid::now_v7());
    let text = format!("UPDATE idempotency_keys SET node_id = {gone}");
    server.database().db_execute(&[text]).await;
    drop(claimed);
    let other = outcome(post(&server, &alice, "k1", GROUPS).json(&group("b"))).await;
    assert_eq!(other, (409, "IDEMPOTENCY_CONFLICT".to_owned()));
    let same = post(&server, &alice, "k1", GROUPS).json(&group("a"));
    assert_eq!(outcome(same).await.0, 201);
}

/// Another process that shares the database holds the key until it says no more that it lives. (On
/// SQLite there is no other.)
#[tokio::test]
async fn a_claim_of_a_process_that_lives_is_not_taken_over() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    if server.database().is_sqlite() {
        return;
    }
    let alice = server.user("alice").await;
    let claimed = claimed_group(&server, &alice).await;
    let other = server.database().literal(Uuid::now_v7());
    let at = START.0;
    let texts = [
        format!("UPDATE idempotency_keys SET node_id = {other}"),
        format!("INSERT INTO nodes (id, seen_at) VALUES ({other}, {at})"),
    ];
    server.database().db_execute(&texts).await;
    drop(claimed);
    // It has looked once who lives. Then the other one is dead before its claim would lapse.
    until("the other process is known", async || {
        (server.app().other_nodes() == 1).then_some(())
    })
    .await;
    let again = || outcome(post(&server, &alice, "k1", GROUPS).json(&group("a")));
    assert_eq!(again().await, (503, "UNSETTLED".to_owned()));
    clock.advance_steady(Duration::from_secs(10));
    let made = until("the key is free", async || {
        let (status, _) = again().await;
        (status != 503).then_some(status)
    });
    assert_eq!(made.await, 201);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let clock = Clock::manual(START);
    let settings = [("JWT_EXPIRY_HOURS", "48")];
    let server = TestServer::spawn_at(clock.clone(), &settings).await;
    let alice = server.user("alice").await;
    let make = || post(&server, &alice, "k1", GROUPS).json(&group("a"));
    assert_eq!(outcome(make()).await.0, 201);
    clock.advance(Duration::from_hours(23));
    assert_eq!(outcome(make()).await.0, 200);
    clock.advance(Duration::from_hours(2));
    assert_eq!(outcome(make()).await.0, 201);
}

#[tokio::test]
async fn a_key_is_one_to_128_visible_characters() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for key in ["a b", &"x".repeat(129)] {
        let refused = outcome(post(&server, &alice, key, GROUPS).json(&group("a"))).await;
        assert_eq!(refused, (422, "VALIDATION_ERROR".to_owned()), "{key}");
    }
    let stranger = request(&server, None, Method::POST, GROUPS).header(HEADER, "k1");
    assert_eq!(outcome(stranger.json(&group("a"))).await.0, 401);
}

/// Answers with tokens in them are not kept.
#[tokio::test]
async fn nothing_secret_is_answered_twice() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let ticket = || answered(post(&server, &alice, "k1", "/v1/ws/ticket"));
    let (first, second) = (ticket().await.1, ticket().await.1);
    assert_ne!(first["data"]["ticket"], second["data"]["ticket"]);
}

/// What an answer repeats of its request is not kept a second time.
#[tokio::test]
async fn a_long_answer_is_kept_short_and_given_again_as_it_was() {
    const PATH: &str = "/v1/encryption/backup";
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    // The answer has it in the standard alphabet.
    let backup = json!({ "backup_data": "-_8_".repeat(100_000), "nonce": "AAAA", "salt": "AAAA" });
    let (status, first) = answered(post(&server, &alice, "k1", PATH).json(&backup)).await;
    assert_eq!(status, 201);
    let again = format!(
        "{{ \"salt\": \"AAAA\", \"nonce\": \"AAAA\", \"backup_data\": {} }}",
        backup["backup_data"]
    );
    let again = post(&server, &alice, "k1", PATH)
        .header("Content-Type", "application/json")
        .body(again);
    let (status, repeat) = answered(again).await;
    assert_eq!((status, &repeat["duplicate"]), (200, &json!(true)));
    assert_eq!(repeat["data"], first["data"]);
    let storage = alice.client.storage().await.unwrap();
    assert_eq!(storage.kinds.key_backup, 300_006);
    let kept = storage.kinds.kept_answers;
    assert!((1..1_000).contains(&kept), "{kept} bytes");
    assert_eq!(storage.used_bytes, storage.kinds.key_backup + kept);
}

/// Every bucket is asked before a row is written for a key.
#[tokio::test]
async fn a_call_above_its_limit_writes_nothing() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_CALLS", "1/1h"),
    ])
    .await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let call = |key: &'static str| {
        let body = json!({ "conversation_id": chat, "type": "AUDIO" });
        outcome(post(&server, &alice, key, "/v1/calls").json(&body))
    };
    assert_eq!(call("k1").await.0, 201);
    let hold = server.database().db_hold_writes().await;
    // A write would wait and be answered 503.
    let limited = (429, "RATE_LIMIT_EXCEEDED".to_owned());
    assert_eq!(call("k2").await, limited);
    hold.release().await;
}

/// Backups and files draw on one budget.
#[tokio::test]
async fn what_is_kept_of_a_user_has_one_budget() {
    const KIB: usize = 1024;
    let allowed = (200 * KIB).to_string();
    let server = TestServer::spawn_with(&[("UPLOAD_QUOTA_BYTES", &allowed)]).await;
    let alice = server.user("alice").await;
    let upload = |bytes: usize| {
        let upload = json!({ "file_name": "a", "file_size": bytes, "content_type": "text/plain" });
        outcome(request(&server, Some(&alice), Method::POST, "/v1/uploads").json(&upload))
    };
    let store = |bytes: usize| {
        let data = "AAAA".repeat(bytes / 3);
        let backup = json!({ "backup_data": data, "nonce": "AAAA", "salt": "AAAA" });
        let path = "/v1/encryption/backup";
        outcome(request(&server, Some(&alice), Method::POST, path).json(&backup))
    };
    let full = (507, "QUOTA_EXCEEDED".to_owned());
    assert_eq!(upload(100 * KIB).await.0, 201);
    assert_eq!(store(90 * KIB).await.0, 201);
    assert_eq!(upload(64 * KIB).await, full);
    assert_eq!(store(120 * KIB).await, full);
    // It takes the place of the one before.
    assert_eq!(store(96 * KIB).await.0, 201);
    let storage = alice.client.storage().await.unwrap();
    assert_eq!(storage.allowed_bytes, 200 * KIB as u64);
    assert_eq!(storage.kinds.files, 100 * KIB as u64);
    assert_eq!(storage.kinds.key_backup, 96 * KIB as u64 + 6);
}
