//! What is on disk of a user, a conversation and a message.

use std::path::Path;
use std::time::Duration;

use sentinal_protocol::{Clock, ConversationType};
use sentinal_store::{Backlog, ConnectOptions, Pooler, SeededConversation, Store, StoredBodies};

use super::rooms::BYTES;
use crate::database::{Database, Databases};
use crate::{Outcome, process};

/// People, and pairs of them, that are weighed.
const PEOPLE: usize = 10_000;
/// Messages that are weighed.
const MESSAGES: u64 = 50_000;

/// Bytes on disk, indexes included.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// Of a user with one device, its keys and its login.
    pub user: f64,
    /// Of a DM.
    pub conversation: f64,
    /// Of a message with 256 bytes for one device, beside the ciphertext's own bytes.
    pub message: f64,
}

/// Fills a database step by step and weighs it after each.
pub async fn weigh(binary: &Path, directory: &Path, databases: &mut Databases) -> Outcome<Space> {
    let database = databases.create().await?;
    process::migrate(binary, &database.url, directory)?;
    let weighed = fill(databases, &database).await;
    databases.remove(database).await?;
    weighed
}

async fn fill(databases: &Databases, database: &Database) -> Outcome<Space> {
    let options = ConnectOptions {
        url: database.url.clone(),
        connections_max: 4,
        pooler: Pooler::None,
    };
    let now = Clock::system().now();
    let empty = databases.bytes(database).await?;

    let store = Store::open(&options).await?;
    let names: Vec<String> = (0..PEOPLE)
        .map(|number| format!("weighed{number}"))
        .collect();
    let people = store.db_add_people(&names, 1, now).await?;
    store.close().await?;
    let with_people = databases.bytes(database).await?;

    let store = Store::open(&options).await?;
    let pairs = people.as_slice().windows(2).filter_map(|pair| {
        let [one, other] = pair else { return None };
        Some(SeededConversation {
            kind: ConversationType::Dm,
            members: vec![one.user_id, other.user_id],
        })
    });
    let ids = store
        .db_add_conversations(&pairs.collect::<Vec<_>>(), now)
        .await?;
    store.close().await?;
    let with_conversations = databases.bytes(database).await?;

    let store = Store::open(&options).await?;
    let backlog = Backlog {
        conversation_id: *ids.first().ok_or("no conversation")?,
        sender: people.first().ok_or("nobody")?.clone(),
        messages: MESSAGES,
        ciphertext: vec![7; BYTES],
        bodies: StoredBodies::PerDevice,
        since: now.minus(Duration::from_hours(1)),
    };
    store.db_add_backlog(&backlog).await?;
    store.close().await?;
    let with_messages = databases.bytes(database).await?;

    let each = |after: u64, before: u64, count: u64| {
        after.saturating_sub(before) as f64 / (count as f64).max(1.0)
    };
    Ok(Space {
        user: each(with_people, empty, PEOPLE as u64),
        conversation: each(with_conversations, with_people, ids.len() as u64),
        message: each(with_messages, with_conversations, MESSAGES) - BYTES as f64,
    })
}
