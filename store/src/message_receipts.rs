//! What became of one message at those who could see it.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::receipts::{Receipt, Receipts};
use sentinal_protocol::{MessageId, UserId};

use crate::dialect::{column, counter, signed, sql};
use crate::messages::MessagePlace;
use crate::{Store, StoreError};

impl Store {
    /// A page of a message's receipts: present participants who could see it, its sender excepted, by
    /// id. Whom a block hides it from has got nothing. In a DM no receipt crosses a block: who has
    /// blocked is shown none, and for who is blocked the other's cursors stand still.
    pub async fn list_message_receipts(
        &self,
        id: MessageId,
        place: MessagePlace,
        (offset, limit): (u64, u64),
    ) -> Result<Receipts, StoreError> {
        let which = "FROM participants p WHERE p.conversation_id = $1 AND p.user_id <> $2 \
                     AND p.left_revision IS NULL AND (p.joined_revision <= $3 OR EXISTS ( \
                         SELECT 1 FROM participant_intervals i \
                         WHERE i.conversation_id = p.conversation_id AND i.user_id = p.user_id \
                         AND i.joined_revision <= $3 AND i.left_revision >= $3))";
        let values = [
            place.conversation_id.0.into(),
            place.sender_id.0.into(),
            signed(place.revision).into(),
        ];
        let text = format!("SELECT COUNT(*) AS total {which}");
        let statement = sql(self.backend(), text, values.clone());
        let row = self.read().query_one_raw(statement).await?;
        let total = row.map_or(Ok(0), |row| counter(&row, "total"))?;
        let text = format!(
            "SELECT q.user_id, q.last_delivered_sequence, q.last_read_sequence, \
             COALESCE(m.hidden_from = q.user_id, FALSE) AS hidden, \
             COALESCE(s.read_receipts, TRUE) AND COALESCE(own.read_receipts, TRUE) AS shared, \
             c.type = 'DM' AND mine.user_id IS NOT NULL AS blocked, \
             CASE WHEN c.type = 'DM' THEN theirs.read_sequence END AS read_cap, \
             CASE WHEN c.type = 'DM' THEN theirs.delivered_sequence END AS delivered_cap \
             FROM (SELECT p.* {which} ORDER BY p.user_id LIMIT $4 OFFSET $5) q \
             JOIN messages m ON m.conversation_id = $1 AND m.sequence_number = $6 \
             JOIN conversations c ON c.id = $1 \
             LEFT JOIN blocks mine ON mine.user_id = $2 AND mine.blocked_user_id = q.user_id \
             LEFT JOIN blocks theirs ON theirs.user_id = q.user_id AND theirs.blocked_user_id = $2 \
             LEFT JOIN user_settings s ON s.user_id = q.user_id \
             LEFT JOIN user_settings own ON own.user_id = $2 ORDER BY q.user_id"
        );
        let more = [
            signed(limit).into(),
            signed(offset).into(),
            signed(place.sequence_number).into(),
        ];
        let values = values.into_iter().chain(more);
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        let receipts: Result<Vec<_>, _> = rows.iter().map(|row| receipt(row, place)).collect();
        let receipts = receipts?;
        let end = offset.saturating_add(u64::try_from(receipts.len()).unwrap_or(u64::MAX));
        Ok(Receipts {
            message_id: id,
            has_more: end < total,
            receipts,
            total,
        })
    }
}

fn receipt(row: &QueryResult, place: MessagePlace) -> Result<Receipt, StoreError> {
    let hidden: bool = column(row, "hidden")?;
    let blocked: bool = column(row, "blocked")?;
    let reached = |name, cap| -> Result<bool, StoreError> {
        let cap = column::<Option<i64>>(row, cap)?.map(|cap| u64::try_from(cap).unwrap_or(0));
        let cursor = counter(row, name)?;
        let shown = cap.map_or(cursor, |cap| cursor.min(cap));
        Ok(!hidden && !blocked && shown >= place.sequence_number)
    };
    let read = reached("last_read_sequence", "read_cap")?;
    let shows_read = column::<bool>(row, "shared")? && !blocked;
    Ok(Receipt {
        user_id: UserId(column(row, "user_id")?),
        delivered: reached("last_delivered_sequence", "delivered_cap")?,
        read: shows_read.then_some(read),
    })
}
