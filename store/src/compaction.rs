//! Old changes leave the log: a range of revisions that are no messages is told as one `compacted` from
//! then on.
//!
//! A change goes once every device that may still read it has acknowledged it, a few days later, and in
//! any case after as long as a device may be away before it leaves the rosters. What it did stays: it is in
//! the state of messages, members and rosters. Messages are never compacted.
//!
//! The walk goes through all conversations in the order of their ids, some of them at a time, and keeps in the
//! database how far it has got.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use sentinal_protocol::{ConversationId, Timestamp};
use uuid::Uuid;

use crate::dialect::{column, signed, sql};
use crate::{Store, StoreError};

/// How long a change stays that every device has: who looks for what went wrong finds it in the log.
pub const ACKNOWLEDGED_CHANGES_KEPT: Duration = Duration::from_hours(7 * 24);
/// How long any change stays: a device that was away for longer has left the rosters.
pub const CHANGES_KEPT: Duration = Duration::from_hours(90 * 24);

/// The name of the walk.
const WALK: &str = "compaction";
/// Conversations that one round looks at.
const CONVERSATIONS: u64 = 100;
/// Changes that one round deletes.
const CHANGES: u64 = 1_000;

/// The next conversations after `$1`, and when the oldest change of each was made.
const PAGE: &str = "SELECT h.conversation_id, (SELECT c.created_at FROM conversation_changes c \
         WHERE c.conversation_id = h.conversation_id ORDER BY c.revision LIMIT 1) AS oldest \
     FROM conversation_heads h WHERE h.conversation_id > $1 \
     ORDER BY h.conversation_id LIMIT $2";

/// The revision up to which all devices have everything of `$1`, those included whose user has left and
/// that have not heard of it. `NULL`: there is no device.
const ACKNOWLEDGED: &str = "SELECT MIN(COALESCE(k.acked_revision, p.joined_revision - 1)) AS revision \
     FROM participants p \
     JOIN devices d ON d.user_id = p.user_id AND d.removed_at IS NULL AND NOT d.dormant \
     LEFT JOIN device_cursors k ON k.device_id = d.id AND k.conversation_id = p.conversation_id \
     WHERE p.conversation_id = $1 AND (p.left_revision IS NULL \
         OR COALESCE(k.acked_revision, p.joined_revision - 1) < p.left_revision)";

/// Of the first `$5` changes of `$1` those that were made before `$4`, or before `$3` and are not above
/// `$2`.
const DELETE: &str = "DELETE FROM conversation_changes WHERE conversation_id = $1 AND revision IN \
     (SELECT o.revision FROM (SELECT c.revision, c.created_at FROM conversation_changes c \
         WHERE c.conversation_id = $1 ORDER BY c.revision LIMIT $5) o \
     WHERE o.created_at < $4 OR (o.created_at < $3 AND o.revision <= $2))";

/// What a round has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Changes that were deleted.
    pub changes: u64,
    /// Whether the walk has not come to its end.
    pub is_more: bool,
}

impl Store {
    /// Deletes old changes of the next conversations of the walk.
    pub async fn compact_changes(&self, now: Timestamp) -> Result<Compacted, StoreError> {
        let acknowledged_before = now.minus(ACKNOWLEDGED_CHANGES_KEPT);
        let reached = self.find_reached().await?;
        let values = [reached.into(), signed(CONVERSATIONS).into()];
        let page = sql(self.backend(), PAGE, values);
        let page = self.read().query_all_raw(page).await?;
        let mut next = reached;
        let mut left = CHANGES;
        for row in &page {
            let id = ConversationId(column(row, "conversation_id")?);
            let oldest: Option<i64> = column(row, "oldest")?;
            if oldest.is_some_and(|oldest| oldest < acknowledged_before.0) {
                let deleted = self.compact_conversation(id, left, now).await?;
                left = left.saturating_sub(deleted);
                if left == 0 {
                    // There may be more of this one.
                    break;
                }
            }
            next = id.0;
        }
        let is_more = left == 0 || signed(CONVERSATIONS) <= signed(page.len() as u64);
        self.mark_reached(if is_more { next } else { Uuid::nil() })
            .await?;
        Ok(Compacted {
            changes: CHANGES - left,
            is_more,
        })
    }

    async fn compact_conversation(
        &self,
        id: ConversationId,
        changes_max: u64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let backend = self.backend();
        let tx = self.begin().await?;
        let row = tx
            .query_one_raw(sql(backend, ACKNOWLEDGED, [id.0.into()]))
            .await?;
        let acknowledged: Option<i64> = match row {
            Some(row) => column(&row, "revision")?,
            None => None,
        };
        let values = [
            id.0.into(),
            acknowledged.unwrap_or(i64::MAX).into(),
            now.minus(ACKNOWLEDGED_CHANGES_KEPT).0.into(),
            now.minus(CHANGES_KEPT).0.into(),
            signed(changes_max).into(),
        ];
        let done = tx.execute_raw(sql(backend, DELETE, values)).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    async fn find_reached(&self) -> Result<Uuid, StoreError> {
        let text = "SELECT reached FROM walks WHERE name = $1";
        let statement = sql(self.backend(), text, [WALK.into()]);
        let row = self.read().query_one_raw(statement).await?;
        row.map_or(Ok(Uuid::nil()), |row| column(&row, "reached"))
    }

    async fn mark_reached(&self, reached: Uuid) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "INSERT INTO walks (name, reached) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET reached = excluded.reached";
        let statement = sql(self.backend(), text, [WALK.into(), reached.into()]);
        tx.execute_raw(statement).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn a_round_walks_through_no_table() {
        let id = || Uuid::nil().into();
        for (text, values) in [
            (PAGE, vec![id(), 100_i64.into()]),
            (ACKNOWLEDGED, vec![id()]),
            (
                DELETE,
                vec![
                    id(),
                    0_i64.into(),
                    0_i64.into(),
                    0_i64.into(),
                    100_i64.into(),
                ],
            ),
        ] {
            let scans = table_scans(text, values, &["o"]).await;
            assert_eq!(scans, Vec::<String>::new(), "{text}");
        }
    }
}
