//! Who was taken out of a group stays out: the invite code is another one, and a ban keeps them away.

use reqwest::Method;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::event::{EventKind, ParticipantRemoved};
use sentinal_protocol::limits::BANS_MAX;
use sentinal_protocol::{ConversationId, ErrorCode, Role, UserId};
use sentinal_tests::{Said, TestServer, TestUser, code, outcome, request};
use serde_json::json;
use uuid::Uuid;

async fn add(by: &TestUser, chat: ConversationId, whom: &TestUser) -> Result<(), ErrorCode> {
    let adding = AddParticipantRequest {
        user_id: whom.id,
        role: None,
    };
    let added = by.client.add_participant(chat, &adding).await;
    added.map(drop).map_err(|error| error.code().unwrap())
}

async fn ban(server: &TestServer, by: &TestUser, chat: ConversationId, whom: UserId) -> u16 {
    let path = format!("/v1/conversations/{chat}/participants/{whom}/ban");
    outcome(request(server, Some(by), Method::POST, &path))
        .await
        .0
}

#[tokio::test]
async fn whoever_is_removed_does_not_come_back_by_the_code_they_knew() {
    let server = TestServer::spawn().await;
    let ([alice, bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    carol.connect().await;
    carol.messages_until_synced().await;
    let old = alice.client.renew_invite(chat).await.unwrap().code;
    carol.wait_for(EventKind::ConversationUpdated).await;
    alice.client.remove_participant(chat, bob.id).await.unwrap();
    carol.wait_for(EventKind::ParticipantRemoved).await;
    let renewed = carol.wait_for(EventKind::ConversationUpdated).await;
    let new = alice.client.conversation(chat).await.unwrap().invite_link;
    let new = new.unwrap();
    assert_ne!(new, old);
    assert!(!json!(renewed).to_string().contains(&new));
    assert_eq!(code(bob.client.join(&old).await), ErrorCode::NotFound);
    assert_eq!(code(bob.client.invited_to(&old).await), ErrorCode::NotFound);
    bob.client.join(&new).await.unwrap();
    // Whoever leaves by themselves may come back as before.
    bob.client.leave(chat).await.unwrap();
    bob.client.join(&new).await.unwrap();
}

/// Nobody has made a code, so there is none to renew, and nothing to tell.
#[tokio::test]
async fn a_group_without_a_code_gets_none_by_removing() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let before = alice.client.conversation(chat).await.unwrap();
    alice.client.remove_participant(chat, bob.id).await.unwrap();
    let after = alice.client.conversation(chat).await.unwrap();
    assert_eq!(
        (after.invite_link, after.revision),
        (None, before.revision + 1)
    );
}

#[tokio::test]
async fn a_ban_removes_and_keeps_out_until_it_is_lifted() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let old = alice.client.renew_invite(chat).await.unwrap().code;
    bob.connect().await;
    bob.messages_until_synced().await;
    let banned = alice.client.ban(chat, carol.id).await.unwrap();
    assert_eq!(banned.user_id, carol.id);
    let heard = bob.wait_for(EventKind::ParticipantRemoved).await;
    assert_eq!(heard.user_id(), Some(alice.id));
    let heard = heard.entry::<ParticipantRemoved>();
    assert_eq!(heard.participant.user_id, carol.id);
    // Again: nothing changes.
    let before = alice.client.conversation(chat).await.unwrap();
    assert_eq!(ban(&server, &alice, chat, carol.id).await, 200);
    let after = alice.client.conversation(chat).await.unwrap();
    assert_eq!(after.revision, before.revision);
    // No door is open: not that of a code, be it the newest, nor being added.
    let new = after.invite_link.unwrap();
    for code_of in [&old, &new] {
        let refused = carol.client.join(code_of).await;
        assert_eq!(code(refused), ErrorCode::NotFound);
        let refused = carol.client.invited_to(code_of).await;
        assert_eq!(code(refused), ErrorCode::NotFound);
    }
    let refused = add(&alice, chat, &carol).await;
    assert_eq!(refused, Err(ErrorCode::Validation));
    let listed = alice.client.bans(chat, PageQuery::default()).await.unwrap();
    assert_eq!((listed.bans, listed.total), (vec![banned], 1));
    // Lifted, twice is once.
    alice.client.unban(chat, carol.id).await.unwrap();
    alice.client.unban(chat, carol.id).await.unwrap();
    let listed = alice.client.bans(chat, PageQuery::default()).await.unwrap();
    assert_eq!((listed.total, listed.has_more), (0, false));
    carol.client.join(&new).await.unwrap();
}

#[tokio::test]
async fn ranks_bound_whom_one_may_ban() {
    let server = TestServer::spawn().await;
    let names = ["owner", "admin", "admin2", "member"];
    let ([owner, admin, admin2, member], chat) = server.group_chat(names).await;
    for user in [&admin, &admin2] {
        let ranked = owner.client.set_role(chat, user.id, Role::Admin).await;
        ranked.unwrap();
    }
    let stranger = UserId(Uuid::now_v7());
    for (by, whom) in [
        (&admin, admin2.id),
        (&admin, owner.id),
        (&admin, admin.id),
        (&owner, owner.id),
        (&member, stranger),
        (&member, member.id),
    ] {
        let refused = by.client.ban(chat, whom).await;
        assert_eq!(code(refused), ErrorCode::Forbidden, "{} {whom}", by.name);
    }
    assert_eq!(
        code(member.client.unban(chat, stranger).await),
        ErrorCode::Forbidden
    );
    let page = PageQuery::default();
    assert_eq!(
        code(member.client.bans(chat, page).await),
        ErrorCode::Forbidden
    );
    let people = owner.client.participants(chat).await.unwrap();
    assert_eq!(people.participants.len(), 4, "a refusal changes nothing");
    let dm = owner.client.create_direct(member.id).await.unwrap().id;
    for refused in [
        code(owner.client.ban(dm, member.id).await),
        code(owner.client.unban(dm, member.id).await),
        code(owner.client.bans(dm, page).await),
    ] {
        assert_eq!(refused, ErrorCode::DmImmutable);
    }
    let wrong = PageQuery {
        page: Some(0),
        limit: None,
    };
    assert_eq!(
        code(owner.client.bans(chat, wrong).await),
        ErrorCode::Validation
    );
}

/// Somebody who is not in the group is banned as well as nobody is: the answer does not tell who exists.
#[tokio::test]
async fn banning_does_not_tell_who_exists() {
    let server = TestServer::spawn().await;
    let ([alice], chat) = server.group_chat(["alice"]).await;
    let eve = server.user("eve").await;
    let code_of = alice.client.renew_invite(chat).await.unwrap().code;
    let before = alice.client.conversation(chat).await.unwrap().revision;
    for whom in [eve.id, UserId(Uuid::now_v7())] {
        assert_eq!(ban(&server, &alice, chat, whom).await, 201);
        assert_eq!(ban(&server, &alice, chat, whom).await, 200);
    }
    let after = alice.client.conversation(chat).await.unwrap();
    assert_eq!(after.revision, before, "there was nobody to remove");
    assert_eq!(after.invite_link, Some(code_of.clone()));
    assert_eq!(code(eve.client.join(&code_of).await), ErrorCode::NotFound);
    let first = PageQuery {
        page: Some(1),
        limit: Some(1),
    };
    let listed = alice.client.bans(chat, first).await.unwrap();
    assert_eq!(
        (listed.bans.len(), listed.total, listed.has_more),
        (1, 2, true)
    );
}

#[tokio::test]
async fn a_group_has_a_bounded_number_of_bans() {
    let server = TestServer::spawn().await;
    let ([alice, bob], chat) = server.group_chat(["alice", "bob"]).await;
    let group = server.database().literal(chat.0);
    let rows: Vec<String> = (0..BANS_MAX)
        .map(|_| {
            let id = server.database().literal(Uuid::now_v7());
            format!("({group}, {id}, 1)")
        })
        .collect();
    let fill = format!(
        "INSERT INTO conversation_bans (conversation_id, user_id, created_at) VALUES {}",
        rows.join(",")
    );
    server.database().db_execute(&[fill]).await;
    assert_eq!(
        code(alice.client.ban(chat, bob.id).await),
        ErrorCode::Conflict
    );
    let people = alice.client.participants(chat).await.unwrap();
    assert_eq!(people.participants.len(), 2);
}
