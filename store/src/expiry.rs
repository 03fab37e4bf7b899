//! Erasing what has expired. Readers hide it from the moment on; this only gives the space back, so it
//! takes no revision and need not be on time.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::{ConversationId, MessageId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::deletions::{Keep, erase_around, erase_bodies};
use crate::dialect::{column, counter, sql};
use crate::{Store, StoreError};

/// Messages that are erased in one transaction: the device rows of a large group are a thousand times
/// as many.
const BATCH: i64 = 64;

/// A message that was just erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredMessage {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Its number among the changes.
    pub revision: u64,
    /// Who never saw it.
    pub hidden_from: Option<UserId>,
}

impl Store {
    /// Erases some of what has expired, oldest first; an empty answer means that nothing is due.
    /// Each message is answered once, on whichever node.
    pub async fn erase_expired(&self, now: Timestamp) -> Result<Vec<ExpiredMessage>, StoreError> {
        let backend = self.backend();
        // Nearly always there is nothing to do, for which no write lock is worth taking.
        let due = "SELECT id FROM messages WHERE expires_at IS NOT NULL AND erased_at IS NULL \
                   AND expires_at <= $1 ORDER BY expires_at LIMIT 1";
        let found = self
            .read()
            .query_one_raw(sql(backend, due, [now.0.into()]))
            .await?;
        if found.is_none() {
            return Ok(Vec::new());
        }
        let lock = match backend {
            DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        // First the messages' own rows: whoever edits one of them waits here and finds it erased.
        let text = format!(
            "UPDATE messages SET erased_at = $1, shared_ciphertext = NULL, shared_header = NULL, \
             metadata = NULL, mentions = NULL, attachments = NULL WHERE id IN ( \
                 SELECT id FROM messages WHERE expires_at IS NOT NULL AND erased_at IS NULL \
                 AND expires_at <= $1 ORDER BY expires_at LIMIT $2 {lock}) \
             RETURNING id, conversation_id, sequence_number, revision, hidden_from"
        );
        let tx = self.begin().await?;
        let values = [now.0.into(), BATCH.into()];
        let rows = tx.query_all_raw(sql(backend, text, values)).await?;
        let mut expired = Vec::with_capacity(rows.len());
        let mut places: BTreeMap<ConversationId, Vec<u64>> = BTreeMap::new();
        for row in &rows {
            let message = ExpiredMessage {
                id: MessageId(column(row, "id")?),
                conversation_id: ConversationId(column(row, "conversation_id")?),
                sequence_number: counter(row, "sequence_number")?,
                revision: counter(row, "revision")?,
                hidden_from: column::<Option<uuid::Uuid>>(row, "hidden_from")?.map(UserId),
            };
            let numbers = places.entry(message.conversation_id).or_default();
            numbers.push(message.sequence_number);
            expired.push(message);
        }
        for (conversation_id, numbers) in places {
            erase_around(&tx, conversation_id, &numbers).await?;
            erase_bodies(&tx, conversation_id, &numbers, Keep::Nothing).await?;
        }
        tx.commit().await?;
        Ok(expired)
    }
}
