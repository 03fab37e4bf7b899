//! Signed prekeys: at most one active per device; replaced ones stay fetchable for a while.

use std::time::Duration;

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult};
use sentinal_entity::signed_prekeys;
use sentinal_protocol::api::keys::{SignedPrekey, SignedPrekeyBody};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};
use uuid::Uuid;

use super::identity::active_identity;
use super::{
    Identity, KeyOutcome, KeyRefusal, KeyTable, LockedDevice, SignatureCheck, Stored, canonical,
    key_id_from, lock_device, lock_device_of_key, settle,
};
use crate::connection::Transaction;
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::{Store, StoreError};

/// How long a replaced signed prekey can still be fetched by its `key_id`.
pub(super) const REPLACED_KEPT: Duration = Duration::from_hours(30 * 24);

/// Replaced signed prekeys kept per device, at most: 30 days of a rotation every 45 minutes.
const REPLACED_MAX: i64 = 1_000;

const COLUMNS: &str = "s.id, s.key_id, s.public_key, s.signature, s.is_active, s.created_at, \
     d.user_id, d.device_id";

fn signed_prekey_from_row(row: &QueryResult) -> Result<SignedPrekey, StoreError> {
    Ok(SignedPrekey {
        id: column(row, "id")?,
        user_id: UserId(column(row, "user_id")?),
        device_id: column(row, "device_id")?,
        key_id: key_id_from(column(row, "key_id")?)?,
        public_key: Base64(column(row, "public_key")?),
        signature: Base64(column(row, "signature")?),
        is_active: column(row, "is_active")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

/// Stores a signed prekey of a locked device and makes it the active one; [`settle`] must follow.
///
/// A key that the device already had is not stored again; a replaced one does not come back to
/// life by a late retry, unless the device has none that is active.
pub(super) async fn put_signed_prekey(
    tx: &Transaction,
    device: &LockedDevice,
    key: &SignedPrekeyBody,
    check: SignatureCheck,
    now: Timestamp,
) -> Result<KeyOutcome<SignedPrekey>, StoreError> {
    let backend = tx.get_database_backend();
    let Some(identity) = active_identity(tx, device.id).await? else {
        return Ok(Err(KeyRefusal::NoIdentityKey));
    };
    let text = format!(
        "SELECT {COLUMNS} FROM signed_prekeys s JOIN devices d ON d.id = s.device_id \
         WHERE s.device_id = $1 AND s.key_id = $2"
    );
    let values = [device.id.0.into(), i64::from(key.key_id).into()];
    let row = tx.query_one_raw(sql(backend, text, values)).await?;
    if let Some(known) = row.as_ref().map(signed_prekey_from_row).transpose()? {
        return put_known(tx, device, known, key, check, &identity.public_key).await;
    }
    if !check(canonical(&identity.public_key.0), key) {
        return Ok(Err(KeyRefusal::InvalidSignature));
    }
    let text = "UPDATE signed_prekeys SET is_active = FALSE, replaced_at = $2 \
                WHERE device_id = $1 AND is_active";
    tx.execute_raw(sql(backend, text, [device.id.0.into(), now.0.into()]))
        .await?;
    // Those kept too long, and the oldest of too many.
    let text = "DELETE FROM signed_prekeys WHERE device_id = $1 AND NOT is_active AND \
                (replaced_at < $2 OR id IN (SELECT id FROM signed_prekeys \
                 WHERE device_id = $1 AND NOT is_active ORDER BY created_at DESC \
                 LIMIT $3 OFFSET $4))";
    let values = [
        device.id.0.into(),
        now.minus(REPLACED_KEPT).0.into(),
        i64::MAX.into(),
        REPLACED_MAX.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let id = new_uuid(now);
    signed_prekeys::Entity::insert(signed_prekeys::ActiveModel {
        id: Set(id),
        device_id: Set(device.id.0),
        key_id: Set(i64::from(key.key_id)),
        public_key: Set(key.public_key.0.clone()),
        signature: Set(key.signature.0.clone()),
        is_active: Set(true),
        created_at: Set(now.0),
        replaced_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(Ok(Stored::Created(SignedPrekey {
        id,
        user_id: device.user_id,
        device_id: device.device_id.clone(),
        key_id: key.key_id,
        public_key: key.public_key.clone(),
        signature: key.signature.clone(),
        is_active: true,
        created_at: now,
    })))
}

/// Forgets a signed prekey of this id if it is another key or not in use any more, so that this one
/// can become the active one: a client that was restored from a backup counts from the start again.
pub(super) async fn forget_signed_prekey(
    tx: &Transaction,
    device: DeviceId,
    key: &SignedPrekeyBody,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT id, public_key, is_active FROM signed_prekeys \
                WHERE device_id = $1 AND key_id = $2";
    let values = [device.0.into(), i64::from(key.key_id).into()];
    let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
        return Ok(());
    };
    let known: Vec<u8> = column(&row, "public_key")?;
    if column(&row, "is_active")? && canonical(&known) == canonical(&key.public_key.0) {
        return Ok(());
    }
    let id: Uuid = column(&row, "id")?;
    let text = "DELETE FROM signed_prekeys WHERE id = $1";
    tx.execute_raw(sql(backend, text, [id.into()])).await?;
    Ok(())
}

/// The device already has a signed prekey with this id.
async fn put_known(
    tx: &Transaction,
    device: &LockedDevice,
    mut known: SignedPrekey,
    key: &SignedPrekeyBody,
    check: SignatureCheck,
    identity: &Base64,
) -> Result<KeyOutcome<SignedPrekey>, StoreError> {
    let backend = tx.get_database_backend();
    if canonical(&known.public_key.0) != canonical(&key.public_key.0) {
        return Ok(Err(KeyRefusal::KeyIdConflict(vec![key.key_id])));
    }
    // XEdDSA signatures are randomised: the same key may come back signed anew.
    if known.signature != key.signature {
        if !check(canonical(&identity.0), key) {
            return Ok(Err(KeyRefusal::InvalidSignature));
        }
        let text = "UPDATE signed_prekeys SET public_key = $2, signature = $3 WHERE id = $1";
        let values = [
            known.id.into(),
            key.public_key.0.clone().into(),
            key.signature.0.clone().into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        known.public_key = key.public_key.clone();
        known.signature = key.signature.clone();
    }
    if !known.is_active {
        let text = "UPDATE signed_prekeys SET is_active = TRUE, replaced_at = NULL WHERE id = $1 \
                    AND NOT EXISTS (SELECT 1 FROM signed_prekeys \
                                    WHERE device_id = $2 AND is_active)";
        let values = [known.id.into(), device.id.0.into()];
        let updated = tx.execute_raw(sql(backend, text, values)).await?;
        known.is_active = updated.rows_affected() > 0;
    }
    Ok(Ok(Stored::Unchanged(known)))
}

impl Store {
    /// Stores a signed prekey of a user's device and makes it the active one in place of the
    /// present one. `check` is asked with the device's active identity key.
    pub async fn put_signed_prekey(
        &self,
        user_id: UserId,
        device: DeviceId,
        key: &SignedPrekeyBody,
        check: SignatureCheck,
        now: Timestamp,
    ) -> Result<(KeyOutcome<SignedPrekey>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok((Err(KeyRefusal::NoDevice), Vec::new()));
        };
        let outcome = put_signed_prekey(&tx, &device, key, check, now).await?;
        if outcome.is_err() {
            return Ok((outcome, Vec::new()));
        }
        let committed = settle(&tx, &device, Identity::Same, now).await?;
        tx.commit().await?;
        Ok((outcome, committed))
    }

    /// A device's signed prekey: the active one, or that of a `key_id` if it was not replaced too
    /// long ago.
    pub async fn find_signed_prekey(
        &self,
        device: DeviceId,
        key_id: Option<u32>,
        now: Timestamp,
    ) -> Result<Option<SignedPrekey>, StoreError> {
        let mut values = vec![device.0.into()];
        let condition = match key_id {
            None => "s.is_active",
            Some(key_id) => {
                values.push(i64::from(key_id).into());
                values.push(now.minus(REPLACED_KEPT).0.into());
                "s.key_id = $2 AND (s.is_active OR s.replaced_at >= $3)"
            }
        };
        let text = format!(
            "SELECT {COLUMNS} FROM signed_prekeys s JOIN devices d ON d.id = s.device_id \
             WHERE s.device_id = $1 AND d.removed_at IS NULL AND {condition}"
        );
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.as_ref().map(signed_prekey_from_row).transpose()
    }

    /// Takes a signed prekey of the user out of use; if it was the active one, its device leaves
    /// the roster. Again: nothing changes. `None`: the user has no such key.
    pub async fn deactivate_signed_prekey(
        &self,
        user_id: UserId,
        key: Uuid,
        now: Timestamp,
    ) -> Result<(Option<SignedPrekey>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let locked = lock_device_of_key(&tx, user_id, KeyTable::SignedPrekey, key).await?;
        let Some(device) = locked else {
            return Ok((None, Vec::new()));
        };
        let text = "UPDATE signed_prekeys SET is_active = FALSE, replaced_at = $2 \
                    WHERE id = $1 AND is_active";
        tx.execute_raw(sql(self.backend(), text, [key.into(), now.0.into()]))
            .await?;
        let text = format!(
            "SELECT {COLUMNS} FROM signed_prekeys s JOIN devices d ON d.id = s.device_id \
             WHERE s.id = $1"
        );
        let row = tx
            .query_one_raw(sql(self.backend(), text, [key.into()]))
            .await?;
        let prekey = row.as_ref().map(signed_prekey_from_row).transpose()?;
        let committed = settle(&tx, &device, Identity::Same, now).await?;
        tx.commit().await?;
        Ok((prekey, committed))
    }
}
