//! What sending to a list needs: the conversations that exist already, and the answer kept for a
//! retry.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{ConversationId, DeviceId, Timestamp, UserId};

use crate::conversations::dm_key;
use crate::dialect::{column, signed, sql, with_rows};
use crate::idempotency::REMEMBERED;
use crate::{Store, StoreError};

/// Status under which answers are kept; the column belongs to other requests as well.
const STATUS_OK: i64 = 200;

/// Direct conversations by so many keys.
fn by_keys(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT c.id, c.dm_key FROM v CROSS JOIN conversations c WHERE c.dm_key = v.dm_key",
        with_rows(backend, &[("dm_key", "bytea")], rows, 1)
    )
}

/// The active devices of so many users.
fn devices_of(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT d.user_id, d.id, d.device_id FROM v CROSS JOIN devices d \
         WHERE d.user_id = v.user_id AND d.removed_at IS NULL AND NOT d.dormant",
        with_rows(backend, &[("user_id", "uuid")], rows, 1)
    )
}

impl Store {
    /// The direct conversations that a user has with any of `others`, by the other one.
    pub async fn list_direct_conversations(
        &self,
        user_id: UserId,
        others: &[UserId],
    ) -> Result<HashMap<UserId, ConversationId>, StoreError> {
        if others.is_empty() {
            return Ok(HashMap::new());
        }
        let by_key: HashMap<Vec<u8>, UserId> = others
            .iter()
            .map(|other| (dm_key(user_id, *other), *other))
            .collect();
        // At most BROADCAST_RECIPIENTS_MAX: within one statement's variables.
        let text = by_keys(self.backend(), by_key.len());
        let values = by_key.keys().map(|key| key.clone().into());
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let key: Vec<u8> = column(row, "dm_key")?;
            if let Some(other) = by_key.get(&key) {
                found.insert(*other, ConversationId(column(row, "id")?));
            }
        }
        Ok(found)
    }

    /// The active devices of these users, by the names that senders give them.
    pub async fn list_device_names(
        &self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, DeviceName)>, StoreError> {
        let text = devices_of(self.backend(), users.len());
        let values = users.iter().map(|user| user.0.into());
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let mut names = Vec::with_capacity(rows.len());
        for row in &rows {
            let name = DeviceName {
                id: DeviceId(column(row, "id")?),
                device_id: column(row, "device_id")?,
            };
            names.push((UserId(column(row, "user_id")?), name));
        }
        Ok(names)
    }

    /// The hash and the answer of a request of this user under this key, within the last 24 hours.
    pub async fn find_broadcast_answer(
        &self,
        user_id: UserId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, String)>, StoreError> {
        let text = "SELECT request_hash, answer FROM idempotency_keys \
                    WHERE user_id = $1 AND idempotency_key = $2 AND created_at > $3";
        let since = now.minus(REMEMBERED);
        let values = [user_id.0.into(), key.into(), since.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| Ok((column(&row, "request_hash")?, column(&row, "answer")?)))
            .transpose()
    }

    /// Keeps an answer for retries of its request. One that is kept already stays.
    pub async fn keep_broadcast_answer(
        &self,
        user_id: UserId,
        key: &str,
        request_hash: &[u8],
        answer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "INSERT INTO idempotency_keys \
                    (user_id, idempotency_key, request_hash, status, answer, created_at, answer_bytes) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7) \
                    ON CONFLICT (user_id, idempotency_key) DO NOTHING";
        let values = [
            user_id.0.into(),
            key.into(),
            request_hash.into(),
            STATUS_OK.into(),
            answer.into(),
            now.0.into(),
            signed(answer.len() as u64).into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // The sender as well.
    let most = sentinal_protocol::limits::BROADCAST_RECIPIENTS_MAX + 1;
    vec![
        Batched::new("broadcasts: by keys", most, by_keys),
        Batched::new("broadcasts: devices", most, devices_of),
    ]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn what_a_send_needs_is_found_without_walking_through_tables() {
        let keys = vec![vec![1_u8].into(), vec![2_u8].into()];
        let mut scans = table_scans(&by_keys(DbBackend::Sqlite, 2), keys, &["v"]).await;
        let users = vec![Uuid::nil().into(), Uuid::max().into()];
        scans.extend(table_scans(&devices_of(DbBackend::Sqlite, 2), users, &["v"]).await);
        assert_eq!(scans, Vec::<String>::new());
    }
}
