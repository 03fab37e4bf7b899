//! What people make of a message, counted and told.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::HistoryQuery;
use sentinal_protocol::api::reactions::ReactionCount;
use sentinal_protocol::event::{EventKind, MessageReaction, ReactionAction};
use sentinal_protocol::{ErrorCode, MessageId};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request};

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn shape(reactions: &[ReactionCount]) -> Vec<(&str, u64, bool)> {
    let shape = reactions
        .iter()
        .map(|it| (it.reaction.as_str(), it.count, it.mine));
    shape.collect()
}

async fn counts(user: &TestUser, id: MessageId) -> Vec<ReactionCount> {
    user.client.message(id).await.unwrap().reactions
}

#[tokio::test]
async fn reactions_are_told_counted_and_taken_back() {
    let server = TestServer::spawn().await;
    let ([mut alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let sent = alice.send_text(chat, 1).await;
    let other = alice.send_text(chat, 2).await;
    alice.connect().await;
    alice.messages_until_synced().await;
    // Anything can be a reaction, a slash too.
    bob.client.add_reaction(sent.id, "a/b %2F?#").await.unwrap();
    let given = carol.client.add_reaction(sent.id, "❤️").await.unwrap();
    assert_eq!(
        shape(&given.reactions),
        [("a/b %2F?#", 1, false), ("❤️", 1, true)]
    );
    bob.client.add_reaction(sent.id, "❤️").await.unwrap();
    for (reaction, who) in [("a/b %2F?#", &bob), ("❤️", &carol), ("❤️", &bob)] {
        let heard = alice.wait_for(EventKind::MessageReaction).await;
        assert_eq!(heard.user_id(), Some(who.id));
        let heard = heard.entry::<MessageReaction>();
        assert_eq!(heard.reaction, reaction);
        assert_eq!(heard.action, ReactionAction::Added);
        assert_eq!(heard.message_id, sent.id);
    }
    // Again: nothing changes.
    let before = alice.client.conversation(chat).await.unwrap().revision;
    bob.client.add_reaction(sent.id, "❤️").await.unwrap();
    alice.client.remove_reaction(sent.id, "❤️").await.unwrap();
    assert_eq!(
        alice.client.conversation(chat).await.unwrap().revision,
        before
    );

    let query = HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: Some(0),
        around_seq: None,
        limit: None,
    };
    let page = bob.client.history(&query).await.unwrap();
    let expected = [("❤️", 2, true), ("a/b %2F?#", 1, true)];
    assert_eq!(shape(&page.messages[0].reactions), expected);
    assert_eq!(page.messages[1].id, other.id);
    assert!(page.messages[1].reactions.is_empty());

    let first = PageQuery {
        page: Some(1),
        limit: Some(2),
    };
    let listed = alice.client.reactions(sent.id, first).await.unwrap();
    assert_eq!((listed.total, listed.has_more), (3, true));
    assert_eq!(
        shape(&listed.reactions),
        [("❤️", 2, false), ("a/b %2F?#", 1, false)]
    );
    assert_eq!(listed.reacted[0].user_id, bob.id);
    let second = PageQuery {
        page: Some(2),
        limit: Some(2),
    };
    let listed = alice.client.reactions(sent.id, second).await.unwrap();
    assert_eq!((listed.reacted.len(), listed.has_more), (1, false));

    bob.client.remove_reaction(sent.id, "❤️").await.unwrap();
    let heard = alice.wait_for(EventKind::MessageReaction).await;
    assert_eq!(
        heard.entry::<MessageReaction>().action,
        ReactionAction::Removed
    );
    let left = counts(&carol, sent.id).await;
    assert_eq!(shape(&left), [("a/b %2F?#", 1, false), ("❤️", 1, true)]);
}

#[tokio::test]
async fn a_device_that_was_away_hears_of_reactions_in_their_turn() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    alice.client.add_reaction(sent.id, "+").await.unwrap();
    alice.client.remove_reaction(sent.id, "+").await.unwrap();
    bob.connect().await;
    assert_eq!(bob.next_number(chat).await, 1);
    for action in [ReactionAction::Added, ReactionAction::Removed] {
        let heard = bob.wait_for(EventKind::MessageReaction).await;
        assert_eq!(heard.entry::<MessageReaction>().action, action);
        assert!(heard.replay);
    }
}

#[tokio::test]
async fn reactions_have_a_size_and_a_number() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = alice.send_text(chat, 1).await;
    for number in 0..20 {
        let reaction = number.to_string();
        bob.client.add_reaction(sent.id, &reaction).await.unwrap();
    }
    let too_many = bob.client.add_reaction(sent.id, "20").await;
    assert_eq!(code(too_many), Some(ErrorCode::Conflict));
    bob.client.add_reaction(sent.id, "7").await.unwrap();
    alice
        .client
        .add_reaction(sent.id, &"x".repeat(64))
        .await
        .unwrap();
    let too_long = alice.client.add_reaction(sent.id, &"x".repeat(65)).await;
    assert_eq!(code(too_long), Some(ErrorCode::Validation));
    let path = format!("/v1/messages/{}/reactions/a%00b", sent.id);
    let asked = request(&server, Some(&alice), Method::PUT, &path);
    assert_eq!(outcome(asked).await, (400, "BAD_REQUEST".to_owned()));
    assert_eq!(counts(&bob, sent.id).await.len(), 21);
}

#[tokio::test]
async fn nobody_reacts_to_what_is_gone_or_is_not_theirs_to_know() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let eve = server.user("eve").await;
    let sent = alice.send_text(chat, 1).await;
    let path = format!("/v1/messages/{}/reactions", sent.id);
    for (method, path) in [
        (Method::PUT, format!("{path}/+")),
        (Method::DELETE, format!("{path}/+")),
        (Method::GET, path.clone()),
    ] {
        let asked = request(&server, Some(&eve), method.clone(), &path);
        assert_eq!(
            outcome(asked).await,
            (404, "NOT_FOUND".to_owned()),
            "{method}"
        );
        let asked = request(&server, None, method.clone(), &path);
        assert_eq!(outcome(asked).await.0, 401, "{method}");
    }
    let page = format!("{path}?limit=0");
    let asked = request(&server, Some(&alice), Method::GET, &page);
    assert_eq!(outcome(asked).await, (422, "VALIDATION_ERROR".to_owned()));
    alice.client.add_reaction(sent.id, "+").await.unwrap();
    alice.client.delete_message(sent.id).await.unwrap();
    let late = alice.client.add_reaction(sent.id, "-").await;
    assert_eq!(code(late), Some(ErrorCode::Conflict));
    let none = alice.client.remove_reaction(sent.id, "+").await.unwrap();
    assert!(none.reactions.is_empty());
    let listed = alice.client.reactions(sent.id, PageQuery::default()).await;
    assert_eq!(listed.unwrap().total, 0);
}

#[tokio::test]
async fn a_reaction_past_a_block_is_never_seen_by_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let sent = bob.send_text(chat, 1).await;
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    let given = alice.client.add_reaction(sent.id, "+").await.unwrap();
    assert_eq!(shape(&given.reactions), [("+", 1, true)]);
    bob.wait_for(EventKind::Revision).await;
    let refused = bob.client.add_reaction(sent.id, "-").await;
    assert_eq!(code(refused), Some(ErrorCode::Blocked));
    bob.client.unblock(alice.id).await.unwrap();
    assert!(counts(&bob, sent.id).await.is_empty());
    let listed = bob.client.reactions(sent.id, PageQuery::default()).await;
    assert_eq!(listed.unwrap().total, 0);
    // Who never saw it come does not see it go.
    alice.client.remove_reaction(sent.id, "+").await.unwrap();
    bob.wait_for(EventKind::Revision).await;
}
