//! What became of one message at those who could see it.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::receipts::{Receipt, Receipts};
use sentinal_protocol::{MessageId, UserId};

use crate::dialect::{column, counter, signed, sql};
use crate::messages::MessagePlace;
use crate::receipts::{shown_delivered, shown_read};
use crate::{Store, StoreError};

impl Store {
    /// A page of a message's receipts: present participants who could see it, its sender excepted, by
    /// id. Whom a block hides it from has got nothing.
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
        let backend = self.backend();
        let text = format!(
            "SELECT p.user_id, COALESCE(m.hidden_from = p.user_id, FALSE) AS hidden, \
             {} AS read_to, {} AS delivered_to \
             FROM (SELECT p.* {which} ORDER BY p.user_id LIMIT $4 OFFSET $5) p \
             JOIN messages m ON m.conversation_id = $1 AND m.sequence_number = $6 \
             JOIN conversations c ON c.id = $1 ORDER BY p.user_id",
            shown_read(backend, "$2"),
            shown_delivered(backend, "$2"),
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
    let reached = |name| -> Result<Option<bool>, StoreError> {
        let cursor = column::<Option<i64>>(row, name)?;
        let number = signed(place.sequence_number);
        Ok(cursor.map(|cursor| !hidden && cursor >= number))
    };
    Ok(Receipt {
        user_id: UserId(column(row, "user_id")?),
        delivered: reached("delivered_to")?.unwrap_or(false),
        read: reached("read_to")?,
    })
}
