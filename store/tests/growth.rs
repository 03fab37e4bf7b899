//! Statements that sending and connecting take, however much is stored, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use sentinal_protocol::{ConversationId, ConversationType, MessageId, MessageType, Timestamp};
use sentinal_store::{
    Backlog, Body, Created, NewConversation, NewMessage, Reader, SeededDevice, SendKey,
    SendOutcome, Store, StoredBodies,
};
use support::on_each_database;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// Messages of a conversation with few, and of one with many.
const STORED: [u64; 2] = [100, 10_000];
/// Sends of one batch: alone, what one socket has in flight, the largest batch.
const BATCHES: [usize; 3] = [1, 64, 256];
/// Conversations that the largest batch goes to.
const CHATS: usize = 256;
/// Heads that are written by one statement at least, so that many conversations in a batch may take
/// a few statements more than one.
const HEADS_PER_STATEMENT_MIN: usize = 100;

/// Two people, and a DM with so many stored messages.
struct Pair {
    devices: Vec<SeededDevice>,
    chat: ConversationId,
}

async fn pairs(store: &Store, name: &str, count: usize, stored: u64) -> Vec<Pair> {
    let names: Vec<String> = (0..count * 2).map(|it| format!("{name}{it}")).collect();
    let devices = store.db_add_people(&names, 1, NOW).await.unwrap();
    let mut pairs = Vec::new();
    for devices in devices.chunks_exact(2) {
        let new = NewConversation {
            kind: ConversationType::Dm,
            creator_id: devices[0].user_id,
            subject: None,
            description: None,
            avatar_url: None,
            others: vec![devices[1].user_id],
        };
        let (created, _) = store.create_conversation(&new, NOW).await.unwrap();
        let Ok(Created::New(chat)) = created else {
            panic!("{created:?}");
        };
        let backlog = Backlog {
            conversation_id: chat,
            sender: devices[0].clone(),
            messages: stored,
            ciphertext: vec![7; 32],
            bodies: StoredBodies::PerDevice,
            since: NOW,
        };
        store.db_add_backlog(&backlog).await.unwrap();
        let devices = devices.to_vec();
        pairs.push(Pair { devices, chat });
    }
    pairs
}

fn message(pair: &Pair, number: usize) -> NewMessage {
    NewMessage {
        id: MessageId::new(NOW),
        conversation_id: pair.chat,
        sender_id: pair.devices[0].user_id,
        sender_device_id: pair.devices[0].device_id,
        message_type: MessageType::Text,
        key: SendKey::ClientMessage(format!("sent-{number}")),
        request_hash: [0; 32],
        reply_to_message_id: None,
        mentions: Vec::new(),
        attachments: Vec::new(),
        poll: None,
        metadata: None,
        shared: None,
        bodies: vec![(
            pair.devices[1].device_id,
            Body {
                ciphertext: vec![7; 32],
                header: None,
            },
        )],
        hidden_from: None,
        expires_in_seconds: None,
        roster_version: 1,
        access_version: 1,
    }
}

/// Statements that a batch takes.
async fn send(store: &Store, batch: &[NewMessage]) -> u64 {
    let before = store.statements();
    let (outcomes, committed) = store.send_messages(batch, NOW).await.unwrap();
    let statements = store.statements() - before;
    let sent = |outcome: &SendOutcome| matches!(outcome, SendOutcome::Sent(_));
    assert!(outcomes.iter().all(sent), "{outcomes:?}");
    assert_eq!(committed.len(), batch.len());
    statements
}

#[tokio::test]
async fn a_batch_takes_as_many_statements_whatever_is_in_it_and_whatever_is_stored() {
    on_each_database(async |store: Store| {
        let mut taken = Vec::new();
        for stored in STORED {
            let pair = pairs(&store, &format!("p{stored}-"), 1, stored).await;
            let mut number = 0;
            for size in BATCHES {
                let batch: Vec<_> = (0..size)
                    .map(|_| {
                        number += 1;
                        message(&pair[0], number)
                    })
                    .collect();
                taken.push(send(&store, &batch).await);
            }
        }
        assert!(taken.iter().all(|it| *it == taken[0]), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn a_batch_into_many_conversations_takes_hardly_more_statements() {
    on_each_database(async |store: Store| {
        let pairs = pairs(&store, "p", CHATS, 1).await;
        let one = send(&store, &[message(&pairs[0], 0)]).await;
        let batch: Vec<_> = pairs.iter().map(|pair| message(pair, 1)).collect();
        let many = send(&store, &batch).await;
        let more = CHATS.div_ceil(HEADS_PER_STATEMENT_MIN) as u64;
        assert!(many <= one + more, "{one}, {many}");
    })
    .await;
}

#[tokio::test]
async fn a_device_learns_where_it_stands_by_one_statement() {
    on_each_database(async |store: Store| {
        for stored in STORED {
            let pair = pairs(&store, &format!("p{stored}-"), 1, stored).await;
            let reader = Reader {
                user_id: pair[0].devices[1].user_id,
                device_id: pair[0].devices[1].device_id,
            };
            let before = store.statements();
            let standings = store.list_standings(reader).await.unwrap();
            assert_eq!(store.statements() - before, 1);
            // It has acknowledged all that is stored.
            let at = (standings[0].cursor, standings[0].head);
            assert_eq!(at, (stored + 1, stored + 1));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_seeded_reads_like_what_was_sent() {
    on_each_database(async |store: Store| {
        let pair = pairs(&store, "p", 1, 300).await;
        let reader = Reader {
            user_id: pair[0].devices[1].user_id,
            device_id: pair[0].devices[1].device_id,
        };
        let mut position = 0;
        let mut messages = 0;
        loop {
            let page = store
                .read_log(reader, pair[0].chat, Some(position), NOW)
                .await
                .unwrap()
                .unwrap();
            for entry in &page.entries {
                // Dense: the creation, then a message for every number.
                position += 1;
                assert_eq!(entry.revision, position);
                if let sentinal_store::LogItem::Message(message) = &entry.item {
                    messages += 1;
                    assert_eq!(message.sequence_number, messages);
                    assert!(message.own.is_some());
                    assert_eq!(message.id.0.get_version_num(), 7);
                }
            }
            if position == page.head {
                break;
            }
        }
        assert_eq!(messages, 300);
        let next = send(&store, &[message(&pair[0], 1)]).await;
        assert!(next > 0);
    })
    .await;
}
