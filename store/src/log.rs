//! The log of a conversation: its head, and the changes appended to it.
//!
//! Every durable change takes the next revision in the transaction that stores it, under the lock
//! of the head's row. So commit order is revision order and revisions are dense.
//!
//! Order of locks, everywhere: rows of `users` by id, then heads by conversation id.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryResult, Set};
use sentinal_entity::conversation_changes;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{
    ConversationId, DeviceId, MessageId, MessageType, Timestamp, UploadId, UserId,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::StoreError;
use crate::dialect::{column, counter, for_update, placeholders, signed, sql};
use crate::message_changes::MessageChange;

/// Variables per statement that both databases take (SQLite: 32,766).
pub(crate) const VARIABLES_MAX: usize = 30_000;

/// A change that is in the database: what rooms are told.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Whose log it is in.
    pub conversation_id: ConversationId,
    /// Its place there.
    pub revision: u64,
    /// What it is.
    pub entry: Entry,
}

impl Committed {
    /// Whether everybody's log ends with it.
    pub fn is_deletion(&self) -> bool {
        match &self.entry {
            Entry::Message(_) | Entry::MessageChange(_) => false,
            Entry::Change(change) => change.kind == EventKind::ConversationDeleted,
        }
    }
}

/// One entry of a log.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A message, with what every device got.
    Message(Arc<StoredMessage>),
    /// Something done to a message.
    MessageChange(Arc<MessageChange>),
    /// Anything else.
    Change(Arc<Change>),
}

/// A message as it was just stored.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number among the changes.
    pub revision: u64,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Who sent it.
    pub sender_id: UserId,
    /// From which device.
    pub sender_device_id: DeviceId,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// The files that belong to it.
    pub attachments: Vec<UploadId>,
    /// JSON text, as sent.
    pub metadata: Option<String>,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// Who must not see it: it was sent past their block.
    pub hidden_from: Option<UserId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its content goes by itself.
    pub expires_at: Option<Timestamp>,
}

/// A ciphertext and the JSON text of its header.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// JSON text, as sent.
    pub header: Option<String>,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.ciphertext.len())
    }
}

/// A change that is not a message.
#[derive(Clone, Debug)]
pub struct Change {
    /// The event that tells of it.
    pub kind: EventKind,
    /// Whom or what it is about.
    pub subject: Option<Uuid>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// The event's own fields.
    pub payload: Map<String, Value>,
    /// Who must not see it: it was done past their block.
    pub hidden_from: Option<UserId>,
    /// When it was stored.
    pub at: Timestamp,
}

/// A conversation's counters, read under the lock of their row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose.
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
    tx: &DatabaseTransaction,
    mut users: Vec<Uuid>,
) -> Result<Vec<UserId>, StoreError> {
    users.sort_unstable();
    users.dedup();
    let backend = tx.get_database_backend();
    let mut found = Vec::with_capacity(users.len());
    for chunk in users.chunks(VARIABLES_MAX) {
        let text = format!(
            "SELECT id FROM users WHERE id IN ({}) AND deleted_at IS NULL ORDER BY id{}",
            placeholders(chunk.len(), 1),
            for_update(backend)
        );
        let values = chunk.iter().map(|id| (*id).into());
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            found.push(UserId(column(&row, "id")?));
        }
    }
    Ok(found)
}

/// Locks a conversation's head; nothing else can enter its log until the transaction ends.
pub(crate) async fn lock_head(
    tx: &DatabaseTransaction,
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

/// Appends a change under the head's lock and counts it in `head`; [`save_head`] must follow.
pub(crate) async fn append(
    tx: &DatabaseTransaction,
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
    tx: &DatabaseTransaction,
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
pub(crate) async fn save_head(tx: &DatabaseTransaction, head: &Head) -> Result<(), StoreError> {
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

fn change_row(
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
        payload: Set(Value::Object(change.payload.clone()).to_string()),
        hidden_from: Set(change.hidden_from.map(Into::into)),
        created_at: Set(change.at.0),
    }
}

/// What happened to a device, as far as those who write to its user must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// It must be encrypted to from now on (`device:added`).
    Added,
    /// It must not be encrypted to any more (`device:removed`).
    Removed,
    /// It has another identity key (`identity:changed`).
    IdentityChanged,
}

impl DeviceChange {
    const fn event(self) -> EventKind {
        match self {
            Self::Added => EventKind::DeviceAdded,
            Self::Removed => EventKind::DeviceRemoved,
            Self::IdentityChanged => EventKind::IdentityChanged,
        }
    }
}

/// Appends a device's change to the log of every conversation of its user and raises their
/// `roster_version`s, in the transaction that changes the device.
///
/// The caller has locked the user's row ([`lock_users`]), so that no conversation can gain the user
/// meanwhile.
pub(crate) async fn announce_device(
    tx: &DatabaseTransaction,
    user_id: UserId,
    device: &DeviceName,
    change: DeviceChange,
    now: Timestamp,
) -> Result<Vec<Committed>, StoreError> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Postgres {
        " FOR UPDATE OF h"
    } else {
        ""
    };
    let text = format!(
        "SELECT {HEAD_COLUMNS} FROM participants p \
         JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
         WHERE p.user_id = $1 AND p.left_revision IS NULL ORDER BY h.conversation_id{lock}"
    );
    let rows = tx
        .query_all_raw(sql(backend, text, [user_id.0.into()]))
        .await?;
    let mut committed = Vec::with_capacity(rows.len());
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let head = Head::from_row(row)?;
        let (revision, roster_version) = (head.revision + 1, head.roster_version + 1);
        let mut payload = Map::new();
        payload.insert(
            "device".into(),
            json!({"id": device.id, "device_id": device.device_id, "user_id": user_id}),
        );
        payload.insert("roster_version".into(), roster_version.into());
        let change = Change {
            kind: change.event(),
            subject: Some(device.id.0),
            actor: Some(user_id),
            payload,
            hidden_from: None,
            at: now,
        };
        changes.push(change_row(head.conversation_id, revision, &change));
        committed.push(Committed {
            conversation_id: head.conversation_id,
            revision,
            entry: Entry::Change(Arc::new(change)),
        });
    }
    for chunk in committed.chunks(VARIABLES_MAX) {
        let text = format!(
            "UPDATE conversation_heads SET revision = revision + 1, \
             roster_version = roster_version + 1 WHERE conversation_id IN ({})",
            placeholders(chunk.len(), 1)
        );
        let values = chunk.iter().map(|change| change.conversation_id.0.into());
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    // Eight columns a row.
    for chunk in changes.chunks(VARIABLES_MAX / 8) {
        conversation_changes::Entity::insert_many(chunk.to_vec())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(committed)
}
