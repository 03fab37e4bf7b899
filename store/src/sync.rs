//! An account's state in one answer: which conversations have changed, how far everybody has read
//! in them, and what is unread.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::api::sync::{ReceiptCursor, Unread, UnreadConversation};
use sentinal_protocol::{ConversationId, Timestamp, UserId};
use uuid::Uuid;

use crate::dialect::{column, counter, signed, sql, unsigned, with_rows};
use crate::receipts::{shown_delivered, shown_read};
use crate::visible::unread_count;
use crate::{Store, StoreError};

/// What a user knows of a conversation, as numbers to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// Which one.
    pub conversation_id: ConversationId,
    /// Whether the user takes part now.
    pub takes_part: bool,
    /// The user's delivered cursor.
    pub last_delivered_sequence: u64,
    /// The user has cleared everything up to here.
    pub cleared_sequence: u64,
    /// Counters and own marks: as long as these are the same, so is what a sync tells.
    pub stamp: Vec<i64>,
}

/// The columns that a stamp is made of; -1 stands for none.
const STAMP: [&str; 10] = [
    "revision",
    "receipt_version",
    "left_revision",
    "last_read_sequence",
    "last_delivered_sequence",
    "cleared_sequence",
    "muted_until",
    "pinned_at",
    "archived_at",
    "hidden",
];

/// What of the user in `$1` is compared at the time in `$2`. A conversation that they have left stands still.
const STATES: &str = "SELECT p.conversation_id, p.last_delivered_sequence, p.cleared_sequence, \
     p.last_read_sequence, p.left_revision, p.pinned_at, p.archived_at, \
     CASE WHEN p.muted_until > $2 THEN p.muted_until END AS muted_until, \
     CAST(CASE WHEN p.hidden THEN 1 ELSE 0 END AS BIGINT) AS hidden, \
     CASE WHEN p.left_revision IS NULL THEN h.revision END AS revision, \
     CASE WHEN p.left_revision IS NULL THEN h.receipt_version END AS receipt_version \
     FROM participants p JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
     WHERE p.user_id = $1 ORDER BY p.conversation_id";

/// Receipt cursors of others in so many conversations, as `$1` may see them. In no order: PostgreSQL
/// would rather walk through the index of all participants than sort those of large conversations.
fn cursors_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT p.conversation_id, p.user_id, {} AS read_to, {} AS delivered_to \
         FROM v CROSS JOIN participants p CROSS JOIN conversations c \
         WHERE p.conversation_id = v.id AND c.id = p.conversation_id \
         AND p.left_revision IS NULL AND p.user_id <> $1",
        with_rows(backend, &[("id", "uuid")], rows, 2),
        shown_read(backend, "$1"),
        shown_delivered(backend, "$1"),
    )
}

impl Store {
    /// Where each conversation that the user takes or took part in stands, by id.
    pub async fn list_sync_states(
        &self,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Vec<SyncState>, StoreError> {
        let values = [user_id.0.into(), now.0.into()];
        let statement = sql(self.backend(), STATES, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let mut stamp = Vec::with_capacity(STAMP.len());
                for name in STAMP {
                    stamp.push(column::<Option<i64>>(row, name)?.unwrap_or(-1));
                }
                let left = column::<Option<i64>>(row, "left_revision")?;
                Ok(SyncState {
                    conversation_id: ConversationId(column(row, "conversation_id")?),
                    takes_part: left.is_none(),
                    last_delivered_sequence: counter(row, "last_delivered_sequence")?,
                    cleared_sequence: counter(row, "cleared_sequence")?,
                    stamp,
                })
            })
            .collect()
    }

    /// The other participants' receipt cursors in these conversations of the user, as far as they
    /// may be shown.
    pub async fn list_shown_receipts(
        &self,
        user_id: UserId,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<ReceiptCursor>>, StoreError> {
        let mut shown: HashMap<ConversationId, Vec<ReceiptCursor>> = HashMap::new();
        if ids.is_empty() {
            return Ok(shown);
        }
        let text = cursors_text(self.backend(), ids.len());
        let ids = ids.iter().map(|id| id.0.into());
        let values = std::iter::once(user_id.0.into()).chain(ids);
        let statement = sql(self.backend(), text, values);
        for row in self.read().query_all_raw(statement).await? {
            let cursor = |name| -> Result<Option<u64>, StoreError> {
                column::<Option<i64>>(&row, name)?.map(unsigned).transpose()
            };
            let id = ConversationId(column(&row, "conversation_id")?);
            shown.entry(id).or_default().push(ReceiptCursor {
                user_id: UserId(column(&row, "user_id")?),
                last_read_sequence: cursor("read_to")?,
                last_delivered_sequence: cursor("delivered_to")?,
            });
        }
        for cursors in shown.values_mut() {
            cursors.sort_unstable_by_key(|cursor| cursor.user_id);
        }
        Ok(shown)
    }

    /// A page of the user's conversations that have unread messages, and the count over all.
    pub async fn list_unread(
        &self,
        user_id: UserId,
        (limit, offset): (u64, u64),
        now: Timestamp,
    ) -> Result<Unread, StoreError> {
        let text = format!(
            "WITH u AS MATERIALIZED (SELECT p.conversation_id, p.last_read_sequence, \
             h.last_sequence, {} AS unread_count FROM participants p \
             JOIN conversations c ON c.id = p.conversation_id \
             JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
             WHERE p.user_id = $1 AND p.left_revision IS NULL AND c.deleted_at IS NULL), \
             n AS MATERIALIZED (SELECT * FROM u WHERE unread_count > 0) \
             SELECT t.total, t.unread, q.* FROM (SELECT COUNT(*) AS total, \
             CAST(COALESCE(SUM(unread_count), 0) AS BIGINT) AS unread FROM n) t \
             LEFT JOIN (SELECT * FROM n ORDER BY conversation_id LIMIT $3 OFFSET $4) q ON TRUE \
             ORDER BY q.conversation_id",
            unread_count(self.backend(), "$2")
        );
        let values = [
            user_id.0.into(),
            now.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let statement = sql(self.backend(), text, values);
        let mut answer = Unread {
            unread_count: 0,
            conversations: Vec::new(),
            total: 0,
            has_more: false,
        };
        for row in self.read().query_all_raw(statement).await? {
            answer.total = counter(&row, "total")?;
            answer.unread_count = counter(&row, "unread")?;
            // An empty page comes as a single empty row.
            let Some(id) = column::<Option<Uuid>>(&row, "conversation_id")? else {
                continue;
            };
            answer.conversations.push(UnreadConversation {
                conversation_id: ConversationId(id),
                unread_count: counter(&row, "unread_count")?,
                last_read_sequence: counter(&row, "last_read_sequence")?,
                last_sequence: counter(&row, "last_sequence")?,
            });
        }
        let end = offset.saturating_add(answer.conversations.len() as u64);
        answer.has_more = end < answer.total && !answer.conversations.is_empty();
        Ok(answer)
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = usize::try_from(sentinal_protocol::limits::PAGE_MAX).unwrap();
    vec![Batched::new("sync: receipt cursors", most, cursors_text)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn comparing_states_walks_through_no_table() {
        let scans = table_scans(STATES, vec![Uuid::nil().into(), 0_i64.into()], &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
