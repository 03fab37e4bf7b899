//! What is left of a deleted conversation goes, once every device has heard of the end.
//!
//! In transactions of a bounded number of rows: a group of many years must not hold up the writer.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{ConversationId, Timestamp};

use crate::connection::Transaction;
use crate::dialect::{column, signed, sql};
use crate::{Store, StoreError};

/// A conversation that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedConversation {
    /// Which one.
    pub id: ConversationId,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// Whether every active device of everybody who took part has acknowledged its end.
    pub heard_by_all: bool,
}

/// Whether a deleted conversation is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// Some of it is left.
    Partly,
    /// Nothing is.
    Wholly,
}

/// The tables that may hold any number of rows of a conversation, and what tells these apart.
const LARGE: [(&str, &str); 7] = [
    ("message_ciphertexts", "device_id, sequence_number"),
    ("control_ciphertexts", "device_id, revision"),
    ("control_messages", "revision"),
    ("reactions", "sequence_number, user_id, reaction"),
    ("poll_votes", "sequence_number, user_id, option_index"),
    ("messages", "sequence_number"),
    ("conversation_changes", "revision"),
];

/// The others, keyed by conversation; the conversation itself last, because it is what the next
/// round looks for.
const SMALL: [(&str, &str); 10] = [
    ("polls", "conversation_id"),
    ("pins", "conversation_id"),
    ("reserved_sequences", "conversation_id"),
    ("skipped_sequences", "conversation_id"),
    ("device_cursors", "conversation_id"),
    ("participant_intervals", "conversation_id"),
    ("conversation_bans", "conversation_id"),
    ("participants", "conversation_id"),
    ("conversation_heads", "conversation_id"),
    ("conversations", "id"),
];

/// Own marks of those who took part, keyed by user.
const OWN: [&str; 2] = ["stars", "hidden_messages"];

/// Deleted conversations after the one in `$1`, `$2`, in the order in which they were deleted.
const DELETED: &str = "WITH page AS (SELECT id, deleted_at FROM conversations \
     WHERE deleted_at IS NOT NULL AND (deleted_at, id) > ($1, $2) \
     ORDER BY deleted_at, id LIMIT $3) \
     SELECT page.id, page.deleted_at, NOT EXISTS (SELECT 1 FROM participants p \
         JOIN devices d ON d.user_id = p.user_id AND d.removed_at IS NULL AND NOT d.dormant \
         AND d.created_at < p.left_at \
         LEFT JOIN device_cursors c ON c.device_id = d.id \
         AND c.conversation_id = p.conversation_id \
         WHERE p.conversation_id = page.id \
         AND COALESCE(c.acked_revision, 0) < p.left_revision) AS heard_by_all \
     FROM page ORDER BY page.deleted_at, page.id";

impl Store {
    /// At most `limit` deleted conversations after one of an earlier page, in the order in which
    /// they were deleted.
    pub async fn list_deleted_conversations(
        &self,
        after: Option<DeletedConversation>,
        limit: u64,
    ) -> Result<Vec<DeletedConversation>, StoreError> {
        let (at, id) = after.map_or((Timestamp(i64::MIN), uuid::Uuid::nil()), |last| {
            (last.deleted_at, last.id.0)
        });
        let values = [at.0.into(), id.into(), signed(limit).into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), DELETED, values))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(DeletedConversation {
                    id: ConversationId(column(row, "id")?),
                    deleted_at: Timestamp(column(row, "deleted_at")?),
                    heard_by_all: column(row, "heard_by_all")?,
                })
            })
            .collect()
    }

    /// Erases at most `rows_max` rows of a deleted conversation, and all the rest once no more are
    /// left than that.
    pub async fn purge_conversation(
        &self,
        id: ConversationId,
        rows_max: u64,
    ) -> Result<Purged, StoreError> {
        let tx = self.begin().await?;
        let mut left = rows_max;
        for (table, key) in LARGE {
            left = left.saturating_sub(purge_large(&tx, id, (table, key), left).await?);
            if left == 0 {
                tx.commit().await?;
                return Ok(Purged::Partly);
            }
        }
        let backend = tx.get_database_backend();
        for table in OWN {
            let text = format!(
                "DELETE FROM {table} WHERE conversation_id = $1 AND user_id IN \
                 (SELECT user_id FROM participants WHERE conversation_id = $1)"
            );
            tx.execute_raw(sql(backend, text, [id.0.into()])).await?;
        }
        for (table, key) in SMALL {
            let text = format!("DELETE FROM {table} WHERE {key} = $1");
            tx.execute_raw(sql(backend, text, [id.0.into()])).await?;
        }
        tx.commit().await?;
        Ok(Purged::Wholly)
    }
}

async fn purge_large(
    tx: &Transaction,
    id: ConversationId,
    (table, key): (&str, &str),
    rows_max: u64,
) -> Result<u64, StoreError> {
    let text = format!(
        "DELETE FROM {table} WHERE conversation_id = $1 AND ({key}) IN \
         (SELECT {key} FROM {table} WHERE conversation_id = $1 LIMIT $2)"
    );
    let values = [id.0.into(), signed(rows_max).into()];
    let done = tx
        .execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn looking_for_the_deleted_walks_through_no_table() {
        let values = vec![0_i64.into(), Uuid::nil().into(), 100_i64.into()];
        let scans = table_scans(DELETED, values, &["page"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
