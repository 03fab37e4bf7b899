//! Messages enter the log: one transaction for a whole batch (group commit).
//!
//! The transaction locks the heads in id order, finds repeats, re-checks what each message was
//! checked against, numbers the survivors in memory, and writes heads and rows with one statement
//! per table. A message that fails a check leaves the batch before numbers are given, so numbers
//! stay dense.

mod write;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::{
    ConversationId, DeviceId, MessageId, MessageType, Timestamp, UploadId, UserId,
};

pub(crate) use self::write::{BodyRow, write_bodies};
use self::write::{bodies_of, write_heads, write_keys, write_messages, write_polls};
use crate::dialect::{READ_ROWS_MAX, column, counter, sql, with_rows};
use crate::entry::{Body, Committed, Entry, StoredMessage};
use crate::idempotency::REMEMBERED;
use crate::log::{Head, lock_heads};
use crate::{Store, StoreError};

/// A message that passed every check but those that need the head's lock.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its id, given by the server before it is stored: what an unknown outcome is looked up by.
    pub id: MessageId,
    /// Where to.
    pub conversation_id: ConversationId,
    /// Who sends.
    pub sender_id: UserId,
    /// From which device.
    pub sender_device_id: DeviceId,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// What makes a repeat recognisable.
    pub key: SendKey,
    /// Canonical hash of the request: equal keys with different hashes are a conflict.
    pub request_hash: [u8; 32],
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// Files that belong to it: completed uploads of the sender.
    pub attachments: Vec<UploadId>,
    /// What can be voted for.
    pub poll: Option<NewPoll>,
    /// JSON text.
    pub metadata: Option<String>,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// Who must not see it: it goes past their block.
    pub hidden_from: Option<UserId>,
    /// Seconds until its content goes.
    pub expires_in_seconds: Option<u64>,
    /// The device set that it was checked against.
    pub roster_version: u64,
    /// The rights that it was checked against.
    pub access_version: u64,
}

/// By what a repeated send is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SendKey {
    /// Not at all.
    None,
    /// Unique per (sender device, conversation) for ever.
    ClientMessage(String),
    /// Unique per user for 24 h.
    Idempotency(String),
}

/// What became of one message of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// It is in the log.
    Sent(SentMessage),
    /// It had been sent before; the original answer.
    Repeat(SentMessage),
    /// Its key had been used for another request.
    Conflict,
    /// Roster or rights changed since it was checked: check again.
    Stale,
}

impl NewMessage {
    fn client_message_id(&self) -> Option<&str> {
        match &self.key {
            SendKey::ClientMessage(id) => Some(id),
            SendKey::None | SendKey::Idempotency(_) => None,
        }
    }

    /// Rows that storing it takes: how large a part of a batch it is.
    pub fn rows(&self) -> usize {
        1 + self.bodies.len()
    }

    /// Bytes of ciphertext in it.
    pub fn bytes(&self) -> usize {
        let bodies: usize = self
            .bodies
            .iter()
            .map(|(_, body)| body.ciphertext.len())
            .sum();
        bodies + self.shared.as_ref().map_or(0, |body| body.ciphertext.len())
    }
}

/// A key with everything that it is unique within.
#[derive(Clone, PartialEq, Eq, Hash)]
enum ScopedKey {
    ClientMessage(ConversationId, DeviceId, String),
    Idempotency(UserId, String),
}

impl ScopedKey {
    fn of(message: &NewMessage) -> Option<Self> {
        match &message.key {
            SendKey::None => None,
            SendKey::ClientMessage(id) => Some(Self::ClientMessage(
                message.conversation_id,
                message.sender_device_id,
                id.clone(),
            )),
            SendKey::Idempotency(key) => Some(Self::Idempotency(message.sender_id, key.clone())),
        }
    }
}

/// An earlier send under the same key.
#[derive(Clone)]
struct Earlier {
    request_hash: Vec<u8>,
    /// `None` if it was no send.
    answer: Option<SentMessage>,
}

impl Earlier {
    /// What this makes of a message under the same key.
    fn outcome(&self, message: &NewMessage) -> SendOutcome {
        match &self.answer {
            Some(answer) if self.request_hash == message.request_hash => {
                SendOutcome::Repeat(answer.clone())
            }
            Some(_) | None => SendOutcome::Conflict,
        }
    }
}

impl Store {
    /// Stores a batch of messages in one transaction and answers each, in order, with what was
    /// committed in the order of revisions.
    pub async fn send_messages(
        &self,
        batch: &[NewMessage],
        now: Timestamp,
    ) -> Result<(Vec<SendOutcome>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let mut heads =
            lock_heads(&tx, batch.iter().map(|message| message.conversation_id)).await?;
        let mut earlier = find_earlier(&tx, batch, now).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut stored = Vec::with_capacity(batch.len());
        let mut touched = BTreeSet::new();
        let mut keys = Vec::new();
        for message in batch {
            let key = ScopedKey::of(message);
            if let Some(known) = key.as_ref().and_then(|key| earlier.get(key)) {
                outcomes.push(known.outcome(message));
                continue;
            }
            let head = heads.get_mut(&message.conversation_id).filter(|head| {
                head.roster_version == message.roster_version
                    && head.access_version == message.access_version
            });
            let Some(head) = head else {
                outcomes.push(SendOutcome::Stale);
                continue;
            };
            touched.insert(message.conversation_id);
            head.revision += 1;
            head.last_sequence += 1;
            let answer = SentMessage {
                id: message.id,
                conversation_id: message.conversation_id,
                sender_id: message.sender_id,
                client_message_id: message.client_message_id().map(str::to_owned),
                sequence_number: head.last_sequence,
                revision: head.revision,
                created_at: now,
            };
            if let Some(key) = key {
                if let ScopedKey::Idempotency(user_id, text) = &key {
                    keys.push((*user_id, text.clone(), message.request_hash, answer.clone()));
                }
                let request_hash = message.request_hash.to_vec();
                earlier.insert(
                    key,
                    Earlier {
                        request_hash,
                        answer: Some(answer.clone()),
                    },
                );
            }
            stored.push((message, answer.clone()));
            outcomes.push(SendOutcome::Sent(answer));
        }
        if stored.is_empty() {
            // What is answered as sent must be on the standby, too: see `find_stored`.
            tx.commit().await?;
            return Ok((outcomes, Vec::new()));
        }
        let heads: Vec<&Head> = touched.iter().filter_map(|id| heads.get(id)).collect();
        write_heads(&tx, &heads, now).await?;
        write_messages(&tx, &stored, now).await?;
        write_bodies(&tx, &bodies_of(&stored)).await?;
        write_polls(&tx, &stored).await?;
        write_keys(&tx, &keys, now).await?;
        tx.commit().await?;
        let committed = stored
            .into_iter()
            .map(|(message, sent)| committed(message, &sent));
        Ok((outcomes, committed.collect()))
    }

    /// The answer to an earlier send under this message's key, and whether the request was the
    /// same. For retries that would be refused now although they succeeded then. What is answered as sent
    /// is on the standby, if there is one.
    pub async fn find_earlier_send(
        &self,
        message: &NewMessage,
        now: Timestamp,
    ) -> Result<Option<SendOutcome>, StoreError> {
        let Some(key) = ScopedKey::of(message) else {
            return Ok(None);
        };
        let earlier = find_earlier(self.read(), std::slice::from_ref(message), now).await?;
        if !earlier.is_empty() {
            self.confirm_visible().await?;
        }
        Ok(earlier.get(&key).map(|known| known.outcome(message)))
    }

    /// Which of these messages are stored, with their answers: settles a commit whose outcome got
    /// lost with its connection. Takes the heads' locks first, so that a transaction which is still
    /// committing somewhere is waited for. And commits, although it changes nothing: a row may be visible
    /// that never got to the synchronous standby, because its server crashed or somebody ended its wait.
    /// A commit that follows such a row in the log, which the locks make one of, is answered once both
    /// are there.
    pub async fn find_stored(
        &self,
        places: &[(MessageId, ConversationId)],
    ) -> Result<HashMap<MessageId, SentMessage>, StoreError> {
        let tx = self.begin().await?;
        let conversations = places.iter().map(|(_, conversation_id)| *conversation_id);
        lock_heads(&tx, conversations).await?;
        let mut found = HashMap::new();
        for chunk in places.chunks(READ_ROWS_MAX) {
            let text = by_id_text(self.backend(), chunk.len());
            let values = chunk.iter().map(|(id, _)| id.0.into());
            for row in tx.query_all_raw(sql(self.backend(), text, values)).await? {
                let answer = answer_of(&row)?;
                found.insert(answer.id, answer);
            }
        }
        tx.commit().await?;
        Ok(found)
    }
}

/// What rooms are told of a message that is in the log as `sent`.
pub fn committed(message: &NewMessage, sent: &SentMessage) -> Committed {
    let stored = StoredMessage {
        id: message.id,
        conversation_id: message.conversation_id,
        revision: sent.revision,
        sequence_number: sent.sequence_number,
        sender_id: message.sender_id,
        sender_device_id: message.sender_device_id,
        message_type: message.message_type,
        client_message_id: message.client_message_id().map(str::to_owned),
        reply_to_message_id: message.reply_to_message_id,
        mentions: message.mentions.clone(),
        attachments: message.attachments.clone(),
        metadata: message.metadata.clone(),
        shared: message.shared.clone(),
        bodies: message.bodies.clone(),
        hidden_from: message.hidden_from,
        created_at: sent.created_at,
        expires_at: expires_at(message, sent.created_at),
    };
    Committed {
        conversation_id: message.conversation_id,
        revision: sent.revision,
        entry: Entry::Message(Arc::new(stored)),
    }
}

fn expires_at(message: &NewMessage, now: Timestamp) -> Option<Timestamp> {
    let seconds = message.expires_in_seconds?;
    Some(now.plus(std::time::Duration::from_secs(seconds)))
}

const ANSWER_COLUMNS: &str = "m.id, m.conversation_id, m.sender_id, m.sender_device_id, \
     m.client_message_id, m.sequence_number, m.revision, m.created_at, m.request_hash";

fn answer_of(row: &sea_orm::QueryResult) -> Result<SentMessage, StoreError> {
    Ok(SentMessage {
        id: MessageId(column(row, "id")?),
        conversation_id: ConversationId(column(row, "conversation_id")?),
        sender_id: UserId(column(row, "sender_id")?),
        client_message_id: column(row, "client_message_id")?,
        sequence_number: counter(row, "sequence_number")?,
        revision: counter(row, "revision")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

/// Messages by their ids.
fn by_id_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT {ANSWER_COLUMNS} FROM v CROSS JOIN messages m WHERE m.id = v.id",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

/// Messages by what their senders named them.
fn by_client_id_text(backend: DbBackend, rows: usize) -> String {
    let columns = [
        ("conversation_id", "uuid"),
        ("device_id", "uuid"),
        ("client_id", "text"),
    ];
    format!(
        "{} SELECT {ANSWER_COLUMNS} FROM v CROSS JOIN messages m \
         WHERE m.conversation_id = v.conversation_id AND m.sender_device_id = v.device_id \
         AND m.client_message_id = v.client_id AND m.client_message_id IS NOT NULL",
        with_rows(backend, &columns, rows, 1)
    )
}

/// Answers kept under idempotency keys since a moment, the last placeholder.
fn by_key_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("user_id", "uuid"), ("idempotency_key", "text")];
    format!(
        "{} SELECT k.user_id, k.idempotency_key, k.request_hash, k.answer \
         FROM v CROSS JOIN idempotency_keys k WHERE k.user_id = v.user_id \
         AND k.idempotency_key = v.idempotency_key AND k.created_at > ${}",
        with_rows(backend, &columns, rows, 1),
        columns.len() * rows + 1
    )
}

async fn find_earlier<C: ConnectionTrait>(
    connection: &C,
    batch: &[NewMessage],
    now: Timestamp,
) -> Result<HashMap<ScopedKey, Earlier>, StoreError> {
    let backend = connection.get_database_backend();
    let mut earlier = HashMap::new();
    let mut by_client_id: Vec<Value> = Vec::new();
    let mut by_key: Vec<Value> = Vec::new();
    for message in batch {
        match &message.key {
            SendKey::None => {}
            SendKey::ClientMessage(id) => by_client_id.extend([
                message.conversation_id.0.into(),
                message.sender_device_id.0.into(),
                id.clone().into(),
            ]),
            SendKey::Idempotency(key) => {
                by_key.extend([message.sender_id.0.into(), key.clone().into()]);
            }
        }
    }
    if !by_client_id.is_empty() {
        let text = by_client_id_text(backend, by_client_id.len() / 3);
        for row in connection
            .query_all_raw(sql(backend, text, by_client_id))
            .await?
        {
            let answer = answer_of(&row)?;
            let key = ScopedKey::ClientMessage(
                answer.conversation_id,
                DeviceId(column(&row, "sender_device_id")?),
                answer.client_message_id.clone().unwrap_or_default(),
            );
            let request_hash = column::<Option<Vec<u8>>>(&row, "request_hash")?;
            let request_hash = request_hash.unwrap_or_default();
            earlier.insert(
                key,
                Earlier {
                    request_hash,
                    answer: Some(answer),
                },
            );
        }
    }
    if !by_key.is_empty() {
        let text = by_key_text(backend, by_key.len() / 2);
        by_key.push(now.minus(REMEMBERED).0.into());
        for row in connection.query_all_raw(sql(backend, text, by_key)).await? {
            let user_id = UserId(column(&row, "user_id")?);
            let key = ScopedKey::Idempotency(user_id, column(&row, "idempotency_key")?);
            // Another kind of request has another kind of answer.
            let answer = serde_json::from_str(&column::<String>(&row, "answer")?).ok();
            let request_hash: Vec<u8> = column(&row, "request_hash")?;
            earlier.insert(
                key,
                Earlier {
                    request_hash,
                    answer,
                },
            );
        }
    }
    Ok(earlier)
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Messages that the journal puts into one transaction.
    const MESSAGES: usize = 256;
    let mut all = write::batched();
    all.extend([
        Batched::new("send: messages by id", READ_ROWS_MAX, by_id_text),
        Batched::new("send: by client id", MESSAGES, by_client_id_text),
        Batched::new("send: by idempotency key", MESSAGES, by_key_text),
    ]);
    all
}
