//! Contacts, and blocks that the blocked one does not notice.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{AddContactRequest, Contacts};
use sentinal_protocol::api::keys::{ConsumeQuery, DeviceQuery};
use sentinal_protocol::event::{AccountChanged, EventKind};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};
use uuid::Uuid;

fn add(user: &TestUser, nickname: Option<&str>) -> AddContactRequest {
    AddContactRequest {
        contact_user_id: user.id,
        nickname: nickname.map(str::to_owned),
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn names(contacts: &Contacts) -> Vec<&str> {
    let contacts = contacts.contacts.iter();
    contacts.map(|contact| contact.username.as_str()).collect()
}

#[tokio::test]
async fn contacts_are_added_once_listed_in_pages_and_removed() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let bobby = alice.client.add_contact(&add(&bob, Some("Bobby"))).await;
    let bobby = bobby.unwrap();
    assert_eq!((bobby.id, bobby.contact_user_id), (bob.id, bob.id));
    assert_eq!(bobby.nickname.as_deref(), Some("Bobby"));
    assert!(!bobby.is_blocked);
    alice.client.add_contact(&add(&carol, None)).await.unwrap();
    // Again: nothing changes, the nickname stays.
    let path = "/v1/users/me/contacts";
    let again = request(&server, Some(&alice), Method::POST, path).json(&add(&bob, None));
    assert_eq!(outcome(again).await.0, 200);

    let page = |page, limit| PageQuery {
        page: Some(page),
        limit: Some(limit),
    };
    let first = alice.client.contacts(page(1, 1)).await.unwrap();
    assert_eq!(
        (names(&first), first.total, first.has_more),
        (vec!["bob"], 2, true)
    );
    assert_eq!(first.contacts[0].nickname.as_deref(), Some("Bobby"));
    let second = alice.client.contacts(page(2, 1)).await.unwrap();
    assert_eq!((names(&second), second.has_more), (vec!["carol"], false));
    assert_eq!(
        code(alice.client.contacts(page(1, 101)).await),
        Some(ErrorCode::Validation)
    );

    alice.client.remove_contact(bob.id).await.unwrap();
    let gone = alice.client.remove_contact(bob.id).await;
    assert_eq!(code(gone), Some(ErrorCode::NotFound));
    let left = alice.client.contacts(PageQuery::default()).await.unwrap();
    assert_eq!(names(&left), ["carol"]);
    assert!(
        bob.client
            .contacts(PageQuery::default())
            .await
            .unwrap()
            .contacts
            .is_empty()
    );
}

#[tokio::test]
async fn only_other_people_who_exist_become_contacts_or_are_blocked() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let nobody = AddContactRequest {
        contact_user_id: Uuid::now_v7().into(),
        nickname: None,
    };
    let unknown = alice.client.add_contact(&nobody).await;
    assert_eq!(code(unknown), Some(ErrorCode::NotFound));
    let unknown = alice.client.block(nobody.contact_user_id).await;
    assert_eq!(code(unknown), Some(ErrorCode::NotFound));
    let oneself = alice.client.add_contact(&add(&alice, None)).await;
    assert_eq!(code(oneself), Some(ErrorCode::Validation));
    let oneself = alice.client.block(alice.id).await;
    assert_eq!(code(oneself), Some(ErrorCode::Validation));
    let path = "/v1/users/me/contacts/x/block";
    let malformed = request(&server, Some(&alice), Method::POST, path);
    assert_eq!(outcome(malformed).await.0, 400);
}

/// Keys are the blocker's as for anybody: what was withheld would tell of the block.
#[tokio::test]
async fn a_block_withholds_no_keys_and_tells_nobody() {
    let server = TestServer::spawn().await;
    let (alice, eve, _) = server.direct_chat("alice", "eve").await;
    alice.client.block(eve.id).await.unwrap();
    alice.client.block(eve.id).await.unwrap();
    let blocked = alice.client.blocked(PageQuery::default()).await.unwrap();
    assert_eq!(names(&blocked), ["eve"]);
    assert!(blocked.contacts[0].is_blocked);
    assert!(
        alice
            .client
            .contacts(PageQuery::default())
            .await
            .unwrap()
            .contacts
            .is_empty()
    );

    let device = DeviceQuery {
        user_id: Some(alice.id),
        device_id: Some(alice.device.clone()),
        key_id: None,
    };
    for (asks, left) in [(&eve, 64), (&alice, 64)] {
        let count = asks.client.one_time_prekey_count(&device).await.unwrap();
        assert_eq!(count, left, "{}", asks.name);
    }
    let bundle = eve.client.bundle(alice.id, &alice.device).await.unwrap();
    assert!(bundle.one_time_pre_key.is_some());
    let consume = ConsumeQuery {
        user_id: alice.id,
        device_id: alice.device.clone(),
        consumed_by: Some(eve.id),
        consumed_device_id: Some(eve.device.clone()),
    };
    eve.client.consume_one_time_prekey(&consume).await.unwrap();
    for asks in [&eve, &alice] {
        let count = asks.client.one_time_prekey_count(&device).await.unwrap();
        assert_eq!(count, 62, "{}", asks.name);
    }
    // That would tell of the block.
    let contact = eve.client.add_contact(&add(&alice, None)).await;
    assert_eq!(contact.unwrap().id, alice.id);
    alice.client.unblock(eve.id).await.unwrap();
    alice.client.unblock(eve.id).await.unwrap();
    let contact = eve.client.add_contact(&add(&alice, None)).await;
    assert!(contact.is_ok());
    let blocked = alice.client.blocked(PageQuery::default()).await.unwrap();
    assert_eq!(blocked.total, 0);
}

#[tokio::test]
async fn own_devices_hear_that_the_account_changed() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.connect().await;
    alice.messages_until_synced().await;
    let mut last = 0;
    alice.client.add_contact(&add(&bob, None)).await.unwrap();
    alice.client.block(bob.id).await.unwrap();
    alice.client.unblock(bob.id).await.unwrap();
    alice.client.remove_contact(bob.id).await.unwrap();
    for _ in 0..4 {
        let changed = alice.wait_for(EventKind::AccountChanged).await;
        let revision = changed.says::<AccountChanged>().account_revision;
        assert!(revision > last, "{revision} after {last}");
        last = revision;
    }
}
