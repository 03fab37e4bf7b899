//! The real process is killed: what was answered is there, once, under its number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use sentinal_client::{Client, ClientError, SocketOptions};
use sentinal_protocol::CloseCode;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::messages::{HistoryQuery, Message, SendMessageRequest, SentMessage};
use sentinal_protocol::event::{EventKind, MessageNew, ServerDraining};
use sentinal_tests::{Said, ServerProcess, TestUser, patiently, until};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Sends at once.
const SENDERS: u64 = 16;
/// Times that the server is killed.
const KILLS: u64 = 3;
/// Answers after which it is killed.
const ANSWERS: usize = 60;

/// What the senders have been told, by their own id of the message.
type Answered = Arc<Mutex<BTreeMap<String, SentMessage>>>;

async fn all_messages(user: &TestUser, chat: ConversationId) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        let last = messages.last().map_or(0, |it: &Message| it.sequence_number);
        let query = HistoryQuery {
            conversation_id: chat,
            before_seq: None,
            after_seq: Some(last),
            around_seq: None,
            limit: Some(100),
        };
        let page = user.client.history(&query).await.unwrap();
        messages.extend(page.messages);
        if !page.has_more {
            return messages;
        }
    }
}

/// Sends one message after the other until the server is gone; gives back what was not answered.
async fn send_until_gone(
    client: Client,
    mut request: SendMessageRequest,
    sender: String,
    answered: Answered,
) -> SendMessageRequest {
    for number in 0_u64.. {
        request.client_message_id = Some(format!("{sender}-{number}"));
        match client.send_message(&request).await {
            Ok(answer) => {
                let id = request.client_message_id.clone().unwrap();
                answered.lock().await.insert(id, answer.data);
            }
            Err(error) => {
                assert!(error.status().is_none_or(|it| it == 503), "{error}");
                break;
            }
        }
    }
    request
}

#[tokio::test]
async fn a_kill_in_a_burst_loses_no_answered_message_and_repeats_no_number() {
    let mut server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let request = alice.message(chat, 1).await;
    let answered = Answered::default();
    let mut goal = 0;
    for kill in 0..KILLS {
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let sender = format!("{kill}-{sender}");
            let (client, answered) = (alice.client.clone(), Arc::clone(&answered));
            senders.spawn(send_until_gone(client, request.clone(), sender, answered));
        }
        goal += ANSWERS;
        until("a burst of answers", async || {
            (answered.lock().await.len() >= goal).then_some(())
        })
        .await;
        server.kill();
        let unanswered = patiently("the senders", senders.join_all()).await;
        server.start().await;
        // Whether they were stored or not: repeated under their ids they are there once.
        let retried = join_all(unanswered.iter().map(|it| alice.client.send_message(it))).await;
        for (request, answer) in unanswered.iter().zip(retried) {
            let id = request.client_message_id.clone().unwrap();
            answered.lock().await.insert(id, answer.unwrap().data);
        }
    }

    let answered = answered.lock().await;
    let messages = all_messages(&bob, chat).await;
    let sequences: Vec<_> = messages.iter().map(|it| it.sequence_number).collect();
    let dense: Vec<_> = (1..=messages.len() as u64).collect();
    assert_eq!(sequences, dense, "numbers without holes or repetition");
    let revisions: BTreeSet<_> = messages.iter().map(|it| it.revision).collect();
    assert_eq!(revisions.len(), messages.len());
    let stored: BTreeMap<_, _> = messages
        .iter()
        .map(|it| (it.client_message_id.clone().unwrap(), it))
        .collect();
    assert_eq!(stored.len(), messages.len(), "no message twice");
    assert_eq!(
        stored.len(),
        answered.len(),
        "every message has been answered by now"
    );
    for (id, answer) in answered.iter() {
        let found = stored
            .get(id)
            .unwrap_or_else(|| panic!("{id} was answered and is gone"));
        assert_eq!(
            (found.id, found.sequence_number),
            (answer.id, answer.sequence_number)
        );
    }

    bob.connect().await;
    let mut heard = Vec::new();
    loop {
        let frame = bob.next_frame().await;
        match frame.kind() {
            Some(EventKind::MessageNew) => {
                heard.push(frame.entry::<MessageNew>().sequence_number);
            }
            Some(EventKind::SyncComplete) => break,
            Some(_) | None => {}
        }
    }
    assert_eq!(
        heard, dense,
        "the device that was away hears all of them, in order"
    );
}

/// A client that was connected comes back by itself, although its token has ended meanwhile, and
/// has missed nothing.
#[tokio::test]
async fn a_client_comes_back_by_itself_after_a_crash() {
    let mut server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    bob.connect_with(SocketOptions::default()).await;
    bob.messages_until_synced().await;
    alice.send_text(chat, 1).await;
    assert_eq!(bob.next_number(chat).await, 1);
    let mut ended = (*bob.client.login().unwrap()).clone();
    ended.access_token = "a.token.that-has-ended".to_owned();
    bob.client.set_login(Some(ended));
    server.kill();
    server.start().await;
    alice.send_many(chat, 2..=4).await;
    let mut numbers = Vec::new();
    let listening = async {
        while numbers.last() != Some(&4) {
            let frame = bob.socket().next_frame().await.expect("it comes back");
            if frame.kind() == Some(EventKind::MessageNew) {
                numbers.extend(sentinal_tests::number_of(&frame));
            }
        }
    };
    patiently("what was missed", listening).await;
    // Acks are sent within 250 ms: what was taken just before the crash may come again, and is
    // dropped by its revision.
    assert_eq!(numbers, [2, 3, 4]);
}

#[tokio::test]
async fn the_server_drains_on_sigterm_and_ends_well() {
    let mut server = ServerProcess::spawn().await;
    let alice = server.user("alice").await;
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    server.terminate();
    let draining = patiently("draining", socket.wait_for(EventKind::ServerDraining)).await;
    let draining = draining.expect("sockets are told");
    assert!(draining.says::<ServerDraining>().reconnect_after_ms > 0);
    let (code, _) = patiently("the end", socket.closed()).await;
    assert_eq!(code, CloseCode::Draining.number());
    assert!(server.ended().await, "exit code 0");
}

/// Two servers on one database would be two writers; a second start on the same data is the same
/// server again.
#[tokio::test]
async fn a_restart_keeps_logins_and_secrets() {
    let mut server = ServerProcess::spawn().await;
    let alice = server.user("alice").await;
    server.terminate();
    assert!(server.ended().await);
    server.start().await;
    let me: Result<_, ClientError> = alice.client.me().await;
    assert_eq!(me.expect("the token is still good").id, alice.id);
}
