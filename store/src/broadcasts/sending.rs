//! What sending to a list needs: the conversations that exist already, and the answer kept for a
//! retry.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{ConversationId, DeviceId, Timestamp, UserId};

use crate::conversations::dm_key;
use crate::dialect::{column, placeholders, sql};
use crate::idempotency::REMEMBERED;
use crate::{Store, StoreError};

/// Status under which answers are kept; the column belongs to other requests as well.
const STATUS_OK: i64 = 200;

/// Direct conversations by so many keys.
fn by_keys(count: usize) -> String {
    let keys = placeholders(count, 1);
    format!("SELECT id, dm_key FROM conversations WHERE dm_key IN ({keys})")
}

/// The active devices of so many users.
fn devices_of(count: usize) -> String {
    format!(
        "SELECT user_id, id, device_id FROM devices \
         WHERE user_id IN ({}) AND removed_at IS NULL AND NOT dormant",
        placeholders(count, 1)
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
        let text = by_keys(by_key.len());
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
        let text = devices_of(users.len());
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
                    (user_id, idempotency_key, request_hash, status, answer, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (user_id, idempotency_key) DO NOTHING";
        let values = [
            user_id.0.into(),
            key.into(),
            request_hash.into(),
            STATUS_OK.into(),
            answer.into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn what_a_send_needs_is_found_without_walking_through_tables() {
        let keys = vec![vec![1_u8].into(), vec![2_u8].into()];
        let mut scans = table_scans(&by_keys(2), keys, &[]).await;
        let users = vec![Uuid::nil().into(), Uuid::max().into()];
        scans.extend(table_scans(&devices_of(2), users, &[]).await);
        assert_eq!(scans, Vec::<String>::new());
    }
}
