//! Invite links: who makes and sees them, where they lead, and when they end.

use reqwest::Method;
use sentinal_protocol::api::conversations::UpdateConversationRequest;
use sentinal_protocol::api::invites::InvitedTo;
use sentinal_protocol::event::{EventKind, ParticipantAdded};
use sentinal_protocol::{ConversationId, ErrorCode, Role};
use sentinal_tests::{Said, TestServer, TestUser, outcome, patiently, request};
use serde_json::{Value, json};

async fn link_seen(user: &TestUser, chat: ConversationId) -> Option<String> {
    user.client.conversation(chat).await.unwrap().invite_link
}

#[tokio::test]
async fn a_link_is_seen_by_those_who_may_invite() {
    let server = TestServer::spawn_with(&[("PUBLIC_URL", "https://chat.example/app/")]).await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    assert_eq!(link_seen(&alice, chat).await, None, "none was made");
    let refused = bob.client.renew_invite(chat).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));
    let made = alice.client.renew_invite(chat).await.unwrap();
    assert_eq!(made.code.len(), 22, "128 bits in base64");
    let link = format!("https://chat.example/app/invite/{}", made.code);
    assert_eq!(made.invite_link, link);
    assert_eq!(link_seen(&alice, chat).await, Some(link.clone()));
    assert_eq!(link_seen(&bob, chat).await, None);
    let open: UpdateConversationRequest =
        serde_json::from_value(json!({"permissions": {"invite": "everyone"}})).unwrap();
    alice.client.update_conversation(chat, &open).await.unwrap();
    assert_eq!(link_seen(&bob, chat).await, Some(link));
    let renewed = bob.client.renew_invite(chat).await.unwrap();
    assert_ne!(renewed.code, made.code);
    let direct = alice.client.create_direct(bob.id).await.unwrap().id;
    let in_dm = alice.client.renew_invite(direct).await.unwrap_err();
    assert_eq!(in_dm.code(), Some(ErrorCode::DmImmutable));
}

#[tokio::test]
async fn renewing_is_told_without_the_code() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let made = alice.client.renew_invite(chat).await.unwrap();
    assert_eq!(
        made.invite_link, made.code,
        "the server does not know its address"
    );
    let heard = bob.wait_for(EventKind::ConversationUpdated).await;
    assert_eq!(heard.revision(), Some(2));
    assert!(!json!(heard).to_string().contains(&made.code));
}

#[tokio::test]
async fn a_stranger_with_the_link_sees_little_and_a_member_all() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let eve = server.user("eve").await;
    let code = alice.client.renew_invite(chat).await.unwrap().code;
    let look = async |user: &TestUser, link: &str| {
        let path = format!("/v1/conversations/invite?link={link}");
        let asked = request(&server, Some(user), Method::GET, &path).send();
        let answer = patiently("an answer", asked).await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let expected = json!({
        "id": chat, "subject": "group", "avatar_url": null, "participant_count": 2,
    });
    for link in [
        code.clone(),
        format!("https://elsewhere.example/invite/{code}"),
        format!("https://elsewhere.example/invite/{code}/%3Ffrom%3Dmail"),
    ] {
        let seen = look(&eve, &link).await;
        assert_eq!(seen["data"], expected, "{link}");
    }
    match bob.client.invited_to(&code).await.unwrap() {
        InvitedTo::Own(own) => assert_eq!((own.id, own.role), (chat, Role::Member)),
        InvitedTo::Preview(preview) => panic!("{preview:?}"),
    }
    for (link, code) in [
        ("?link=wrong", (404, "NOT_FOUND")),
        ("?link=", (404, "NOT_FOUND")),
        ("", (422, "VALIDATION_ERROR")),
    ] {
        let path = format!("/v1/conversations/invite{link}");
        let asked = request(&server, Some(&eve), Method::GET, &path);
        assert_eq!(outcome(asked).await, (code.0, code.1.to_owned()), "{link}");
    }
    let path = format!("/v1/conversations/invite?link={code}");
    assert_eq!(
        outcome(request(&server, None, Method::GET, &path)).await.0,
        401
    );
}

#[tokio::test]
async fn whoever_follows_a_link_is_a_member_and_everybody_hears_it() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let mut carol = server.user("carol").await;
    for user in [&mut bob, &mut carol] {
        user.connect().await;
        user.messages_until_synced().await;
    }
    alice.send_text(chat, 1).await;
    let code = alice.client.renew_invite(chat).await.unwrap().code;
    let join = async |body: Value| {
        let asked = request(
            &server,
            Some(&carol),
            Method::POST,
            "/v1/conversations/join",
        );
        let answer = patiently("an answer", asked.json(&body).send())
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, joined) = join(json!({"code": code})).await;
    assert_eq!(status, 201, "{joined}");
    assert_eq!(joined["data"]["id"], json!(chat));
    assert_eq!(joined["data"]["role"], "member");
    assert_eq!(joined["data"]["unread_count"], 0);
    assert_eq!(joined["data"]["participant_count"], 3);
    let link = format!("https://chat.example/invite/{code}");
    assert_eq!(
        join(json!({"link": link})).await.0,
        200,
        "taking part already"
    );
    let newcomer = carol.id;
    for user in [&mut bob, &mut carol] {
        let heard = user.wait_for(EventKind::ParticipantAdded).await;
        assert_eq!(heard.revision(), Some(4));
        assert_eq!(heard.user_id(), Some(newcomer), "by themselves");
        assert_eq!(
            heard.entry::<ParticipantAdded>().participant.user_id,
            newcomer
        );
    }
    carol.send_text(chat, 2).await;
    assert_eq!(bob.next_number(chat).await, 2);
    let seen = bob.client.conversation(chat).await.unwrap();
    assert_eq!(seen.revision, 5, "joining twice is nothing");
    // Back after having left: the log goes on at the return.
    carol.client.leave(chat).await.unwrap();
    carol.wait_for(EventKind::ParticipantRemoved).await;
    alice.send_text(chat, 3).await;
    carol.client.join(&code).await.unwrap();
    let back = carol.wait_for(EventKind::ParticipantAdded).await;
    assert_eq!(
        (
            back.revision(),
            back.entry::<ParticipantAdded>().from_revision
        ),
        (Some(8), Some(8))
    );
}

#[tokio::test]
async fn an_old_code_leads_nowhere() {
    let server = TestServer::spawn().await;
    let ([alice], chat) = server.group_chat(["alice"]).await;
    let eve = server.user("eve").await;
    let old = alice.client.renew_invite(chat).await.unwrap().code;
    let new = alice.client.renew_invite(chat).await.unwrap().code;
    let refused = eve.client.join(&old).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NotFound));
    let refused = eve.client.invited_to(&old).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::NotFound));
    eve.client.join(&new).await.unwrap();
    for (body, code) in [
        (json!({"code": ""}), (422, "VALIDATION_ERROR")),
        (json!({}), (422, "VALIDATION_ERROR")),
        (json!({"code": 7}), (400, "BAD_REQUEST")),
        (json!({"code": "wrong"}), (404, "NOT_FOUND")),
    ] {
        let asked = request(&server, Some(&eve), Method::POST, "/v1/conversations/join");
        let answer = outcome(asked.json(&body)).await;
        assert_eq!(answer, (code.0, code.1.to_owned()), "{body}");
    }
    let asked = request(&server, None, Method::POST, "/v1/conversations/join");
    let answer = outcome(asked.json(&json!({"code": new}))).await;
    assert_eq!(answer.0, 401);
}

/// Blocks and privacy are about being put somewhere; whoever joins puts themselves.
#[tokio::test]
async fn blocks_do_not_keep_anybody_from_joining() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let carol = server.user("carol").await;
    let code = alice.client.renew_invite(chat).await.unwrap().code;
    carol.client.block(alice.id).await.unwrap();
    bob.client.block(carol.id).await.unwrap();
    let joined = carol.client.join(&code).await.unwrap();
    assert_eq!(joined.participant_count, 3);
}
