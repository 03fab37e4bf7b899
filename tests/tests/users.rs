//! Profiles: changing one's own, seeing and finding those of others.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::people::{Profiles, SearchUsersQuery};
use sentinal_protocol::event::{AccountChanged, ContactUpdated, EventKind, ServerFrame};
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::{Said, Site, TestServer, TestUser, outcome, registration, request};
use serde_json::{Value, json};
use uuid::Uuid;

fn code<T>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.err().expect("a refusal").code()
}

async fn put(user: &TestUser, path: &str, body: Value) -> Result<Value, ClientError> {
    let call = user.client.call(Method::PUT, path);
    call.body(&body).data().await
}

async fn change(user: &TestUser, body: Value) -> Result<Value, ClientError> {
    put(user, "/v1/users/me", body).await
}

async fn set(user: &TestUser, body: Value) {
    put(user, "/v1/users/me/settings", body).await.unwrap();
}

async fn befriend(user: &TestUser, friend: &TestUser) {
    let request = AddContactRequest {
        contact_user_id: friend.id,
        nickname: None,
    };
    user.client.add_contact(&request).await.unwrap();
}

async fn search(user: &TestUser, text: &str) -> Profiles {
    let query = SearchUsersQuery {
        search: Some(text.to_owned()),
        ..SearchUsersQuery::default()
    };
    user.client.search_users(&query).await.unwrap()
}

async fn found(user: &TestUser, text: &str) -> Vec<String> {
    let found = search(user, text).await.users.into_iter();
    found.map(|profile| profile.username).collect()
}

/// Status and code of a request with this body.
async fn answer(
    server: &Site,
    user: Option<&TestUser>,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> (u16, String) {
    let mut asked = request(server, user, method, path);
    if let Some(body) = body {
        asked = asked.json(body);
    }
    outcome(asked).await
}

#[tokio::test]
async fn a_profile_keeps_what_a_change_leaves_out_and_loses_what_is_null() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let profile = json!({
        "display_name": "Alice A.", "avatar_url": "https://example.com/a.png",
        "bio": "Two\nlines", "status": "Busy", "phone_number": "+491234567",
    });
    let changed = change(&alice, profile.clone()).await.unwrap();
    for (field, value) in profile.as_object().unwrap() {
        assert_eq!(&changed[field], value);
    }
    let changed = change(&alice, json!({"bio": null, "display_name": null}))
        .await
        .unwrap();
    assert_eq!(changed["bio"], Value::Null);
    assert_eq!(changed["display_name"], "alice");
    assert_eq!(changed["status"], "Busy");
    let me = alice.client.me().await.unwrap();
    assert_eq!(json!(me), changed);

    // Other names are good for signing in, the old ones are free.
    change(&alice, json!({"username": "Alicia"})).await.unwrap();
    let client = alice.client.signed_out();
    client
        .sign_in("alicia", alice.password(), "tablet")
        .await
        .unwrap();
    let old = client.sign_in("alice", alice.password(), "tablet").await;
    assert_eq!(code(old), Some(ErrorCode::InvalidCredentials));
    let mut another = registration("alice");
    another.email = "another@example.com".to_owned();
    client.register(&another).await.unwrap();
}

#[tokio::test]
async fn an_identity_belongs_to_one_account_whatever_its_case() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    change(&bob, json!({"phone_number": "+4912345"}))
        .await
        .unwrap();
    for (body, expected) in [
        (json!({"username": "Bob"}), ErrorCode::UsernameTaken),
        (json!({"phone_number": "4912345"}), ErrorCode::PhoneTaken),
    ] {
        assert_eq!(code(change(&alice, body).await), Some(expected));
    }
    // One's own in another case is no other one's.
    let own = json!({"username": "ALICE", "email": "Alice@Example.com"});
    let changed = change(&alice, own).await.unwrap();
    assert_eq!(changed["username"], "ALICE");
}

#[tokio::test]
async fn profiles_have_rules() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for body in [
        json!({"username": null}),
        json!({"email": null}),
        json!({"username": "a b"}),
        json!({"email": "nobody"}),
        json!({"phone_number": "12"}),
        json!({"display_name": ""}),
        json!({"display_name": "x".repeat(65)}),
        json!({"display_name": "line\nbreak"}),
        json!({"bio": "x".repeat(1025)}),
        json!({"status": "x".repeat(257)}),
        json!({"avatar_url": "x".repeat(2049)}),
    ] {
        assert_eq!(
            code(change(&alice, body.clone()).await),
            Some(ErrorCode::Validation),
            "{body}"
        );
    }
    let wrong_type = change(&alice, json!({"bio": 1})).await;
    assert_eq!(code(wrong_type), Some(ErrorCode::BadRequest));
    assert_eq!(alice.client.me().await.unwrap().display_name, "alice");
}

#[tokio::test]
async fn other_devices_hear_of_a_changed_profile_once() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let laptop = alice.another_device("laptop").await;
    alice.connect().await;
    alice.messages_until_synced().await;
    change(&laptop, json!({"status": "here"})).await.unwrap();
    let changed = alice.next_frame().await;
    assert_eq!(changed.kind(), Some(EventKind::AccountChanged));
    // The same again is no news.
    change(&laptop, json!({"status": "here"})).await.unwrap();
    change(&laptop, json!({"status": "there"})).await.unwrap();
    let again = alice.next_frame().await;
    assert_eq!(again.kind(), Some(EventKind::AccountChanged));
    let revision = |frame: &ServerFrame| frame.says::<AccountChanged>().account_revision;
    assert_eq!(revision(&again), revision(&changed) + 1);
}

#[tokio::test]
async fn own_devices_hear_how_a_contact_is_now() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.connect().await;
    befriend(&alice, &bob).await;
    let told = alice.wait_for(EventKind::ContactUpdated).await;
    let contact = told.says::<ContactUpdated>().contact.as_ref().unwrap();
    assert_eq!(contact.username, "bob");
    alice.client.block(bob.id).await.unwrap();
    let told = alice.wait_for(EventKind::ContactUpdated).await;
    assert!(
        told.says::<ContactUpdated>()
            .contact
            .as_ref()
            .unwrap()
            .is_blocked
    );
    alice.client.remove_contact(bob.id).await.unwrap();
    let told = alice.wait_for(EventKind::ContactUpdated).await;
    let told = told.says::<ContactUpdated>();
    assert_eq!(told.contact_user_id, bob.id);
    assert!(told.contact.is_none());
}

#[tokio::test]
async fn others_see_as_much_of_a_profile_as_its_owner_allows() {
    let server = TestServer::spawn().await;
    let (alice, bob, eve) = (
        server.user("alice").await,
        server.user("bob").await,
        server.user("eve").await,
    );
    let profile = json!({"avatar_url": "https://example.com/a", "bio": "b", "status": "s"});
    change(&alice, profile).await.unwrap();
    befriend(&alice, &bob).await;
    befriend(&bob, &alice).await;
    befriend(&eve, &alice).await;
    let chat = bob.client.create_direct(alice.id).await.unwrap().id;
    let eves = eve.client.create_direct(alice.id).await.unwrap().id;

    for (setting, to_bob, to_eve) in [
        ("everyone", true, true),
        ("contacts", true, false),
        ("nobody", false, false),
    ] {
        set(
            &alice,
            json!({"privacy_profile_photo": setting, "privacy_about": setting}),
        )
        .await;
        for (viewer, conversation, shown) in [(&bob, chat, to_bob), (&eve, eves, to_eve)] {
            let profile = viewer.client.profile(alice.id).await.unwrap();
            let name = &viewer.name;
            assert_eq!(profile.avatar_url.is_some(), shown, "{setting} {name}");
            assert_eq!(profile.bio.is_some(), shown, "{setting} {name}");
            assert_eq!(profile.status.is_some(), shown, "{setting} {name}");
            let found = &search(viewer, "alice").await.users[0];
            assert_eq!(found, &profile);
            let contacts = viewer.client.contacts(PageQuery::default()).await.unwrap();
            let contact = &contacts.contacts[0];
            assert_eq!(contact.avatar_url.is_some(), shown, "{setting} {name}");
            assert_eq!(contact.status.is_some(), shown, "{setting} {name}");
            let people = viewer.client.participants(conversation).await.unwrap();
            let hers = people.participants.iter().find(|it| it.user_id == alice.id);
            assert_eq!(
                hers.unwrap().avatar_url.is_some(),
                shown,
                "{setting} {name}"
            );
        }
        let own = alice.client.profile(alice.id).await.unwrap();
        assert!(own.avatar_url.is_some() && own.bio.is_some() && own.status.is_some());
    }
    let profile = bob.client.profile(alice.id).await.unwrap();
    assert!(profile.is_contact && !profile.is_blocked);
    let text = json!(profile).to_string();
    assert!(
        !text.contains("example.com") && !text.contains("phone"),
        "{text}"
    );
}

/// A block is silent: the blocked one sees the blocker as before.
#[tokio::test]
async fn a_blocker_looks_as_before_to_the_blocked_one() {
    let server = TestServer::spawn().await;
    let (alice, eve, chat) = server.direct_chat("alice", "eve").await;
    let first = eve.send_text(chat, 1).await;
    alice.client.mark_read(first.id).await.unwrap();
    let before = eve.client.profile(alice.id).await.unwrap();
    let people = json!(eve.client.participants(chat).await.unwrap());
    alice.client.block(eve.id).await.unwrap();
    let second = eve.send_text(chat, 2).await;
    // Whatever she does with it, it does not show.
    let up_to = second.sequence_number;
    alice.client.read_up_to(chat, up_to).await.unwrap();
    assert_eq!(eve.client.profile(alice.id).await.unwrap(), before);
    assert_eq!(found(&eve, "ali").await, ["alice"]);
    let after = json!(eve.client.participants(chat).await.unwrap());
    let hers = |people: &Value| {
        let people = people["participants"].as_array().unwrap();
        let hers = people.iter().find(|it| it["user_id"] == json!(alice.id));
        hers.unwrap().clone()
    };
    assert_eq!(hers(&after), hers(&people));
    // The blocker sees nothing of the other side's.
    let shown = alice.client.participants(chat).await.unwrap();
    let eves = shown.participants.iter().find(|it| it.user_id == eve.id);
    assert_eq!(eves.unwrap().last_read_sequence, None);
    assert_eq!(eves.unwrap().last_delivered_sequence, None);
    assert!(alice.client.profile(eve.id).await.unwrap().is_blocked);
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_a_name_in_any_case() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for name in ["albert", "alba", "bob", "Alfons_1"] {
        server.user(name).await;
    }
    let zoe = server.user("zoe").await;
    change(&zoe, json!({"display_name": "Älbe ß"}))
        .await
        .unwrap();
    assert_eq!(
        found(&alice, "AL").await,
        ["alba", "albert", "Alfons_1", "alice"]
    );
    assert_eq!(found(&alice, "alb").await, ["alba", "albert"]);
    assert_eq!(found(&alice, "älb").await, ["zoe"]);
    assert_eq!(found(&alice, "fons").await, Vec::<String>::new());
    assert_eq!(found(&alice, "al%").await, Vec::<String>::new());
    assert_eq!(found(&alice, "al_").await, Vec::<String>::new());

    let page = |page| SearchUsersQuery {
        search: Some("al".to_owned()),
        page: Some(page),
        limit: Some(3),
        ..SearchUsersQuery::default()
    };
    let first = alice.client.search_users(&page(1)).await.unwrap();
    assert_eq!(
        (first.users.len(), first.total, first.has_more),
        (3, 4, true)
    );
    let second = alice.client.search_users(&page(2)).await.unwrap();
    assert_eq!((second.users.len(), second.has_more), (1, false));
    let beyond = alice.client.search_users(&page(9)).await.unwrap();
    assert_eq!(
        (beyond.users.len(), beyond.total, beyond.has_more),
        (0, 4, false)
    );
    let by_query: Profiles = alice
        .client
        .call(Method::GET, "/v1/users/search")
        .query(&[("query", "alb")])
        .data()
        .await
        .unwrap();
    assert_eq!(by_query.total, 2);
}

#[tokio::test]
async fn an_address_or_number_finds_only_whom_it_may() {
    let server = TestServer::spawn().await;
    let (alice, bob, eve) = (
        server.user("alice").await,
        server.user("bob").await,
        server.user("eve").await,
    );
    change(&alice, json!({"phone_number": "+4912345678"}))
        .await
        .unwrap();
    befriend(&alice, &bob).await;
    let both = ["Alice@example.com", "4912345678"];
    for (setting, finders) in [
        (None, &[][..]),
        (Some("contacts"), &["bob"][..]),
        (Some("everyone"), &["bob", "eve"][..]),
        (Some("nobody"), &[][..]),
    ] {
        if let Some(setting) = setting {
            set(&alice, json!({"privacy_discoverable": setting})).await;
        }
        for text in both {
            for viewer in [&bob, &eve] {
                let expected: &[&str] = if finders.contains(&viewer.name.as_str()) {
                    &["alice"]
                } else {
                    &[]
                };
                assert_eq!(found(viewer, text).await, expected, "{setting:?} {text}");
            }
            assert_eq!(found(&alice, text).await, ["alice"]);
        }
        // A part of either finds nobody.
        assert_eq!(found(&bob, "alice@").await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn searches_and_profiles_are_refused_where_they_must_be() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for path in [
        "/v1/users",
        "/v1/users?search=a",
        "/v1/users?search=%20%20a",
        "/v1/users?search=al&limit=101",
        "/v1/users?search=al&page=0",
        "/v1/users/search?query=a",
        "/v1/users/search",
    ] {
        let refused = answer(&server, Some(&alice), Method::GET, path, None).await;
        assert_eq!(refused, (422, "VALIDATION_ERROR".to_owned()), "{path}");
    }
    let long = format!("/v1/users?search={}", "x".repeat(257));
    assert_eq!(
        answer(&server, Some(&alice), Method::GET, &long, None)
            .await
            .0,
        422
    );
    let unknown = format!("/v1/users/{}", Uuid::now_v7());
    let refused = answer(&server, Some(&alice), Method::GET, &unknown, None).await;
    assert_eq!(refused, (404, "NOT_FOUND".to_owned()));
    let malformed = answer(&server, Some(&alice), Method::GET, "/v1/users/x", None).await;
    assert_eq!(malformed.0, 400);
}

#[tokio::test]
async fn push_tokens_belong_to_one_device_each() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let laptop = alice.another_device("laptop").await;
    let path = "/v1/users/me/push-tokens";
    let post = async |user: &TestUser, body: Value| {
        answer(&server, Some(user), Method::POST, path, Some(&body)).await
    };
    let token = json!({"platform": "FCM", "token": "one"});
    assert_eq!(post(&alice, token.clone()).await.0, 201);
    assert_eq!(post(&alice, token.clone()).await.0, 200);
    let other =
        json!({"platform": "webpush", "token": "https://push.example/two", "device_id": "laptop"});
    assert_eq!(post(&alice, other).await.0, 201);
    let tokens = alice.client.push_tokens().await.unwrap();
    let shown: Vec<_> = tokens
        .iter()
        .map(|it| {
            (
                it.device_id.as_str(),
                it.platform.as_str(),
                it.token.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("alice-phone", "fcm", "one"),
            ("laptop", "webpush", "https://push.example/two")
        ]
    );
    // Another one of the platform replaces it.
    let newer = json!({"platform": "fcm", "token": "three"});
    assert_eq!(post(&alice, newer).await.0, 201);
    assert_eq!(alice.client.push_tokens().await.unwrap().len(), 2);
    // Whoever has the installation now gets its pushes.
    let same = json!({"platform": "fcm", "token": "three"});
    assert_eq!(post(&bob, same).await.0, 201);
    let left = alice.client.push_tokens().await.unwrap();
    assert_eq!(left.len(), 1);

    // Nobody else's can be seen or removed.
    let stolen = bob.client.remove_push_token(&left[0]).await;
    assert_eq!(code(stolen), Some(ErrorCode::NotFound));
    laptop.client.remove_push_token(&left[0]).await.unwrap();
    let again = alice.client.remove_push_token(&left[0]).await;
    assert_eq!(code(again), Some(ErrorCode::NotFound));
    for (body, status) in [
        (json!({"platform": "pigeon", "token": "x"}), 422),
        (json!({"platform": "fcm", "token": ""}), 422),
        // Nobody sends pushes here, but somebody may later.
        (json!({"platform": "fcm", "token": "two words"}), 422),
        (json!({"platform": "apns", "token": "a\nb"}), 422),
        (json!({"platform": "webpush", "token": "two"}), 422),
        (
            json!({"platform": "webpush", "token": "http://push.example/x"}),
            422,
        ),
        (
            json!({"platform": "webpush", "token": "https://127.0.0.1/x"}),
            422,
        ),
        (
            json!({"platform": "webpush", "token":
                r#"{"endpoint":"https://push.example/x","keys":{"p256dh":"x","auth":"y"}}"#}),
            422,
        ),
        (json!({"platform": "fcm", "token": "x".repeat(2_049)}), 422),
        (json!({"platform": "fcm"}), 422),
        (
            json!({"platform": "fcm", "token": "x", "device_id": "bob-phone"}),
            404,
        ),
    ] {
        assert_eq!(post(&alice, body.clone()).await.0, status, "{body}");
    }
    // A device takes its tokens along.
    let path = "/v1/users/me/devices/bob-phone";
    let second = bob.another_device("bob-tv").await;
    let removed = second.client.call(Method::DELETE, path).done().await;
    removed.unwrap();
    assert!(second.client.push_tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let server = TestServer::spawn().await;
    let id = Uuid::now_v7();
    let key = Base64(vec![1; 32]);
    let body = json!({"token": "x", "platform": "fcm", "keys": [], "backup_data": key});
    for (method, path) in [
        (Method::PUT, "/v1/users/me".to_owned()),
        (Method::DELETE, "/v1/users/me".to_owned()),
        (Method::GET, "/v1/users/me/settings".to_owned()),
        (Method::PUT, "/v1/users/me/settings".to_owned()),
        (Method::GET, "/v1/users?search=alice".to_owned()),
        (Method::GET, "/v1/users/search?query=alice".to_owned()),
        (Method::GET, format!("/v1/users/{id}")),
        (Method::POST, "/v1/users/me/push-tokens".to_owned()),
        (Method::GET, "/v1/users/me/push-tokens".to_owned()),
        (Method::DELETE, format!("/v1/users/me/push-tokens/{id}")),
        (Method::POST, "/v1/encryption/pq-prekeys".to_owned()),
        (Method::POST, "/v1/encryption/backup".to_owned()),
        (Method::GET, "/v1/encryption/backup".to_owned()),
    ] {
        let refused = answer(&server, None, method.clone(), &path, Some(&body)).await;
        assert_eq!(refused, (401, "UNAUTHORIZED".to_owned()), "{method} {path}");
    }
}
