//! The encrypted backup of a user's keys: one opaque blob.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::pq_keys::{KeyBackup, StoreBackupRequest};
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};

use super::{KeyOutcome, KeyRefusal, Stored, lock_device};
use crate::dialect::{column, sql};
use crate::storage::StorageQuota;
use crate::storage::find_use;
use crate::{Store, StoreError};

const SELECT: &str = "SELECT d.device_id, b.backup_data, b.nonce, b.salt, b.updated_at \
     FROM key_backups b LEFT JOIN devices d ON d.id = b.device_id AND d.removed_at IS NULL \
     WHERE b.user_id = $1";

fn backup(row: &QueryResult) -> Result<KeyBackup, StoreError> {
    Ok(KeyBackup {
        device_id: column(row, "device_id")?,
        backup_data: Base64(column(row, "backup_data")?),
        nonce: Base64(column(row, "nonce")?),
        salt: Base64(column(row, "salt")?),
        updated_at: Timestamp(column(row, "updated_at")?),
    })
}

impl Store {
    /// Keeps a backup in place of the user's earlier one, if there is room for it. The same one again
    /// changes nothing.
    pub async fn put_key_backup(
        &self,
        user_id: UserId,
        device: DeviceId,
        new: &StoreBackupRequest,
        quota: StorageQuota,
        now: Timestamp,
    ) -> Result<KeyOutcome<KeyBackup>, StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok(Err(KeyRefusal::NoDevice));
        };
        let row = tx
            .query_one_raw(sql(self.backend(), SELECT, [user_id.0.into()]))
            .await?;
        if let Some(known) = row.as_ref().map(backup).transpose()?
            && known.backup_data == new.backup_data
            && known.nonce == new.nonce
            && known.salt == new.salt
        {
            return Ok(Ok(Stored::Unchanged(known)));
        }
        let used = find_use(&tx, user_id, quota.counted_min).await?;
        let others = used.total() - used.key_backup;
        let bytes = new.backup_data.len() + new.nonce.len() + new.salt.len();
        if others.saturating_add(bytes as u64) > quota.bytes_max {
            return Ok(Err(KeyRefusal::NoRoom));
        }
        let text = "INSERT INTO key_backups \
                    (user_id, device_id, backup_data, nonce, salt, updated_at) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET \
                    device_id = excluded.device_id, backup_data = excluded.backup_data, \
                    nonce = excluded.nonce, salt = excluded.salt, \
                    updated_at = excluded.updated_at";
        let values = [
            user_id.0.into(),
            device.id.0.into(),
            new.backup_data.0.clone().into(),
            new.nonce.0.clone().into(),
            new.salt.0.clone().into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(Ok(Stored::Created(KeyBackup {
            device_id: Some(device.device_id),
            backup_data: new.backup_data.clone(),
            nonce: new.nonce.clone(),
            salt: new.salt.clone(),
            updated_at: now,
        })))
    }

    /// A user's backup.
    pub async fn find_key_backup(&self, user_id: UserId) -> Result<Option<KeyBackup>, StoreError> {
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), SELECT, [user_id.0.into()]))
            .await?;
        row.as_ref().map(backup).transpose()
    }
}
