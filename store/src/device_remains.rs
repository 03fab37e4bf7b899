//! What was encrypted for a device that has been taken away or has become dormant.
//!
//! It may be millions of rows, so they go in rounds of bounded size instead of in the transaction
//! that takes the device out of a roster, in front of which everybody else's messages would wait. That
//! one only notes, per conversation, up to which message (table `device_remains`); whatever the device
//! gets after it has come back lies above that. A note is deleted with the last of its rows, so a process
//! that dies in between leaves the rest to the next one.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sentinal_protocol::{ConversationId, DeviceId, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::dialect::{READ_ROWS_MAX, column, for_update, signed, sql, with_rows};
use crate::{Store, StoreError};

/// Ciphertexts that are deleted in one round.
const ROWS: u64 = 1_000;
/// Conversations that are looked at in one round.
const CONVERSATIONS: u64 = 100;
/// Ciphertexts that are deleted when a device comes back before its rounds are over.
const ROWS_ON_RETURN: u64 = 5_000;

/// Finds what is noted; of `$1` alone, if it is a device.
const NOTED: &str = "SELECT device_id, conversation_id, up_to FROM device_remains";

/// Deletes what is noted for a device, a conversation and a number, up to `$4` rows and one. The last
/// of them is found first: as a list of numbers `PostgreSQL` compared it with each row of the device.
const DELETE_SOME: &str = "DELETE FROM message_ciphertexts \
     WHERE device_id = $1 AND conversation_id = $2 AND sequence_number <= COALESCE( \
     (SELECT sequence_number FROM message_ciphertexts \
      WHERE device_id = $1 AND conversation_id = $2 AND sequence_number <= $3 \
      ORDER BY sequence_number LIMIT 1 OFFSET $4), $3)";

/// Notes that what was encrypted for devices up to these messages is to be deleted. The heads of the
/// conversations must be locked.
pub(crate) async fn note_remains(
    tx: &Transaction,
    remains: &[(DeviceId, ConversationId, u64)],
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for chunk in remains.chunks(READ_ROWS_MAX) {
        let text = note_text(backend, chunk.len());
        let values = chunk
            .iter()
            .flat_map(|(device_id, conversation_id, up_to)| {
                [
                    device_id.0.into(),
                    conversation_id.0.into(),
                    signed(*up_to).into(),
                ]
            });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

/// Notes what there is of so many devices in conversations, up to a message each.
fn note_text(backend: DbBackend, rows: usize) -> String {
    let columns = [
        ("device_id", "uuid"),
        ("conversation_id", "uuid"),
        ("up_to", "int8"),
    ];
    format!(
        "INSERT INTO device_remains (device_id, conversation_id, up_to) {} \
         SELECT v.device_id, v.conversation_id, v.up_to FROM v \
         WHERE EXISTS (SELECT 1 FROM message_ciphertexts m \
             WHERE m.conversation_id = v.conversation_id AND m.device_id = v.device_id) \
         ON CONFLICT (device_id, conversation_id) DO UPDATE SET up_to = excluded.up_to",
        with_rows(backend, &columns, rows, 1)
    )
}

/// Notes the same for the conversations that the device's user has left: nothing more is encrypted
/// for it there, so no head needs to be locked.
pub(crate) async fn note_left_remains(
    tx: &Transaction,
    user_id: UserId,
    device_id: DeviceId,
) -> Result<(), StoreError> {
    let text = "INSERT INTO device_remains (device_id, conversation_id, up_to) \
                SELECT d.id, h.conversation_id, h.last_sequence FROM participants p \
                JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                JOIN devices d ON d.id = $2 \
                WHERE p.user_id = $1 AND p.left_revision IS NOT NULL \
                AND EXISTS (SELECT 1 FROM message_ciphertexts m \
                    WHERE m.conversation_id = p.conversation_id AND m.device_id = $2) \
                ON CONFLICT (device_id, conversation_id) DO UPDATE SET up_to = excluded.up_to";
    let values = [user_id.0.into(), device_id.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Deletes what is left for a device that comes back. If that is much, it must come back later: the
/// rounds go on meanwhile.
pub(crate) async fn erase_remains_of(
    tx: &Transaction,
    device_id: DeviceId,
) -> Result<(), StoreError> {
    if erase(tx, Some(device_id), ROWS_ON_RETURN).await? == Left::Nothing {
        return Ok(());
    }
    let why = "the device has not been cleared yet";
    Err(StoreError::Contended(DbErr::Custom(why.to_owned())))
}

/// Deletes what was encrypted for a device; one range per conversation.
pub(crate) async fn drop_ciphertexts(
    tx: &Transaction,
    user_id: UserId,
    device_id: DeviceId,
) -> Result<(), StoreError> {
    let text = "DELETE FROM message_ciphertexts WHERE device_id = $2 AND conversation_id IN \
                (SELECT conversation_id FROM participants WHERE user_id = $1)";
    let values = [user_id.0.into(), device_id.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Deletes up to so many ciphertexts of a device in one conversation and answers how many there were.
pub(crate) async fn drop_some_ciphertexts(
    tx: &Transaction,
    (device_id, conversation_id): (DeviceId, ConversationId),
    rows: u64,
) -> Result<u64, StoreError> {
    let values = [
        device_id.0.into(),
        conversation_id.0.into(),
        i64::MAX.into(),
        signed(rows.saturating_sub(1)).into(),
    ];
    let deleted = tx
        .execute_raw(sql(tx.get_database_backend(), DELETE_SOME, values))
        .await?;
    Ok(deleted.rows_affected())
}

/// Whether there is more to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    Something,
}

impl Store {
    /// One round of deleting what was encrypted for devices that have been taken away; whether there
    /// may be more.
    pub async fn erase_device_remains(&self) -> Result<bool, StoreError> {
        // Nearly always there is nothing: no writer has to wait for that.
        let text = format!("{NOTED} LIMIT 1");
        let found = self.read().query_one_raw(sql(self.backend(), text, []));
        if found.await?.is_none() {
            return Ok(false);
        }
        let tx = self.begin().await?;
        let left = erase(&tx, None, ROWS).await?;
        tx.commit().await?;
        Ok(left == Left::Something)
    }
}

/// Deletes up to so many rows.
async fn erase(
    tx: &Transaction,
    device_id: Option<DeviceId>,
    rows: u64,
) -> Result<Left, StoreError> {
    let backend = tx.get_database_backend();
    let (condition, limit) = match device_id {
        Some(_) => (" WHERE device_id = $1", String::new()),
        None => ("", format!(" LIMIT {CONVERSATIONS}")),
    };
    // The lock keeps rounds of two processes apart.
    let lock = for_update(backend);
    let text = format!("{NOTED}{condition} ORDER BY device_id, conversation_id{limit}{lock}");
    let values = device_id.map(|id| id.0.into());
    let noted = tx.query_all_raw(sql(backend, text, values)).await?;
    let mut budget = rows;
    for row in &noted {
        let device: Uuid = column(row, "device_id")?;
        let conversation: Uuid = column(row, "conversation_id")?;
        let up_to: i64 = column(row, "up_to")?;
        let values = [
            device.into(),
            conversation.into(),
            up_to.into(),
            signed(budget - 1).into(),
        ];
        let deleted = tx.execute_raw(sql(backend, DELETE_SOME, values)).await?;
        budget = budget.saturating_sub(deleted.rows_affected());
        if budget == 0 {
            return Ok(Left::Something);
        }
        let text = "DELETE FROM device_remains WHERE device_id = $1 AND conversation_id = $2";
        let values = [device.into(), conversation.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    if device_id.is_none() && noted.len() as u64 == CONVERSATIONS {
        return Ok(Left::Something);
    }
    Ok(Left::Nothing)
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new("remains: note", READ_ROWS_MAX, note_text)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn what_is_left_of_a_device_is_found_by_its_key() {
        let id = || Uuid::nil().into();
        let values = vec![id(), id(), 1_i64.into(), 1_i64.into()];
        let scans = table_scans(DELETE_SOME, values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
        let text = format!("{NOTED} WHERE device_id = $1");
        let scans = table_scans(&text, vec![id()], &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
