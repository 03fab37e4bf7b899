//! A DM names its people wherever it is shown, as far as they let it; so do calls.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::conversations::{Conversation, DirectParticipant};
use sentinal_protocol::api::people::{SearchUsersQuery, UpdateProfileRequest};
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::api::sync::SyncQuery;
use sentinal_protocol::event::{CallIncoming, ConversationCreated, EventKind};
use sentinal_protocol::{CallType, ErrorCode, Timestamp, UserId, Visibility};
use sentinal_tests::{Said, TestServer, TestUser};

const PICTURE: &str = "https://example.com/picture.png";

async fn show_picture_to(user: &TestUser, whom: Visibility) {
    let profile = UpdateProfileRequest {
        avatar_url: Some(Some(PICTURE.to_owned())),
        ..UpdateProfileRequest::default()
    };
    user.client.update_me(&profile).await.unwrap();
    let settings = UpdateSettingsRequest {
        privacy_profile_photo: Some(Some(whom)),
        ..UpdateSettingsRequest::default()
    };
    user.client.update_settings(&settings).await.unwrap();
}

fn side(people: Option<&Vec<DirectParticipant>>, user: &TestUser) -> DirectParticipant {
    let people = people.expect("a DM names its people");
    assert_eq!(people.len(), 2);
    let mut sides = people.iter().filter(|it| it.user_id == user.id);
    sides.next().expect("both sides").clone()
}

#[tokio::test]
async fn a_dm_names_both_sides_wherever_it_is_shown() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    show_picture_to(&bob, Visibility::Contacts).await;
    let made = alice.client.create_direct(bob.id).await.unwrap();
    let group = alice
        .client
        .create_group("team", vec![bob.id])
        .await
        .unwrap();
    assert!(group.participants.is_none());

    let ways = async |user: &TestUser| -> Vec<Conversation> {
        let client = &user.client;
        let listed = client.conversations(PageQuery::default()).await.unwrap();
        let listed = listed.conversations.into_iter().find(|it| it.id == made.id);
        let synced = client.sync(&SyncQuery::default()).await.unwrap();
        let mut synced = synced.conversations.into_iter().map(|it| it.conversation);
        let synced = synced.find(|it| it.id == made.id);
        let single = client.conversation(made.id).await.unwrap();
        let direct = client.create_direct(if user.id == alice.id {
            bob.id
        } else {
            alice.id
        });
        vec![
            listed.unwrap(),
            synced.unwrap(),
            single,
            direct.await.unwrap(),
        ]
    };
    for shown in ways(&alice).await {
        let theirs = side(shown.participants.as_ref(), &bob);
        assert_eq!(theirs.username.as_deref(), Some("bob"));
        assert_eq!(theirs.avatar_url, None, "alice is no contact of his");
        let own = side(shown.participants.as_ref(), &alice);
        assert_eq!(own.display_name.as_deref(), Some("alice"));
    }
    let contact = AddContactRequest {
        contact_user_id: alice.id,
        nickname: None,
    };
    let added = bob.client.add_contact(&contact).await.unwrap();
    assert_eq!(added.contact.id, alice.id);
    assert_eq!(added.contact.username, "alice");
    for shown in ways(&alice).await {
        let theirs = side(shown.participants.as_ref(), &bob);
        assert_eq!(theirs.avatar_url.as_deref(), Some(PICTURE));
    }
}

/// Live each side is shown as the other may see it; from the log as the reader may see it then.
#[tokio::test]
async fn the_event_names_them_too_and_the_log_keeps_no_names() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob) = (server.user("alice").await, server.user("bob").await);
    show_picture_to(&alice, Visibility::Nobody).await;
    for user in [&mut alice, &mut bob] {
        user.connect().await;
        user.messages_until_synced().await;
    }
    let made = alice.client.create_direct(bob.id).await.unwrap();
    let heard = bob.wait_for(EventKind::ConversationCreated).await;
    let created = &heard.entry::<ConversationCreated>().conversation;
    let theirs = side(created.participants.as_ref(), &alice);
    assert_eq!(theirs.username.as_deref(), Some("alice"));
    assert_eq!(theirs.avatar_url, None);
    let rows = server.database().all_rows().await;
    let changes = rows.iter().filter(|it| it.table == "conversation_changes");
    assert!(changes.into_iter().all(|it| !it.text.contains("alice")));

    bob.disconnect().await;
    show_picture_to(&alice, Visibility::Everyone).await;
    let group = alice
        .client
        .create_group("team", vec![bob.id])
        .await
        .unwrap();
    let mut positions = std::collections::HashMap::new();
    positions.insert(made.id, 0);
    let resume = sentinal_client::SocketOptions {
        reconnect: false,
        resume: sentinal_client::Resume::Client(positions),
        ..sentinal_client::SocketOptions::default()
    };
    bob.connect_with(resume).await;
    let mut seen = 0;
    while seen < 2 {
        let heard = bob.wait_for(EventKind::ConversationCreated).await;
        let created = &heard.entry::<ConversationCreated>().conversation;
        seen += 1;
        if created.id == group.id {
            assert!(created.participants.is_none());
        } else {
            let theirs = side(created.participants.as_ref(), &alice);
            assert_eq!(theirs.avatar_url.as_deref(), Some(PICTURE));
        }
    }
}

#[tokio::test]
async fn profiles_are_read_by_the_hundred() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let nobody = UserId::new(Timestamp(1));
    let found = alice
        .client
        .users(&[bob.id, nobody, alice.id, bob.id])
        .await;
    let names: Vec<_> = found.unwrap().into_iter().map(|it| it.username).collect();
    assert_eq!(names, ["bob", "alice"]);
    let too_many: Vec<_> = (0..101).map(|at| UserId::new(Timestamp(at))).collect();
    let refused = alice.client.users(&too_many).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Validation));
    for (ids, search, code) in [
        ("x", None, ErrorCode::BadRequest),
        (",", None, ErrorCode::Validation),
        (&*bob.id.to_string(), Some("bo"), ErrorCode::Validation),
    ] {
        let query = SearchUsersQuery {
            ids: Some(ids.to_owned()),
            search: search.map(str::to_owned),
            ..SearchUsersQuery::default()
        };
        let refused = alice.client.search_users(&query).await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{ids}");
    }
}

#[tokio::test]
async fn a_call_says_who_calls_and_who_is_in_it() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect().await;
    bob.messages_until_synced().await;
    let call = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    let heard = bob.wait_for(EventKind::CallIncoming).await;
    let incoming = heard.says::<CallIncoming>();
    assert_eq!(incoming.username.as_deref(), Some("alice"));
    assert_eq!(incoming.display_name.as_deref(), Some("alice"));
    let read = bob.client.get_call(call.id).await.unwrap();
    for shown in [&call, &incoming.call, &read] {
        let named = shown.participants.iter();
        let mut named: Vec<_> = named.map(|it| it.username.clone().unwrap()).collect();
        named.sort_unstable();
        assert_eq!(named, ["alice", "bob"]);
        assert!(shown.participants.iter().all(|it| it.call_id == call.id));
    }
    let caller = read.participants.iter().find(|it| it.user_id == alice.id);
    let devices = alice.client.devices().await.unwrap();
    assert_eq!(caller.unwrap().device_uuid, Some(devices[0].id));
}

#[tokio::test]
async fn who_is_asked_to_a_group_call_is_named() {
    let server = TestServer::spawn().await;
    let ([alice, bob, mut carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    carol.connect().await;
    carol.messages_until_synced().await;
    let call = alice
        .client
        .create_call(chat, CallType::Audio)
        .await
        .unwrap();
    alice
        .client
        .add_call_participant(call.id, bob.id)
        .await
        .unwrap();
    alice
        .client
        .add_call_participant(call.id, carol.id)
        .await
        .unwrap();
    let heard = carol.wait_for(EventKind::CallIncoming).await;
    let call = &heard.says::<CallIncoming>().call;
    let named = call.participants.iter();
    let named: Vec<_> = named.map(|it| it.username.as_deref().unwrap()).collect();
    assert_eq!(named, ["alice", "bob", "carol"]);
}
