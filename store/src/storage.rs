//! What is kept of a user, in bytes. Messages are not a part of it: they belong to conversations.

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::UserId;

use crate::dialect::{counter, signed, sql};
use crate::{Store, StoreError};

/// What may be kept of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageQuota {
    /// In all, bytes.
    pub bytes_max: u64,
    /// What each file counts at least, bytes.
    pub counted_min: u64,
}

/// What is kept of a user, by kind, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageUse {
    /// Announced and complete files, each at least as much as one counts.
    pub files: u64,
    /// The encrypted backup of keys.
    pub key_backup: u64,
    /// Push tokens of all devices.
    pub push_tokens: u64,
    /// Answers kept under idempotency keys.
    pub kept_answers: u64,
}

impl StorageUse {
    /// All of it.
    pub fn total(&self) -> u64 {
        [
            self.files,
            self.key_backup,
            self.push_tokens,
            self.kept_answers,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

/// What is kept of the user `$1`, each file counted with `$2` bytes at least.
const USED: &str = "SELECT \
     (SELECT CAST(COALESCE(SUM(CASE WHEN file_size < $2 THEN $2 ELSE file_size END), 0) AS BIGINT) \
     FROM uploads WHERE uploader_id = $1 \
     AND status IN ('PENDING', 'IN_PROGRESS', 'COMPLETED')) AS files, \
     (SELECT CAST(COALESCE(SUM(OCTET_LENGTH(backup_data) + OCTET_LENGTH(nonce) \
     + OCTET_LENGTH(salt)), 0) AS BIGINT) FROM key_backups WHERE user_id = $1) AS key_backup, \
     (SELECT CAST(COALESCE(SUM(OCTET_LENGTH(token)), 0) AS BIGINT) FROM push_tokens \
     WHERE user_id = $1) AS push_tokens, \
     (SELECT CAST(COALESCE(SUM(answer_bytes), 0) AS BIGINT) FROM idempotency_keys \
     WHERE user_id = $1) AS kept_answers";

/// What is kept of a user.
pub(crate) async fn find_use<C: ConnectionTrait>(
    connection: &C,
    user_id: UserId,
    counted_min: u64,
) -> Result<StorageUse, StoreError> {
    let values: [Value; 2] = [user_id.0.into(), signed(counted_min).into()];
    let row = connection
        .query_one_raw(sql(connection.get_database_backend(), USED, values))
        .await?
        .ok_or(StoreError::Corrupt("no answer to SUM"))?;
    Ok(StorageUse {
        files: counter(&row, "files")?,
        key_backup: counter(&row, "key_backup")?,
        push_tokens: counter(&row, "push_tokens")?,
        kept_answers: counter(&row, "kept_answers")?,
    })
}

impl Store {
    /// What is kept of a user, files counted as the quota says.
    pub async fn find_storage_use(
        &self,
        user_id: UserId,
        quota: StorageQuota,
    ) -> Result<StorageUse, StoreError> {
        find_use(self.read(), user_id, quota.counted_min).await
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn what_is_kept_of_a_user_is_found_without_walking_through_everybodys() {
        let values = vec![Uuid::nil().into(), 1_i64.into()];
        let scans = table_scans(USED, values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
