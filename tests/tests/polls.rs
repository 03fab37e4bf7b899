//! Polls: the server counts places, what they say is encrypted.

use reqwest::Method;
use sentinal_client::ClientError;
use sentinal_protocol::api::polls::{NewPoll, Poll};
use sentinal_protocol::event::{EventKind, PollUpdated};
use sentinal_protocol::{ConversationId, ErrorCode, MessageId, MessageType, Timestamp};
use sentinal_tests::{Said, TestServer, TestUser, outcome, request, until};
use serde_json::json;

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

fn poll(options: u64) -> NewPoll {
    NewPoll {
        options,
        multiple: false,
        closes_at: None,
    }
}

async fn ask(
    user: &TestUser,
    chat: ConversationId,
    poll: NewPoll,
) -> Result<MessageId, ClientError> {
    let mut request = user.message(chat, 1).await;
    request.message_type = Some(MessageType::Poll);
    request.poll = Some(poll);
    let sent = user.client.send_message(&request).await?;
    Ok(sent.data.id)
}

fn votes(poll: &Poll) -> Vec<(u64, bool)> {
    poll.options.iter().map(|it| (it.count, it.mine)).collect()
}

#[tokio::test]
async fn votes_are_counted_told_changed_and_taken_back() {
    let server = TestServer::spawn().await;
    let ([mut alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let id = ask(&alice, chat, poll(3)).await.unwrap();
    alice.connect().await;
    alice.messages_until_synced().await;
    let empty = bob.client.poll(id).await.unwrap();
    assert_eq!(votes(&empty), [(0, false); 3]);
    assert!(!empty.closed && !empty.multiple && empty.voters == 0);
    bob.client.vote(id, &[0]).await.unwrap();
    let voted = carol.client.vote(id, &[2]).await.unwrap();
    assert_eq!(votes(&voted), [(1, false), (0, false), (1, true)]);
    assert_eq!(voted.voters, 2);
    bob.client.vote(id, &[2]).await.unwrap();
    // Again: nothing changes.
    let before = alice.client.conversation(chat).await.unwrap().revision;
    bob.client.vote(id, &[2]).await.unwrap();
    assert_eq!(
        alice.client.conversation(chat).await.unwrap().revision,
        before
    );
    carol.client.vote(id, &[]).await.unwrap();
    for (who, options) in [
        (&bob, vec![0]),
        (&carol, vec![2]),
        (&bob, vec![2]),
        (&carol, vec![]),
    ] {
        let heard = alice.wait_for(EventKind::PollUpdated).await;
        assert_eq!(heard.user_id(), Some(who.id));
        let heard = heard.entry::<PollUpdated>();
        assert_eq!((heard.message_id, &heard.options), (id, &options));
    }
    let left = alice.client.poll(id).await.unwrap();
    assert_eq!(
        (votes(&left), left.voters),
        (vec![(0, false), (0, false), (1, false)], 1)
    );
}

#[tokio::test]
async fn a_poll_keeps_its_rules() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let one = ask(&alice, chat, poll(2)).await.unwrap();
    let several = NewPoll {
        multiple: true,
        ..poll(3)
    };
    let several = ask(&alice, chat, several).await.unwrap();
    let rule = Some(ErrorCode::Validation);
    assert_eq!(code(bob.client.vote(one, &[0, 1]).await), rule);
    assert_eq!(code(bob.client.vote(one, &[2]).await), rule);
    let voted = bob.client.vote(several, &[2, 0, 2]).await.unwrap();
    assert_eq!(votes(&voted), [(1, true), (0, false), (1, true)]);
    let text = alice.send_text(chat, 1).await.id;
    assert_eq!(
        code(bob.client.vote(text, &[0]).await),
        Some(ErrorCode::NotFound)
    );
    assert_eq!(code(bob.client.poll(text).await), Some(ErrorCode::NotFound));
    // Only messages that are polls have one, with a sensible number of options, that can be voted in.
    let mut request = alice.message(chat, 1).await;
    request.poll = Some(poll(2));
    assert_eq!(code(alice.client.send_message(&request).await), rule);
    for bad in [
        poll(1),
        poll(65),
        NewPoll {
            closes_at: Some(Timestamp(1)),
            ..poll(2)
        },
    ] {
        assert_eq!(code(ask(&alice, chat, bad).await), rule);
    }
    alice.client.delete_message(one).await.unwrap();
    assert_eq!(
        code(bob.client.vote(one, &[0]).await),
        Some(ErrorCode::Conflict)
    );
    assert_eq!(code(bob.client.poll(one).await), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn nobody_votes_after_the_end() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let now = server.app().clock().now();
    let closing = NewPoll {
        closes_at: Some(now.plus(std::time::Duration::from_secs(2))),
        ..poll(2)
    };
    let id = ask(&alice, chat, closing).await.unwrap();
    bob.client.vote(id, &[1]).await.unwrap();
    until("the poll closes", async || {
        bob.client.poll(id).await.unwrap().closed.then_some(())
    })
    .await;
    assert_eq!(
        code(bob.client.vote(id, &[0]).await),
        Some(ErrorCode::Conflict)
    );
    assert_eq!(
        votes(&alice.client.poll(id).await.unwrap()),
        [(0, false), (1, false)]
    );
}

#[tokio::test]
async fn strangers_know_of_no_poll() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let eve = server.user("eve").await;
    let id = ask(&alice, chat, poll(2)).await.unwrap();
    let vote = format!("/v1/messages/{id}/vote");
    let read = format!("/v1/messages/{id}/poll");
    for (method, path) in [(Method::PUT, &vote), (Method::GET, &read)] {
        let body = json!({"options": [0]});
        let asked = request(&server, Some(&eve), method.clone(), path).json(&body);
        assert_eq!(
            outcome(asked).await,
            (404, "NOT_FOUND".to_owned()),
            "{path}"
        );
        let asked = request(&server, None, method.clone(), path).json(&body);
        assert_eq!(outcome(asked).await.0, 401, "{path}");
    }
    for (body, status) in [(json!({}), 422), (json!({"options": ["a"]}), 400)] {
        let asked = request(&server, Some(&alice), Method::PUT, &vote).json(&body);
        assert_eq!(outcome(asked).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn a_vote_past_a_block_is_never_seen_by_the_blocker() {
    let server = TestServer::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let id = ask(&bob, chat, poll(2)).await.unwrap();
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.client.block(alice.id).await.unwrap();
    let voted = alice.client.vote(id, &[1]).await.unwrap();
    assert_eq!(votes(&voted), [(0, false), (1, true)]);
    bob.wait_for(EventKind::Revision).await;
    assert_eq!(
        code(bob.client.vote(id, &[0]).await),
        Some(ErrorCode::Blocked)
    );
    bob.client.unblock(alice.id).await.unwrap();
    let seen = bob.client.poll(id).await.unwrap();
    assert_eq!((votes(&seen), seen.voters), (vec![(0, false); 2], 0));
}

#[tokio::test]
async fn a_message_that_is_a_poll_brings_one() {
    let server = TestServer::spawn().await;
    let (alice, _bob, chat) = server.direct_chat("alice", "bob").await;
    let mut request = alice.message(chat, 1).await;
    request.message_type = Some(MessageType::Poll);
    let without = alice.client.send_message(&request).await;
    assert_eq!(without.unwrap_err().code(), Some(ErrorCode::Validation));
}
