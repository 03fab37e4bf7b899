//! Who takes part in a group: ranks, coming and going, and what everybody hears of it.

use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_protocol::event::{EventKind, ParticipantAdded, ParticipantRole};
use sentinal_protocol::{ErrorCode, Role};
use sentinal_tests::{Said, TestServer, TestUser};

fn adding(user: &TestUser, role: Option<Role>) -> AddParticipantRequest {
    AddParticipantRequest {
        user_id: user.id,
        role,
    }
}

/// Who may rank and remove whom.
#[tokio::test]
async fn ranks_bound_what_one_may_do_to_whom() {
    let server = TestServer::spawn().await;
    let names = ["owner", "admin", "admin2", "member", "member2"];
    let ([owner, admin, admin2, member, member2], chat) = server.group_chat(names).await;
    let newcomer = server.user("newcomer").await;
    for user in [&admin, &admin2] {
        let ranked = owner.client.set_role(chat, user.id, Role::Admin).await;
        assert_eq!(ranked.unwrap().role, Role::Admin);
    }
    let forbidden = Some(ErrorCode::Forbidden);
    for (by, whom, role) in [
        (&member, &member2, Role::Admin),
        (&member, &member, Role::Owner),
        (&admin, &admin2, Role::Member),
        (&admin, &owner, Role::Admin),
        (&admin, &member, Role::Owner),
    ] {
        let refused = by.client.set_role(chat, whom.id, role).await.unwrap_err();
        assert_eq!(refused.code(), forbidden, "{} {}", by.name, whom.name);
    }
    for (by, whom) in [
        (&member, &member2),
        (&member, &admin),
        (&admin, &admin2),
        (&admin, &owner),
    ] {
        let refused = by
            .client
            .remove_participant(chat, whom.id)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), forbidden, "{} {}", by.name, whom.name);
    }
    let refused = member
        .client
        .add_participant(chat, &adding(&newcomer, None))
        .await;
    assert_eq!(refused.unwrap_err().code(), forbidden);
    let too_high = adding(&newcomer, Some(Role::Owner));
    let refused = admin.client.add_participant(chat, &too_high).await;
    assert_eq!(refused.unwrap_err().code(), forbidden);
    let last = owner.client.set_role(chat, owner.id, Role::Member).await;
    assert_eq!(last.unwrap_err().code(), Some(ErrorCode::Conflict));
    let unknown = owner.client.remove_participant(chat, newcomer.id).await;
    assert_eq!(unknown.unwrap_err().code(), Some(ErrorCode::NotFound));

    admin
        .client
        .remove_participant(chat, member2.id)
        .await
        .unwrap();
    owner
        .client
        .set_role(chat, admin2.id, Role::Member)
        .await
        .unwrap();
    let as_admin = adding(&newcomer, Some(Role::Admin));
    let added = admin.client.add_participant(chat, &as_admin);
    assert_eq!(added.await.unwrap().role, Role::Admin);
    let seen = owner.client.conversation(chat).await.unwrap();
    // Made, two admins, one removed, one demoted, one added.
    assert_eq!((seen.revision, seen.participant_count), (6, 5));
}

#[tokio::test]
async fn an_owner_who_leaves_hands_over_and_the_last_one_closes_the_door() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    alice
        .client
        .set_role(chat, carol.id, Role::Admin)
        .await
        .unwrap();
    alice.client.leave(chat).await.unwrap();
    let seen = carol.client.conversation(chat).await.unwrap();
    assert_eq!((seen.role, seen.participant_count), (Role::Owner, 2));
    // Leaving is removing oneself.
    carol
        .client
        .remove_participant(chat, carol.id)
        .await
        .unwrap();
    let seen = bob.client.conversation(chat).await.unwrap();
    assert_eq!((seen.role, seen.participant_count), (Role::Owner, 1));
    bob.client.leave(chat).await.unwrap();
    for user in [&alice, &bob, &carol] {
        let gone = user.client.conversation(chat).await.unwrap_err();
        assert_eq!(gone.code(), Some(ErrorCode::NotFound));
    }
}

#[tokio::test]
async fn everybody_hears_who_comes_and_goes_and_who_goes_hears_no_more() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let mut carol = server.user("carol").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    carol.connect().await;
    carol.messages_until_synced().await;
    let before = alice.client.conversation(chat).await.unwrap().revision;
    alice
        .client
        .add_participant(chat, &adding(&carol, None))
        .await
        .unwrap();
    let heard = bob.wait_for(EventKind::ParticipantAdded).await;
    assert_eq!(heard.revision(), Some(before + 1));
    assert_eq!(heard.user_id(), Some(alice.id));
    assert_eq!(
        heard.entry::<ParticipantAdded>().participant.user_id,
        carol.id
    );
    assert_eq!(
        heard.entry::<ParticipantAdded>().participant.role,
        Role::Member
    );
    let own = carol.wait_for(EventKind::ParticipantAdded).await;
    assert_eq!(own.revision(), Some(before + 1));
    assert_eq!(
        own.entry::<ParticipantAdded>().from_revision,
        Some(before + 1)
    );
    alice
        .client
        .set_role(chat, carol.id, Role::Admin)
        .await
        .unwrap();
    let heard = bob.wait_for(EventKind::ParticipantRole).await;
    assert_eq!(
        heard.entry::<ParticipantRole>().participant.role,
        Role::Admin
    );
    alice
        .client
        .remove_participant(chat, carol.id)
        .await
        .unwrap();
    for user in [&mut bob, &mut carol] {
        let heard = user.wait_for(EventKind::ParticipantRemoved).await;
        assert_eq!(heard.revision(), Some(before + 3));
    }
    // What comes of another chat comes after all that was to come of this one.
    alice.send_text(chat, 1).await;
    let direct = alice.client.create_direct(carol.id).await.unwrap().id;
    loop {
        let next = carol.next_frame().await;
        assert!(!next.is_about(chat), "{next:?}");
        if next.kind() == Some(EventKind::ConversationCreated) {
            assert_eq!(next.conversation_id(), Some(direct));
            break;
        }
    }
}

/// Nothing had happened in the group since Bob connected, so no room knew of him.
#[tokio::test]
async fn who_is_removed_from_a_quiet_group_hears_of_it() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let removed = alice.client.remove_participant(chat, bob.id).await;
    removed.unwrap();
    let heard = bob.wait_for(EventKind::ParticipantRemoved).await;
    assert_eq!(heard.conversation_id(), Some(chat));
}
