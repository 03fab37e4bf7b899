//! The log of a conversation: its head, and the changes appended to it.
//!
//! Every durable change takes the next revision in the transaction that stores it, under the lock
//! of the head's row. So commit order is revision order and revisions are dense.
//!
//! Order of locks, everywhere: rows of `users` by id, then heads by conversation id.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult, Set};
use sentinal_entity::conversation_changes;
use sentinal_protocol::{ConversationId, UserId};
use uuid::Uuid;

use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{READ_ROWS_MAX, column, counter, for_update, placeholders, signed, sql};
use crate::entry::{Change, Committed, Entry};

/// Variables per statement that both databases take (SQLite: 32,766).
pub(crate) const VARIABLES_MAX: usize = 30_000;

/// A conversation's counters, read under the lock of their row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The highest message number given.
    pub last_sequence: u64,
    /// The number of changes.
    pub revision: u64,
    /// Counts changes of the devices that senders must encrypt to.
    pub roster_version: u64,
    /// Counts changes of who may do what; never on the wire.
    pub access_version: u64,
    /// Counts changes of receipt cursors.
    pub receipt_version: u64,
}

/// The columns that [`Head::from_row`] reads.
pub(crate) const HEAD_COLUMNS: &str = "h.conversation_id, h.last_sequence, h.revision, \
     h.roster_version, h.access_version, h.receipt_version";

impl Head {
    pub(crate) fn from_row(row: &QueryResult) -> Result<Self, StoreError> {
        Ok(Self {
            conversation_id: ConversationId(column(row, "conversation_id")?),
            last_sequence: counter(row, "last_sequence")?,
            revision: counter(row, "revision")?,
            roster_version: counter(row, "roster_version")?,
            access_version: counter(row, "access_version")?,
            receipt_version: counter(row, "receipt_version")?,
        })
    }
}

/// Locks users' rows, so that their devices and memberships do not change beside this transaction.
/// Must come before any head is locked.
pub(crate) async fn lock_users(
    tx: &Transaction,
    mut users: Vec<Uuid>,
) -> Result<Vec<UserId>, StoreError> {
    users.sort_unstable();
    users.dedup();
    let backend = tx.get_database_backend();
    let mut found = Vec::with_capacity(users.len());
    for chunk in users.chunks(READ_ROWS_MAX) {
        let text = lock_users_text(backend, chunk.len());
        let values = chunk.iter().map(|id| (*id).into());
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            found.push(UserId(column(&row, "id")?));
        }
    }
    Ok(found)
}

/// Users, locked in the order of their ids.
fn lock_users_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "SELECT id FROM users WHERE id IN ({}) AND deleted_at IS NULL ORDER BY id{}",
        placeholders(rows, 1),
        for_update(backend)
    )
}

/// Locks a conversation's head; nothing else can enter its log until the transaction ends.
pub(crate) async fn lock_head(
    tx: &Transaction,
    conversation_id: ConversationId,
) -> Result<Option<Head>, StoreError> {
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT {HEAD_COLUMNS} FROM conversation_heads h WHERE h.conversation_id = $1{}",
        for_update(backend)
    );
    let row = tx
        .query_one_raw(sql(backend, text, [conversation_id.0.into()]))
        .await?;
    row.as_ref().map(Head::from_row).transpose()
}

/// Heads, locked in the order of their conversations' ids.
fn lock_heads_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "SELECT {HEAD_COLUMNS} FROM conversation_heads h WHERE h.conversation_id IN ({}) \
         ORDER BY h.conversation_id{}",
        placeholders(rows, 1),
        for_update(backend)
    )
}

/// Locks the heads of conversations; nothing else can enter their logs until the transaction ends.
pub(crate) async fn lock_heads(
    tx: &Transaction,
    conversations: impl Iterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, Head>, StoreError> {
    let mut ids: Vec<_> = conversations.map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let backend = tx.get_database_backend();
    let text = lock_heads_text(backend, ids.len());
    let values = ids.into_iter().map(Into::into);
    let rows = tx.query_all_raw(sql(backend, text, values)).await?;
    let heads = rows.iter().map(Head::from_row);
    heads
        .map(|head| head.map(|head| (head.conversation_id, head)))
        .collect()
}

/// Appends a change under the head's lock and counts it in `head`; [`save_head`] must follow.
pub(crate) async fn append(
    tx: &Transaction,
    head: &mut Head,
    change: Change,
) -> Result<Committed, StoreError> {
    write_change(tx, head, &change).await?;
    Ok(Committed {
        conversation_id: head.conversation_id,
        revision: head.revision,
        entry: Entry::Change(Arc::new(change)),
    })
}

/// Writes a change under the next revision, which `head` has afterwards.
pub(crate) async fn write_change(
    tx: &Transaction,
    head: &mut Head,
    change: &Change,
) -> Result<(), StoreError> {
    head.revision += 1;
    let row = change_row(head.conversation_id, head.revision, change);
    conversation_changes::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes the counters back.
pub(crate) async fn save_head(tx: &Transaction, head: &Head) -> Result<(), StoreError> {
    let text = "UPDATE conversation_heads SET last_sequence = $2, revision = $3, \
                roster_version = $4, access_version = $5, receipt_version = $6 \
                WHERE conversation_id = $1";
    let values = [
        head.conversation_id.0.into(),
        signed(head.last_sequence).into(),
        signed(head.revision).into(),
        signed(head.roster_version).into(),
        signed(head.access_version).into(),
        signed(head.receipt_version).into(),
    ];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// The row of a change under its revision.
pub(crate) fn change_row(
    conversation_id: ConversationId,
    revision: u64,
    change: &Change,
) -> conversation_changes::ActiveModel {
    conversation_changes::ActiveModel {
        conversation_id: Set(conversation_id.0),
        revision: Set(signed(revision)),
        kind: Set(change.kind.as_str().to_owned()),
        subject: Set(change.subject),
        actor: Set(change.actor.map(Into::into)),
        payload: Set(change.payload.clone()),
        hidden_from: Set(change.hidden_from.map(Into::into)),
        created_at: Set(change.at.0),
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Messages that the journal puts into one transaction.
    const MESSAGES: usize = 256;
    vec![
        Batched::new("log: lock heads", MESSAGES, lock_heads_text),
        Batched::new("log: lock users", READ_ROWS_MAX, lock_users_text),
    ]
}
