//! Broadcast lists: nobody but their owner knows of them.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::broadcasts::{
    BroadcastSearchQuery, Broadcasts, BroadcastsQuery, CreateBroadcastRequest, SkippedUser,
    UpdateBroadcastRequest,
};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{BroadcastId, ErrorCode, SkipReason, UserId};
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::json;
use uuid::Uuid;

async fn list(user: &TestUser, name: &str, recipients: &[&TestUser]) -> BroadcastId {
    let request = CreateBroadcastRequest {
        name: name.to_owned(),
        description: None,
        recipients: recipients.iter().map(|user| user.id).collect(),
        owner_id: None,
    };
    let made = user.client.create_broadcast(&request).await.unwrap();
    assert_eq!(made.skipped, []);
    made.broadcast.id
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn names(lists: &Broadcasts) -> Vec<&str> {
    lists
        .broadcasts
        .iter()
        .map(|list| list.name.as_str())
        .collect()
}

fn skipped(user_id: UserId, code: SkipReason) -> SkippedUser {
    SkippedUser { user_id, code }
}

#[tokio::test]
async fn lists_are_made_read_changed_found_and_deleted() {
    let server = TestServer::spawn().await;
    let (mut alice, bob) = (server.user("alice").await, server.user("bob").await);
    alice.connect().await;
    let nobody = UserId(Uuid::now_v7());
    let request = CreateBroadcastRequest {
        name: "Marketing List".to_owned(),
        description: Some("Updates".to_owned()),
        recipients: vec![bob.id, bob.id, nobody],
        owner_id: Some(alice.id),
    };
    let made = alice.client.create_broadcast(&request).await.unwrap();
    alice.wait_for(EventKind::AccountChanged).await;
    let own = &made.broadcast;
    assert_eq!((own.owner_id, own.recipient_count), (alice.id, 1));
    let expected = [
        skipped(bob.id, SkipReason::Duplicate),
        skipped(nobody, SkipReason::UnknownUser),
    ];
    assert_eq!(made.skipped, expected);
    assert_eq!(alice.client.broadcast(own.id).await.unwrap(), *own);

    let rename = UpdateBroadcastRequest {
        name: Some("50%_Ärger".to_owned()),
        description: None,
    };
    let renamed = alice
        .client
        .update_broadcast(own.id, &rename)
        .await
        .unwrap();
    assert_eq!(renamed.name, "50%_Ärger");
    assert_eq!(
        renamed.description.as_deref(),
        Some("Updates"),
        "absent stays"
    );
    let clear = UpdateBroadcastRequest {
        name: None,
        description: Some(None),
    };
    let cleared = alice.client.update_broadcast(own.id, &clear).await.unwrap();
    assert_eq!(
        (cleared.name.as_str(), cleared.description),
        ("50%_Ärger", None)
    );

    list(&alice, "Friends", &[]).await;
    list(&bob, "Friends of Bob", &[]).await;
    let all = alice
        .client
        .broadcasts(&BroadcastsQuery::default())
        .await
        .unwrap();
    assert_eq!((names(&all), all.total), (vec!["50%_Ärger", "Friends"], 2));
    let second = BroadcastsQuery {
        page: Some(2),
        limit: Some(1),
        ..BroadcastsQuery::default()
    };
    let second = alice.client.broadcasts(&second).await.unwrap();
    assert_eq!((names(&second), second.has_more), (vec!["Friends"], false));
    for (part, found) in [
        ("ärG", "50%_Ärger"),
        ("%_", "50%_Ärger"),
        ("IEND", "Friends"),
    ] {
        let query = BroadcastSearchQuery {
            query: part.to_owned(),
            page: None,
            limit: None,
        };
        let listed = alice.client.search_broadcasts(&query).await.unwrap();
        assert_eq!(names(&listed), [found], "{part}");
    }

    alice.client.delete_broadcast(own.id).await.unwrap();
    assert_eq!(
        code(alice.client.broadcast(own.id).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(
        code(alice.client.delete_broadcast(own.id).await),
        Some(ErrorCode::NotFound)
    );
}

#[tokio::test]
async fn lists_keep_the_rules() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let id = list(&alice, "Friends", &[]).await;
    let rule = (422, "VALIDATION_ERROR");
    let one = format!("/v1/broadcasts/{id}");
    let (many, bulk) = (
        format!("{one}/recipients"),
        format!("{one}/recipients/bulk"),
    );
    let crowd: Vec<_> = (0..1_025).map(|_| Uuid::now_v7()).collect();
    let cases = [
        (Method::POST, "/v1/broadcasts", json!({}), rule),
        (Method::POST, "/v1/broadcasts", json!({"name": ""}), rule),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": "x".repeat(129)}),
            rule,
        ),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": 7}),
            (400, "BAD_REQUEST"),
        ),
        (
            Method::POST,
            "/v1/broadcasts",
            json!({"name": "x", "owner_id": bob.id}),
            (403, "FORBIDDEN"),
        ),
        (Method::PUT, one.as_str(), json!({"name": ""}), rule),
        (
            Method::PUT,
            &one,
            json!({"description": "x".repeat(1_025)}),
            rule,
        ),
        (Method::POST, &many, json!({}), rule),
        (Method::POST, &many, json!({"user_id": alice.id}), rule),
        (Method::POST, &bulk, json!({"user_ids": []}), rule),
        (Method::POST, &bulk, json!({"user_ids": crowd}), rule),
        (Method::DELETE, &bulk, json!({"user_ids": []}), rule),
        (
            Method::DELETE,
            &bulk,
            json!({"user_ids": ["x"]}),
            (400, "BAD_REQUEST"),
        ),
    ];
    for (method, path, body, (status, code)) in cases {
        let asked = request(&server, Some(&alice), method.clone(), path).json(&body);
        let expected = (status, code.to_owned());
        assert_eq!(outcome(asked).await, expected, "{method} {path}");
    }
    for path in [
        "/v1/broadcasts?page=0".to_owned(),
        "/v1/broadcasts/search".to_owned(),
        "/v1/broadcasts/search?query=".to_owned(),
        "/v1/broadcasts/search?query=x&limit=101".to_owned(),
        format!("{many}?limit=0"),
    ] {
        let asked = request(&server, Some(&alice), Method::GET, &path);
        assert_eq!(outcome(asked).await.0, 422, "{path}");
    }
    let theirs = format!("/v1/broadcasts?user_id={}", bob.id);
    let asked = request(&server, Some(&alice), Method::GET, &theirs);
    assert_eq!(outcome(asked).await, (403, "FORBIDDEN".to_owned()));
}

#[tokio::test]
async fn recipients_come_and_go_one_by_one_and_in_bulk() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let (dora, eve) = (server.user("dora").await, server.user("eve").await);
    dora.client.block(alice.id).await.unwrap();
    alice.client.block(eve.id).await.unwrap();
    let nobody = UserId(Uuid::now_v7());
    let id = list(&alice, "Friends", &[]).await;
    let client = &alice.client;

    let added = client.add_recipient(id, bob.id).await.unwrap();
    assert!(added.is_recipient);
    let path = format!("/v1/broadcasts/{id}/recipients");
    let again = request(&server, Some(&alice), Method::POST, &path);
    assert_eq!(
        outcome(again.json(&json!({"user_id": bob.id}))).await.0,
        200
    );
    assert_eq!(
        code(client.add_recipient(id, nobody).await),
        Some(ErrorCode::NotFound)
    );
    // As with anybody: Dora's block must not be noticed.
    client.add_recipient(id, dora.id).await.unwrap();
    assert_eq!(
        code(client.add_recipient(id, eve.id).await),
        Some(ErrorCode::Blocked)
    );

    let users = vec![
        carol.id, carol.id, bob.id, nobody, dora.id, eve.id, alice.id,
    ];
    let bulk = client.add_recipients(id, users).await.unwrap();
    assert_eq!((bulk.added, bulk.count), (1, 3));
    let expected = [
        skipped(carol.id, SkipReason::Duplicate),
        skipped(bob.id, SkipReason::Duplicate),
        skipped(nobody, SkipReason::UnknownUser),
        skipped(dora.id, SkipReason::Duplicate),
        skipped(eve.id, SkipReason::Blocked),
        skipped(alice.id, SkipReason::UnknownUser),
    ];
    assert_eq!(bulk.skipped, expected);

    assert_eq!(client.recipient_count(id).await.unwrap(), 3);
    assert!(
        client
            .check_recipient(id, carol.id)
            .await
            .unwrap()
            .is_recipient
    );
    assert!(
        !client
            .check_recipient(id, eve.id)
            .await
            .unwrap()
            .is_recipient
    );
    let page = PageQuery {
        page: Some(1),
        limit: Some(1),
    };
    let first = client.recipients(id, page).await.unwrap();
    assert_eq!(
        (first.recipients[0].user_id, first.total, first.has_more),
        (bob.id, 3, true)
    );
    assert_eq!(first.recipients[0].username, "bob");

    let removed = client
        .remove_recipients(id, vec![bob.id, bob.id, eve.id])
        .await
        .unwrap();
    assert_eq!((removed.removed, removed.count), (1, 2));
    let expected = [
        skipped(bob.id, SkipReason::Duplicate),
        skipped(eve.id, SkipReason::NotFound),
    ];
    assert_eq!(removed.skipped, expected);
    client.remove_recipient(id, carol.id).await.unwrap();
    let gone = client.remove_recipient(id, carol.id).await;
    assert_eq!(code(gone), Some(ErrorCode::NotFound));
    assert_eq!(client.recipient_count(id).await.unwrap(), 1);
}

#[tokio::test]
async fn to_others_a_list_does_not_exist() {
    let server = TestServer::spawn().await;
    let (alice, eve) = (server.user("alice").await, server.user("eve").await);
    let id = list(&alice, "Friends", &[&eve]).await;
    let nobody = BroadcastId(Uuid::now_v7());
    let who = eve.id;
    let bulk = json!({"user_ids": [who]});
    let cases = [
        (Method::GET, String::new(), None),
        (Method::PUT, String::new(), Some(json!({"name": "Mine"}))),
        (Method::DELETE, String::new(), None),
        (Method::GET, "/recipients".to_owned(), None),
        (
            Method::POST,
            "/recipients".to_owned(),
            Some(json!({"user_id": alice.id})),
        ),
        (Method::GET, "/recipients/count".to_owned(), None),
        (Method::GET, format!("/recipients/{who}"), None),
        (Method::DELETE, format!("/recipients/{who}"), None),
        (
            Method::POST,
            "/recipients/bulk".to_owned(),
            Some(bulk.clone()),
        ),
        (Method::DELETE, "/recipients/bulk".to_owned(), Some(bulk)),
        (
            Method::POST,
            "/messages".to_owned(),
            Some(json!({"ciphertexts": []})),
        ),
    ];
    for (method, path, body) in cases {
        let ask = |user: Option<&TestUser>, id: BroadcastId| {
            let path = format!("/v1/broadcasts/{id}{path}");
            let mut asked = request(&server, user, method.clone(), &path);
            // `eve` may add herself nowhere, and `alice` is someone else to her.
            if let Some(body) = &body {
                asked = asked.json(body);
            }
            asked
        };
        let nothing = (404, "NOT_FOUND".to_owned());
        assert_eq!(
            outcome(ask(Some(&eve), id)).await,
            nothing,
            "{method} {path}"
        );
        assert_eq!(
            outcome(ask(Some(&eve), nobody)).await,
            nothing,
            "{method} {path}"
        );
        let unknown = (401, "UNAUTHORIZED".to_owned());
        assert_eq!(outcome(ask(None, id)).await, unknown, "{method} {path}");
    }
    for path in ["/v1/broadcasts", "/v1/broadcasts/search?query=x"] {
        assert_eq!(
            outcome(request(&server, None, Method::GET, path)).await.0,
            401
        );
    }
    assert_eq!(alice.client.recipient_count(id).await.unwrap(), 1);
}
