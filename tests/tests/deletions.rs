//! Taking messages away: for everybody, for good, for oneself.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::messages::{HistoryQuery, Messages};
use sentinal_protocol::event::{EventKind, MessageDeleted, MessageNew, Revision};
use sentinal_protocol::{ConversationId, ErrorCode, Role};
use sentinal_tests::{Said, TestServer, TestUser, number_of, outcome, request};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

async fn history(user: &TestUser, chat: ConversationId) -> Messages {
    let query = HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: Some(0),
        around_seq: None,
        limit: None,
    };
    user.client.history(&query).await.unwrap()
}

fn numbers(page: &Messages) -> Vec<u64> {
    let numbers = page.messages.iter().map(|message| message.sequence_number);
    numbers.collect()
}

#[tokio::test]
async fn a_deleted_message_leaves_a_tombstone_everywhere() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut away = bob.another_device("bob-laptop").await;
    let mut message = alice.message(chat, 1).await;
    message.metadata = serde_json::value::RawValue::from_string("{\"a\":1}".to_owned()).ok();
    let sent = alice.client.send_message(&message).await.unwrap().data;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.add_reaction(sent.id, "+").await.unwrap();
    assert_eq!(bob.client.conversation(chat).await.unwrap().unread_count, 1);
    let tombstone = alice.client.delete_message(sent.id).await.unwrap();
    assert!(tombstone.is_deleted && tombstone.deleted_at.is_some());
    let heard = bob.wait_for(EventKind::MessageDeleted).await;
    assert_eq!(heard.revision(), Some(sent.revision + 2));
    assert_eq!(heard.user_id(), Some(alice.id));
    let heard = heard.entry::<MessageDeleted>();
    assert_eq!((heard.message_id, heard.hard), (sent.id, false));

    let page = history(&bob, chat).await;
    let shown = &page.messages[0];
    assert!(shown.is_deleted && shown.ciphertext.is_none() && shown.metadata.is_none());
    assert!(shown.reactions.is_empty() && page.gaps.is_empty());
    assert_eq!(bob.client.conversation(chat).await.unwrap().unread_count, 0);
    away.connect().await;
    let replayed = away.wait_for(EventKind::MessageNew).await;
    assert_eq!(replayed.revision(), Some(sent.revision));
    let replayed = replayed.entry::<MessageNew>();
    assert!(replayed.content.is_none() && replayed.deleted_at.is_some());
    assert!(replayed.metadata.is_none());
    away.wait_for(EventKind::MessageDeleted).await;

    // Again: nothing changes.
    let before = alice.client.conversation(chat).await.unwrap().revision;
    let again = alice.client.delete_message(sent.id).await.unwrap();
    assert_eq!(again.deleted_at, tombstone.deleted_at);
    let after = alice.client.conversation(chat).await.unwrap().revision;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_hard_deletion_leaves_a_gap_and_a_bare_revision() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let request = alice.message(chat, 1).await;
    let sent = alice.client.send_message(&request).await.unwrap().data;
    alice.send_text(chat, 2).await;
    alice.client.hard_delete_message(sent.id).await.unwrap();
    let page = history(&bob, chat).await;
    assert_eq!(numbers(&page), [2]);
    assert_eq!(page.gaps, [(1, 1, "deleted".to_owned())]);
    let gone = bob.client.message(sent.id).await;
    assert_eq!(code(gone), Some(ErrorCode::NotFound));
    let twice = alice.client.hard_delete_message(sent.id).await;
    assert_eq!(code(twice), Some(ErrorCode::NotFound));
    assert_eq!(bob.client.conversation(chat).await.unwrap().unread_count, 1);

    bob.connect().await;
    let bare = bob.wait_for(EventKind::Revision).await;
    assert_eq!((bare.revision(), bare.replay), (Some(sent.revision), true));
    assert_eq!(*bare.entry::<Revision>(), Revision::default());
    assert_eq!(bob.next_number(chat).await, 2);
    let heard = bob.wait_for(EventKind::MessageDeleted).await;
    assert!(heard.entry::<MessageDeleted>().hard);

    // A late retry finds its key taken.
    let again = alice.client.send_message(&request).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.data, sent);
    assert_eq!(numbers(&history(&bob, chat).await), [2]);
}

#[tokio::test]
async fn what_is_deleted_for_oneself_is_there_for_the_others() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut laptop = bob.another_device("bob-laptop").await;
    let sent = alice.send_text(chat, 1).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.hide_message(sent.id).await.unwrap();
    bob.wait_for(EventKind::AccountChanged).await;
    bob.client.star_message(sent.id).await.unwrap_err();
    let hidden = bob.client.message(sent.id).await;
    assert_eq!(code(hidden), Some(ErrorCode::NotFound));
    let page = history(&bob, chat).await;
    assert!(page.messages.is_empty());
    assert_eq!(bob.client.conversation(chat).await.unwrap().unread_count, 0);
    assert_eq!(numbers(&history(&alice, chat).await), [1]);
    // Nor does another device of Bob's get it.
    laptop.connect().await;
    assert!(laptop.messages_until_synced().await.is_empty());
    let twice = bob.client.hide_message(sent.id).await;
    assert_eq!(code(twice), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn admins_delete_and_the_owner_deletes_for_good() {
    let server = TestServer::spawn().await;
    let people = ["alice", "bob", "carol", "dave"];
    let ([alice, bob, carol, dave], chat) = server.group_chat(people).await;
    let ranked = alice.client.set_role(chat, bob.id, Role::Admin).await;
    ranked.unwrap();
    let sent = carol.send_text(chat, 1).await;
    let by_member = dave.client.delete_message(sent.id).await;
    assert_eq!(code(by_member), Some(ErrorCode::Forbidden));
    let by_admin = bob.client.hard_delete_message(sent.id).await;
    assert_eq!(code(by_admin), Some(ErrorCode::Forbidden));
    bob.client.delete_message(sent.id).await.unwrap();
    alice.client.hard_delete_message(sent.id).await.unwrap();
    assert!(history(&carol, chat).await.messages.is_empty());
    let own = dave.send_text(chat, 2).await;
    dave.client.hard_delete_message(own.id).await.unwrap();
    let by_dm = {
        let chat = alice.client.create_direct(bob.id).await.unwrap().id;
        let sent = bob.send_text(chat, 1).await;
        alice.client.delete_message(sent.id).await
    };
    assert_eq!(code(by_dm), Some(ErrorCode::Forbidden));
}

#[tokio::test]
async fn strangers_delete_nothing_and_bad_requests_are_refused() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let eve = server.user("eve").await;
    let id = alice.send_text(chat, 1).await.id;
    for path in [
        format!("/v1/messages/{id}"),
        format!("/v1/messages/{id}?for=me"),
        format!("/v1/messages/{id}/hard"),
    ] {
        let asked = request(&server, Some(&eve), Method::DELETE, &path);
        assert_eq!(
            outcome(asked).await,
            (404, "NOT_FOUND".to_owned()),
            "{path}"
        );
        let asked = request(&server, None, Method::DELETE, &path);
        assert_eq!(outcome(asked).await.0, 401, "{path}");
    }
    let path = format!("/v1/messages/{id}?for=you");
    let asked = request(&server, Some(&alice), Method::DELETE, &path);
    assert_eq!(outcome(asked).await, (422, "VALIDATION_ERROR".to_owned()));
    let asked = request(&server, Some(&alice), Method::DELETE, "/v1/messages/x/hard");
    assert_eq!(outcome(asked).await.0, 400);
    let path = "/v1/messages/search?query=secret";
    let asked = request(&server, Some(&alice), Method::GET, path);
    assert_eq!(outcome(asked).await, (422, "E2EE_NO_SEARCH".to_owned()));
    let asked = request(&server, None, Method::GET, path);
    assert_eq!(outcome(asked).await.0, 401);
    assert_eq!(numbers(&history(&bob, chat).await), [1]);
}

/// What one takes back is taken back whatever stands between the two.
#[tokio::test]
async fn a_deletion_past_a_block_is_a_bare_revision_for_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let own = bob.send_text(chat, 1).await;
    let sent = alice.send_text(chat, 2).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    alice.client.delete_message(sent.id).await.unwrap();
    let bare = bob.wait_for(EventKind::Revision).await;
    assert_eq!(bare.revision(), Some(sent.revision + 1));
    bob.client.delete_message(own.id).await.unwrap();
    let seen = alice.client.message(own.id).await.unwrap();
    assert!(seen.is_deleted);
}

#[tokio::test]
async fn answers_to_a_deleted_message_stay_and_new_ones_find_its_tombstone() {
    let server = TestServer::spawn().await;
    let ([alice, mut bob], chat) = server.group_chat(["alice", "bob"]).await;
    let first = alice.send_text(chat, 1).await;
    let mut answer = bob.message(chat, 2).await;
    answer.reply_to_message_id = Some(first.id);
    answer.mentions = vec![alice.id];
    bob.connect().await;
    bob.messages_until_synced().await;
    let sent = bob.client.send_message(&answer).await.unwrap().data.id;
    let heard = bob.wait_for(EventKind::MessageNew).await;
    let heard = heard.entry::<MessageNew>();
    assert_eq!(heard.reply_to_message_id, Some(first.id));
    assert_eq!(heard.mentions, [alice.id]);
    alice.client.delete_message(first.id).await.unwrap();
    let shown = alice.client.message(sent).await.unwrap();
    assert_eq!(shown.reply_to_message_id, Some(first.id));
    assert_eq!(shown.mentions, [alice.id]);
    let mut laptop = alice.another_device("alice-laptop").await;
    laptop.connect().await;
    laptop.messages_until_synced().await;
    let mut late = bob.message(chat, 3).await;
    late.reply_to_message_id = Some(first.id);
    bob.client.send_message(&late).await.unwrap();
    let heard = laptop.wait_for(EventKind::MessageNew).await;
    assert_eq!(number_of(&heard), Some(3));
    let heard = heard.entry::<MessageNew>();
    assert_eq!(heard.reply_to_message_id, Some(first.id));
    alice.client.hard_delete_message(first.id).await.unwrap();
    let mut to_nothing = bob.message(chat, 4).await;
    to_nothing.reply_to_message_id = Some(first.id);
    let refused = bob.client.send_message(&to_nothing).await;
    assert_eq!(code(refused), Some(ErrorCode::Validation));
}
