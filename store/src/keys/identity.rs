//! Identity keys: at most one active per device.
//!
//! Beside the active one only its direct predecessor is kept, deactivated or marked deleted: it is
//! what tells whether the next upload is the same identity coming back or another one, which those
//! who write to the user must be told (`identity:changed`), also when the old key was deactivated or
//! deleted first.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult};
use sentinal_entity::identity_keys;
use sentinal_protocol::api::keys::IdentityKey;
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};
use uuid::Uuid;

use super::{
    Identity, KeyOutcome, KeyRefusal, KeyTable, LockedDevice, Stored, canonical, delete_prekeys,
    lock_device, lock_device_of_key, settle,
};
use crate::connection::Transaction;
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::{Store, StoreError};

const COLUMNS: &str = "i.id, i.public_key, i.is_active, i.created_at, d.user_id, d.device_id";

fn identity_from_row(row: &QueryResult) -> Result<IdentityKey, StoreError> {
    Ok(IdentityKey {
        id: column(row, "id")?,
        user_id: UserId(column(row, "user_id")?),
        device_id: column(row, "device_id")?,
        public_key: Base64(column(row, "public_key")?),
        is_active: column(row, "is_active")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

/// The active identity key of a locked device.
pub(super) async fn active_identity(
    tx: &Transaction,
    device: DeviceId,
) -> Result<Option<IdentityKey>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM identity_keys i JOIN devices d ON d.id = i.device_id \
         WHERE i.device_id = $1 AND i.is_active"
    );
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, [device.0.into()]))
        .await?;
    row.as_ref().map(identity_from_row).transpose()
}

/// Makes `public_key` the active identity of a locked device; [`settle`] must follow. Another key
/// than before takes the prekeys with it, and in the rounds that follow what was encrypted for the
/// device.
pub(super) async fn put_identity(
    tx: &Transaction,
    device: &LockedDevice,
    public_key: &Base64,
    now: Timestamp,
) -> Result<(Stored<IdentityKey>, Identity), StoreError> {
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT {COLUMNS}, i.canonical_key, i.deleted_at FROM identity_keys i \
         JOIN devices d ON d.id = i.device_id \
         WHERE i.device_id = $1 ORDER BY i.is_active DESC, i.created_at DESC LIMIT 1"
    );
    let last = tx
        .query_one_raw(sql(backend, text, [device.id.0.into()]))
        .await?;
    let mut identity = Identity::Same;
    if let Some(row) = &last {
        let mut last = identity_from_row(row)?;
        let last_canonical: Vec<u8> = column(row, "canonical_key")?;
        let deleted_at: Option<i64> = column(row, "deleted_at")?;
        if last_canonical != canonical(&public_key.0) {
            identity = Identity::Changed;
        } else if deleted_at.is_none() {
            if !last.is_active {
                let text = "UPDATE identity_keys SET is_active = TRUE WHERE id = $1";
                tx.execute_raw(sql(backend, text, [last.id.into()])).await?;
                last.is_active = true;
            }
            return Ok((Stored::Unchanged(last), Identity::Same));
        }
        let text = "UPDATE identity_keys SET is_active = FALSE WHERE id = $1";
        tx.execute_raw(sql(backend, text, [last.id.into()])).await?;
        delete_others(tx, device.id, last.id).await?;
    }
    if identity == Identity::Changed {
        delete_prekeys(tx, device.id).await?;
    }
    let id = new_uuid(now);
    identity_keys::Entity::insert(identity_keys::ActiveModel {
        id: Set(id),
        device_id: Set(device.id.0),
        public_key: Set(public_key.0.clone()),
        canonical_key: Set(canonical(&public_key.0).to_vec()),
        is_active: Set(true),
        created_at: Set(now.0),
        deleted_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    let key = IdentityKey {
        id,
        user_id: device.user_id,
        device_id: device.device_id.clone(),
        public_key: public_key.clone(),
        is_active: true,
        created_at: now,
    };
    Ok((Stored::Created(key), identity))
}

/// Deletes all identities of a device but this one, so that "the one before" is never in doubt.
async fn delete_others(tx: &Transaction, device: DeviceId, kept: Uuid) -> Result<(), StoreError> {
    let text = "DELETE FROM identity_keys WHERE device_id = $1 AND id <> $2";
    let values = [device.0.into(), kept.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Takes all keys of a device that is going away, in the transaction that takes the device: nobody
/// gets them any more. Should it come back, its next identity is still told from this one.
pub(crate) async fn drop_keys(
    tx: &Transaction,
    device: DeviceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(active) = active_identity(tx, device).await? {
        delete_others(tx, device, active.id).await?;
    }
    let text = "UPDATE identity_keys SET is_active = FALSE, deleted_at = $2 \
                WHERE device_id = $1 AND deleted_at IS NULL";
    let values = [device.0.into(), now.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    delete_prekeys(tx, device).await
}

impl Store {
    /// Makes `public_key` the identity of a user's device. The same key again changes nothing
    /// (or makes it active again); another one is a rotation.
    pub async fn put_identity_key(
        &self,
        user_id: UserId,
        device: DeviceId,
        public_key: &Base64,
        now: Timestamp,
    ) -> Result<(KeyOutcome<IdentityKey>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok((Err(KeyRefusal::NoDevice), Vec::new()));
        };
        let (stored, identity) = put_identity(&tx, &device, public_key, now).await?;
        let committed = settle(&tx, &device, identity, now).await?;
        tx.commit().await?;
        Ok((Ok(stored), committed))
    }

    /// The active identity key of a device.
    pub async fn find_identity_key(
        &self,
        device: DeviceId,
    ) -> Result<Option<IdentityKey>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM identity_keys i JOIN devices d ON d.id = i.device_id \
             WHERE i.device_id = $1 AND i.is_active AND d.removed_at IS NULL"
        );
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [device.0.into()]))
            .await?;
        row.as_ref().map(identity_from_row).transpose()
    }

    /// Takes an identity key of the user out of use; its device leaves the roster. Again: nothing
    /// changes. `None`: the user has no such key.
    pub async fn deactivate_identity_key(
        &self,
        user_id: UserId,
        key: Uuid,
        now: Timestamp,
    ) -> Result<(Option<IdentityKey>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device_of_key(&tx, user_id, KeyTable::Identity, key).await? else {
            return Ok((None, Vec::new()));
        };
        let text = format!(
            "SELECT {COLUMNS} FROM identity_keys i JOIN devices d ON d.id = i.device_id \
             WHERE i.id = $1 AND i.deleted_at IS NULL"
        );
        let row = tx
            .query_one_raw(sql(self.backend(), text, [key.into()]))
            .await?;
        let Some(mut identity) = row.as_ref().map(identity_from_row).transpose()? else {
            return Ok((None, Vec::new()));
        };
        if identity.is_active {
            let text = "UPDATE identity_keys SET is_active = FALSE WHERE id = $1";
            tx.execute_raw(sql(self.backend(), text, [key.into()]))
                .await?;
            delete_others(&tx, device.id, key).await?;
            identity.is_active = false;
        }
        let committed = settle(&tx, &device, Identity::Same, now).await?;
        tx.commit().await?;
        Ok((Some(identity), committed))
    }

    /// Deletes an identity key of the user, with the prekeys that belong to it if it is the active
    /// one; its device leaves the roster. Answers whether the user had such a key.
    pub async fn delete_identity_key(
        &self,
        user_id: UserId,
        key: Uuid,
        now: Timestamp,
    ) -> Result<(bool, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device_of_key(&tx, user_id, KeyTable::Identity, key).await? else {
            return Ok((false, Vec::new()));
        };
        let active = active_identity(&tx, device.id).await?;
        if active.is_some_and(|active| active.id == key) {
            delete_prekeys(&tx, device.id).await?;
            delete_others(&tx, device.id, key).await?;
        }
        let text = "UPDATE identity_keys SET is_active = FALSE, deleted_at = $2 \
                    WHERE id = $1 AND deleted_at IS NULL";
        let deleted = tx
            .execute_raw(sql(self.backend(), text, [key.into(), now.0.into()]))
            .await?
            .rows_affected();
        let committed = settle(&tx, &device, Identity::Same, now).await?;
        tx.commit().await?;
        Ok((deleted > 0, committed))
    }
}
