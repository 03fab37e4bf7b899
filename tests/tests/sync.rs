//! The state of an account over REST, all of it or what has changed.

use reqwest::Method;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::sync::{ReceiptCursor, Sync, SyncQuery};
use sentinal_protocol::{ConversationId, Timestamp};
use sentinal_tests::{TestServer, TestUser, outcome, request};

async fn sync(user: &TestUser, since: Option<&str>) -> Sync {
    let query = SyncQuery {
        since: since.map(str::to_owned),
        limit: Some(100),
        ..SyncQuery::default()
    };
    user.client.sync(&query).await.unwrap()
}

fn ids(sync: &Sync) -> Vec<ConversationId> {
    let conversations = sync.conversations.iter();
    conversations.map(|it| it.conversation.id).collect()
}

#[tokio::test]
async fn a_sync_tells_what_the_socket_would_have_told() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_many(chat, 1..=3).await;
    bob.client.read_up_to(chat, 2).await.unwrap();
    let start = sync(&alice, None).await.account_revision;
    alice.client.mute(chat, None).await.unwrap();
    let adding = AddContactRequest {
        contact_user_id: bob.id,
        nickname: Some("B".to_owned()),
    };
    alice.client.add_contact(&adding).await.unwrap();
    let state = sync(&alice, None).await;
    assert_eq!((state.total, state.has_more), (1, false));
    assert_eq!(state.account_revision, start + 2);
    assert!(state.active_calls.is_empty() && state.gone.is_empty());
    assert_eq!(state.contacts[0].nickname.as_deref(), Some("B"));
    assert_eq!(state.devices[0].device_id, alice.device);
    assert!(state.devices[0].is_current);
    let [direct] = state.conversations.as_slice() else {
        panic!("{state:?}")
    };
    let shown = &direct.conversation;
    assert_eq!(shown.muted_until, Some(Timestamp::FOREVER));
    assert_eq!(
        (shown.id, shown.revision, shown.roster_version),
        (chat, 4, 1)
    );
    assert_eq!((shown.unread_count, shown.last_sequence), (0, 3));
    let expected = ReceiptCursor {
        user_id: bob.id,
        last_read_sequence: Some(2),
        last_delivered_sequence: Some(2),
    };
    assert_eq!(direct.receipts, [expected]);
    let bobs = sync(&bob, None).await;
    assert_eq!(bobs.conversations[0].conversation.unread_count, 1);
    assert_eq!(bobs.conversations[0].last_delivered_sequence, 2);
}

#[tokio::test]
async fn no_receipt_crosses_a_block() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_text(chat, 1).await;
    bob.client.read_up_to(chat, 1).await.unwrap();
    bob.client.block(alice.id).await.unwrap();
    alice.send_text(chat, 2).await;
    bob.client.read_up_to(chat, 2).await.unwrap();
    // Who blocked sees none; for who is blocked they stand still, which says nothing.
    for (user, other, shown) in [(&bob, &alice, None), (&alice, &bob, Some(1))] {
        let receipts = &sync(user, None).await.conversations[0].receipts;
        let cursor = ReceiptCursor {
            user_id: other.id,
            last_read_sequence: shown,
            last_delivered_sequence: shown,
        };
        assert_eq!(receipts, &[cursor]);
        let listed = user.client.participants(chat).await.unwrap().participants;
        let theirs = listed.iter().find(|it| it.user_id == other.id).unwrap();
        assert_eq!(theirs.last_read_sequence, shown);
        assert_eq!(theirs.last_delivered_sequence, shown);
    }
}

#[tokio::test]
async fn since_a_cursor_only_what_may_have_changed_is_listed() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let mut chats = Vec::new();
    for _ in 0..12 {
        let made = alice.client.create_group("group", vec![bob.id]).await;
        chats.push(made.unwrap().id);
    }
    let all = sync(&bob, None).await;
    assert_eq!(ids(&all), chats);
    let same = sync(&bob, Some(&all.cursor)).await;
    assert_eq!((ids(&same), same.gone.len()), (vec![], 0));
    assert_eq!(same.cursor, all.cursor);
    let mut cursor = all.cursor;
    let mut listed = 0;
    for (index, chat) in chats.iter().take(5).enumerate() {
        match index {
            0 => {
                alice.send_text(*chat, 1).await;
            }
            1 => {
                bob.client.pin(*chat).await.unwrap();
            }
            2 => {
                alice.client.renew_invite(*chat).await.unwrap();
            }
            3 => bob.client.leave(*chat).await.unwrap(),
            _ => alice.client.delete_conversation(*chat).await.unwrap(),
        }
        let news = sync(&bob, Some(&cursor)).await;
        let is_gone = index >= 3;
        assert_eq!(ids(&news).contains(chat), !is_gone, "{index}");
        assert_eq!(news.gone.contains(chat), is_gone, "{index}");
        listed += news.total;
        cursor = news.cursor;
    }
    assert!(listed < 5 * 12, "not all of them each time");
    // A receipt moves no revision, and is told all the same.
    bob.client.read_up_to(chats[0], 1).await.unwrap();
    let news = sync(&bob, Some(&cursor)).await;
    assert!(ids(&news).contains(&chats[0]));
    // Nobody who has nothing yet has to forget anything.
    let fresh = sync(&bob, None).await;
    let left: Vec<_> = [&chats[..3], &chats[5..]].concat();
    assert_eq!((ids(&fresh), fresh.gone.len()), (left, 0));
}

#[tokio::test]
async fn a_cleared_dm_is_to_be_taken_off_the_list() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    alice.send_text(chat, 1).await;
    let before = sync(&bob, None).await.cursor;
    bob.client.delete_conversation(chat).await.unwrap();
    let news = sync(&bob, Some(&before)).await;
    assert_eq!((ids(&news), &news.gone), (vec![], &vec![chat]));
    alice.send_text(chat, 2).await;
    let news = sync(&bob, Some(&news.cursor)).await;
    assert_eq!((ids(&news), news.gone.len()), (vec![chat], 0));
    assert_eq!(news.conversations[0].cleared_sequence, 1);
}

#[tokio::test]
async fn a_sync_comes_in_pages() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut chats = Vec::new();
    for _ in 0..5 {
        chats.push(alice.client.create_group("group", vec![]).await.unwrap().id);
    }
    let mut seen = Vec::new();
    for page in 1.. {
        let query = SyncQuery {
            page: Some(page),
            limit: Some(2),
            ..SyncQuery::default()
        };
        let part = alice.client.sync(&query).await.unwrap();
        assert_eq!(part.total, 5);
        seen.extend(ids(&part));
        if !part.has_more {
            break;
        }
    }
    assert_eq!(seen, chats);
    for (query, user, expected) in [
        ("?limit=101", Some(&alice), 422),
        ("?page=0", Some(&alice), 422),
        ("?page=x", Some(&alice), 400),
        ("?since=yesterday", Some(&alice), 422),
        ("?after=yesterday", Some(&alice), 422),
        ("?after=&page=1", Some(&alice), 422),
        ("", None, 401),
    ] {
        let path = format!("/v1/sync{query}");
        let (status, _) = outcome(request(&server, user, Method::GET, &path)).await;
        assert_eq!(status, expected, "{query}");
    }
}

/// What leaves a list while it is read moves nothing that is still to come.
#[tokio::test]
async fn pages_that_go_on_after_each_other_miss_nobody() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (mut chats, mut contacts) = (Vec::new(), Vec::new());
    for number in 0..7 {
        let other = server.user(&format!("contact{number}")).await;
        let adding = AddContactRequest {
            contact_user_id: other.id,
            nickname: None,
        };
        alice.client.add_contact(&adding).await.unwrap();
        contacts.push(other.id);
        chats.push(alice.client.create_group("group", vec![]).await.unwrap().id);
    }
    let (mut seen_chats, mut seen_contacts) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let query = SyncQuery {
            after: after.take(),
            limit: Some(2),
            ..SyncQuery::default()
        };
        let part = alice.client.sync(&query).await.unwrap();
        assert_eq!(part.has_more, part.next_after.is_some());
        seen_chats.extend(ids(&part));
        seen_contacts.extend(part.contacts.iter().map(|it| it.id));
        if seen_chats.len() == 2 {
            // Both were seen, and go.
            alice.client.delete_conversation(chats[0]).await.unwrap();
            alice.client.remove_contact(contacts[0]).await.unwrap();
        }
        after = part.next_after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen_chats, chats);
    assert_eq!(seen_contacts, contacts);
}
