//! Cursors: up to which revision a device has acknowledged each conversation, and from where on it
//! reads.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{ConversationId, DeviceId, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql, unsigned, values_rows};
use crate::log::VARIABLES_MAX;
use crate::{Store, StoreError};

/// Who reads a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The account.
    pub user_id: UserId,
    /// Its device.
    pub device_id: DeviceId,
}

/// Where a device stands in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The last revision that the device may see now.
    pub head: u64,
    /// The revision up to which it has acknowledged everything.
    pub cursor: u64,
    /// Nothing up to here is ever shown to it.
    pub start: u64,
    /// The conversation's receipt counter.
    pub receipt_version: u64,
    /// The receipt counter up to which the device was told.
    pub receipts_seen: u64,
}

impl Store {
    /// Where a device stands in each conversation that its user is in, and in those that the user
    /// left while the device still has something to hear of them. One indexed statement however
    /// many conversations there are.
    pub async fn list_standings(&self, reader: Reader) -> Result<Vec<Standing>, StoreError> {
        let text = "SELECT p.conversation_id, p.joined_revision, p.left_revision, h.revision, \
                    h.receipt_version, c.acked_revision, c.start_revision, \
                    c.receipt_version AS receipts_seen \
                    FROM participants p JOIN conversation_heads h \
                    ON h.conversation_id = p.conversation_id \
                    JOIN devices d ON d.id = $2 \
                    LEFT JOIN device_cursors c ON c.device_id = $2 \
                    AND c.conversation_id = p.conversation_id \
                    WHERE p.user_id = $1 AND (p.left_revision IS NULL \
                    OR c.acked_revision < p.left_revision \
                    OR (c.acked_revision IS NULL AND p.left_at > d.created_at))";
        let values = [reader.user_id.0.into(), reader.device_id.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| {
                let joined = counter(row, "joined_revision")?;
                let left = column::<Option<i64>>(row, "left_revision")?;
                let left = left.map(unsigned).transpose()?;
                let acked = column::<Option<i64>>(row, "acked_revision")?;
                let acked = acked.map(unsigned).transpose()?;
                let start = column::<Option<i64>>(row, "start_revision")?;
                let start = start.map(unsigned).transpose()?;
                let seen = column::<Option<i64>>(row, "receipts_seen")?;
                Ok(Standing {
                    conversation_id: ConversationId(column(row, "conversation_id")?),
                    head: left.unwrap_or(counter(row, "revision")?),
                    cursor: acked.unwrap_or(joined.saturating_sub(1)),
                    start: start.unwrap_or(joined.saturating_sub(1)),
                    receipt_version: counter(row, "receipt_version")?,
                    receipts_seen: seen.map(unsigned).transpose()?.unwrap_or(0),
                })
            })
            .collect()
    }
}

/// Puts a device's cursors at the heads of its user's present conversations. No head needs to be
/// locked: a revision that comes in beside this lies above the start and is delivered.
pub(crate) async fn start_at_present(
    tx: &Transaction,
    user_id: UserId,
    device_id: DeviceId,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let text = "DELETE FROM device_cursors WHERE device_id = $1";
    tx.execute_raw(sql(backend, text, [device_id.0.into()]))
        .await?;
    let text = "INSERT INTO device_cursors \
                (device_id, conversation_id, start_revision, acked_revision, receipt_version) \
                SELECT d.id, h.conversation_id, h.revision, h.revision, h.receipt_version \
                FROM participants p \
                JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                JOIN devices d ON d.id = $2 \
                WHERE p.user_id = $1 AND p.left_revision IS NULL";
    let values = [user_id.0.into(), device_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}

/// Makes the device begin at these revisions: what was encrypted for its former keys is gone.
pub(crate) async fn restart_at(
    tx: &Transaction,
    device: DeviceId,
    at: &[(ConversationId, u64)],
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for chunk in at.chunks(VARIABLES_MAX / 4) {
        let text = format!(
            "INSERT INTO device_cursors \
             (device_id, conversation_id, start_revision, acked_revision) VALUES {} \
             ON CONFLICT (device_id, conversation_id) DO UPDATE SET \
             start_revision = excluded.start_revision, acked_revision = excluded.acked_revision",
            values_rows(backend, &["uuid", "uuid", "int8", "int8"], chunk.len(), 1)
        );
        let values = chunk.iter().flat_map(|(conversation_id, revision)| {
            let revision = signed(*revision);
            [
                device.0.into(),
                conversation_id.0.into(),
                revision.into(),
                revision.into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}
