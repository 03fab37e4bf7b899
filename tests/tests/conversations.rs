//! Conversations over REST: who may open them, change who takes part, and know that they exist.

use reqwest::Method;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::{ConversationId, ErrorCode, Role, UserId};
use sentinal_tests::{Site, TestServer, TestUser, answered, request};
use serde_json::{Value, json};
use uuid::Uuid;

/// Asks and answers the status and the body.
async fn ask(
    site: &Site,
    user: &TestUser,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let asked = request(site, Some(user), method, path);
    answered(match body {
        Some(body) => asked.json(&body),
        None => asked,
    })
    .await
}

/// The status and the code of a refusal.
fn refusal((status, body): &(u16, Value)) -> (u16, &str) {
    (*status, body["code"].as_str().unwrap_or_default())
}

async fn create(site: &Site, user: &TestUser, body: Value) -> (u16, Value) {
    ask(site, user, Method::POST, "/v1/conversations", Some(body)).await
}

#[tokio::test]
async fn a_group_shows_its_creator_as_owner_and_everybody_once() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let body = json!({
        "type": "group", "subject": "Team", "description": "us",
        "participants": [bob.id, alice.id, bob.id],
    });
    let (status, answer) = create(&server, &alice, body).await;
    assert_eq!(status, 201, "{answer}");
    let made = &answer["data"];
    assert_eq!(made["type"], "GROUP");
    assert_eq!(made["subject"], "Team");
    assert_eq!(made["participant_count"], 2);
    assert_eq!(made["creator_id"], json!(alice.id));
    assert_eq!(made["role"], "owner");
    assert_eq!(
        (&made["revision"], &made["unread_count"]),
        (&json!(1), &json!(0))
    );
    let id: ConversationId = serde_json::from_value(made["id"].clone()).unwrap();
    let listed = bob.client.participants(id).await.unwrap();
    let roles = listed.participants.iter().map(|it| (it.user_id, it.role));
    let expected = [(alice.id, Role::Owner), (bob.id, Role::Member)];
    assert_eq!(roles.collect::<Vec<_>>(), expected);
    assert_eq!(listed.participants[1].device_ids, ["bob-phone"]);
    assert_eq!(listed.participants[1].username.as_deref(), Some("bob"));
}

#[tokio::test]
async fn ten_requests_for_one_dm_at_once_make_one() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let asking = (0..10).map(|n| {
        let (one, other) = if n % 2 == 0 {
            (&alice, &bob)
        } else {
            (&bob, &alice)
        };
        create(
            &server,
            one,
            json!({"type": "DM", "participants": [other.id]}),
        )
    });
    let answers = futures_util::future::join_all(asking).await;
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 9].as_slice(), &[201]].concat());
    let id = &answers[0].1["data"]["id"];
    assert!(answers.iter().all(|(_, body)| &body["data"]["id"] == id));
    let query = |one: UserId, other: UserId| {
        format!("/v1/conversations/direct?user_id_1={one}&user_id_2={other}")
    };
    let path = query(bob.id, alice.id);
    let (_, direct) = ask(&server, &alice, Method::GET, &path, None).await;
    assert_eq!(&direct["data"]["id"], id);
    let carol = server.user("carol").await;
    let others = ask(&server, &carol, Method::GET, &path, None).await;
    assert_eq!(refusal(&others), (403, "FORBIDDEN"));
    let path = query(carol.id, alice.id);
    let none = ask(&server, &carol, Method::GET, &path, None).await;
    assert_eq!(refusal(&none), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_and_makes_nothing() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let carol = server.user("carol").await;
    let rule = (422, "VALIDATION_ERROR");
    let nobody = Uuid::now_v7();
    for (body, expected) in [
        (json!({"type": "DM", "participants": [alice.id]}), rule),
        (json!({"type": "DM", "participants": []}), rule),
        (
            json!({"type": "DM", "participants": [bob.id, carol.id]}),
            rule,
        ),
        (json!({"type": "DM", "participants": [nobody]}), rule),
        (
            json!({"type": "GROUP", "participants": [bob.id, nobody]}),
            rule,
        ),
        (json!({"type": "CLUB", "participants": [bob.id]}), rule),
        (json!({"participants": [bob.id]}), rule),
        (json!({"type": "GROUP", "subject": "x".repeat(129)}), rule),
        (
            json!({"type": "GROUP", "description": "x".repeat(1025)}),
            rule,
        ),
        (
            json!({"type": "GROUP", "participants": ["bob"]}),
            (400, "BAD_REQUEST"),
        ),
        (
            json!({"type": "GROUP", "participants": bob.id}),
            (400, "BAD_REQUEST"),
        ),
    ] {
        let answer = create(&server, &alice, body.clone()).await;
        assert_eq!(refusal(&answer), expected, "{body}");
    }
    let many: Vec<Uuid> = (0..1_024).map(|_| Uuid::now_v7()).collect();
    let answer = create(
        &server,
        &alice,
        json!({"type": "GROUP", "participants": many}),
    )
    .await;
    assert_eq!(refusal(&answer), (409, "GROUP_FULL"));
    let listed = alice
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    assert_eq!(listed.total, 0);
}

#[tokio::test]
async fn a_block_is_silent_for_the_blocked_and_a_refusal_for_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    bob.client.block(alice.id).await.unwrap();
    let nobody = Uuid::now_v7();
    // In a group bob is to alice as if he did not exist.
    let refused = |answer: &(u16, Value)| {
        assert_eq!(refusal(answer), (422, "VALIDATION_ERROR"));
        answer.1["details"].clone()
    };
    let mut refusals = Vec::new();
    for other in [json!(bob.id), json!(nobody)] {
        let body = json!({"type": "GROUP", "participants": [other]});
        refusals.push(refused(&create(&server, &alice, body).await));
    }
    assert_eq!(refusals[0], refusals[1]);
    let group = alice.client.create_group("alone", vec![]).await.unwrap();
    let path = format!("/v1/conversations/{}/participants", group.id);
    for other in [json!(bob.id), json!(nobody)] {
        let body = Some(json!({"user_id": other}));
        refusals.push(refused(
            &ask(&server, &alice, Method::POST, &path, body).await,
        ));
    }
    assert_eq!(refusals[2], refusals[3]);
    // A DM is made for her as ever, and he does not see it.
    let refused = bob.client.create_direct(alice.id).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Blocked));
    let chat = alice.client.create_direct(bob.id).await.unwrap().id;
    alice.send_text(chat, 1).await;
    let alices = alice.client.conversation(chat).await.unwrap();
    assert_eq!(alices.last_message.unwrap().sequence_number, 1);
    let bobs = bob
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    assert_eq!(bobs.total, 0);
    bob.client.unblock(alice.id).await.unwrap();
    alice.send_text(chat, 2).await;
    let bobs = bob
        .client
        .conversations(PageQuery::default())
        .await
        .unwrap();
    assert_eq!(bobs.total, 1);
    assert_eq!(bobs.conversations[0].unread_count, 1);
}

/// Everything that names a conversation, as somebody who has no business there.
#[tokio::test]
async fn strangers_and_former_members_learn_nothing_of_a_conversation() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], group) = server.group_chat(["alice", "bob", "carol"]).await;
    let stranger = server.user("stranger").await;
    carol.client.leave(group).await.unwrap();
    let direct = alice.client.create_direct(bob.id).await.unwrap().id;
    let nothing = ConversationId(Uuid::now_v7());
    let before = alice.client.conversation(group).await.unwrap();
    for (user, id) in [
        (&stranger, group),
        (&carol, group),
        (&stranger, direct),
        (&alice, nothing),
    ] {
        let base = format!("/v1/conversations/{id}");
        let bobs = format!("{base}/participants/{}", bob.id);
        let whom = Some(json!({"user_id": stranger.id}));
        let role = Some(json!({"role": "admin"}));
        for (method, path, body) in [
            (Method::GET, base.clone(), None),
            (Method::GET, format!("{base}/participants"), None),
            (Method::POST, format!("{base}/participants"), whom),
            (Method::DELETE, bobs.clone(), None),
            (Method::PUT, format!("{bobs}/role"), role),
            (Method::POST, format!("{base}/leave"), None),
            (Method::GET, format!("{base}/sequence"), None),
            (Method::POST, format!("{base}/sequence"), None),
            (
                Method::GET,
                format!("/v1/messages?conversation_id={id}"),
                None,
            ),
        ] {
            let answer = ask(&server, user, method.clone(), &path, body).await;
            let who = &user.name;
            assert_eq!(
                refusal(&answer),
                (404, "NOT_FOUND"),
                "{who} {method} {path}"
            );
        }
    }
    let after = alice.client.conversation(group).await.unwrap();
    assert_eq!(before.revision, after.revision);
    let answer = reqwest::get(server.url(&format!("/v1/conversations/{group}"))).await;
    assert_eq!(answer.unwrap().status().as_u16(), 401);
}

#[tokio::test]
async fn a_dms_participants_are_fixed() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let carol = server.user("carol").await;
    let base = format!("/v1/conversations/{chat}");
    let whom = |user: &TestUser| format!("{base}/participants/{}", user.id);
    for (method, path, body) in [
        (
            Method::POST,
            format!("{base}/participants"),
            Some(json!({"user_id": carol.id})),
        ),
        (Method::DELETE, whom(&bob), None),
        (Method::DELETE, whom(&alice), None),
        (Method::POST, format!("{base}/leave"), None),
        (
            Method::PUT,
            format!("{}/role", whom(&bob)),
            Some(json!({"role": "owner"})),
        ),
    ] {
        let answer = ask(&server, &alice, method.clone(), &path, body).await;
        assert_eq!(refusal(&answer), (409, "DM_IMMUTABLE"), "{method} {path}");
    }
    assert_eq!(bob.client.conversation(chat).await.unwrap().revision, 1);
}

#[tokio::test]
async fn adding_someone_twice_changes_nothing() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    let path = format!("/v1/conversations/{chat}/participants");
    let mut statuses = Vec::new();
    for role in ["admin", "member"] {
        let body = Some(json!({"user_id": carol.id, "role": role}));
        let (status, answer) = ask(&server, &alice, Method::POST, &path, body).await;
        assert_eq!(answer["data"]["role"], "admin");
        statuses.push(status);
    }
    assert_eq!(statuses, [201, 200]);
    let seen = bob.client.conversation(chat).await.unwrap();
    assert_eq!((seen.revision, seen.roster_version), (2, 2));
    for (body, expected) in [
        (
            json!({"user_id": carol.id, "role": "king"}),
            (422, "VALIDATION_ERROR"),
        ),
        (json!({}), (422, "VALIDATION_ERROR")),
        (json!({"user_id": 7}), (400, "BAD_REQUEST")),
    ] {
        let answer = ask(&server, &alice, Method::POST, &path, Some(body.clone())).await;
        assert_eq!(refusal(&answer), expected, "{body}");
    }
}

#[tokio::test]
async fn the_list_has_the_latest_first_and_counts_what_is_unread() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut chats = Vec::new();
    for subject in ["one", "two", "three"] {
        let group = alice.client.create_group(subject, vec![bob.id]).await;
        chats.push(group.unwrap().id);
    }
    alice.send_text(chats[2], 1).await;
    alice.send_many(chats[0], [1, 2]).await;
    bob.send_text(chats[1], 1).await;
    let shown = |listed: &[Conversation]| {
        let shown = listed.iter().map(|it| (it.id, it.unread_count));
        shown.collect::<Vec<_>>()
    };
    let list = async |query: &str| {
        let path = format!("/v1/conversations{query}");
        let (status, body) = ask(&server, &bob, Method::GET, &path, None).await;
        assert_eq!(status, 200, "{body}");
        let data = &body["data"];
        let listed: Vec<Conversation> =
            serde_json::from_value(data["conversations"].clone()).unwrap();
        (
            shown(&listed),
            data["total"].clone(),
            data["has_more"].clone(),
        )
    };
    let all = vec![(chats[1], 0), (chats[0], 2), (chats[2], 1)];
    assert_eq!(list("").await, (all.clone(), json!(3), json!(false)));
    let first = list("?page=1&limit=2").await;
    assert_eq!(first, (all[..2].to_vec(), json!(3), json!(true)));
    let second = list("?page=2&limit=2").await;
    assert_eq!(second, (all[2..].to_vec(), json!(3), json!(false)));
    let past = list("?page=9&limit=2").await;
    assert_eq!(past, (vec![], json!(3), json!(false)));
    assert_eq!(
        list("?archived=true").await,
        (vec![], json!(0), json!(false))
    );
    for (query, expected) in [
        ("?limit=0", (422, "VALIDATION_ERROR")),
        ("?limit=101", (422, "VALIDATION_ERROR")),
        ("?page=0", (422, "VALIDATION_ERROR")),
        ("?page=x", (400, "BAD_REQUEST")),
    ] {
        let path = format!("/v1/conversations{query}");
        let answer = ask(&server, &bob, Method::GET, &path, None).await;
        assert_eq!(refusal(&answer), expected, "{query}");
    }
}
