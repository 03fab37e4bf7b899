//! Post-quantum prekeys: handed out like one-time prekeys, each at most once; when none is left, the
//! device's last-resort key, as often as it takes.
//!
//! Keys are told apart by their fingerprints, so that nothing compares or remembers 1.5 KiB a key.

use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, QueryResult};
use sentinal_entity::{pq_prekeys, taken_prekeys};
use sentinal_protocol::api::pq_keys::{PqPrekey, UploadedPqPrekeys};
use sentinal_protocol::limits::PREKEYS_STORED_MAX;
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};

use super::identity::active_identity;
use super::one_time_prekeys::choose;
use super::{
    KeyOutcome, KeyRefusal, LockedDevice, Stored, canonical, key_id_from, list_taken, lock_device,
};
use crate::connection::Transaction;
use crate::dialect::{column, counter, sql};
use crate::{Store, StoreError};

/// A post-quantum prekey to store.
#[derive(Clone, Debug)]
pub struct NewPqPrekey {
    /// As it was uploaded.
    pub key: PqPrekey,
    /// SHA-256 of the key without a type byte.
    pub fingerprint: Vec<u8>,
}

/// The post-quantum prekeys of an upload.
#[derive(Clone, Debug)]
pub struct NewPqPrekeys {
    /// Each handed out at most once.
    pub one_time: Vec<NewPqPrekey>,
    /// Handed out when none of these is left, in place of the one from before.
    pub last_resort: Option<NewPqPrekey>,
}

/// Whether a post-quantum prekey may be stored under the identity key whose canonical bytes are
/// given.
pub type PqSignatureCheck = fn(identity: &[u8], prekey: &PqPrekey) -> bool;

/// What a device has.
struct Present {
    /// Ids and fingerprints, the last-resort key's included.
    named: Vec<(u32, Vec<u8>)>,
    /// Id and fingerprint of the last-resort key.
    last_resort: Option<(u32, Vec<u8>)>,
    /// The place of the newest.
    position: i64,
}

impl Present {
    async fn read(tx: &Transaction, device: DeviceId) -> Result<Self, StoreError> {
        let text = "SELECT position, key_id, fingerprint, last_resort FROM pq_prekeys \
                    WHERE device_id = $1";
        let values = [device.0.into()];
        let rows = tx
            .query_all_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        let mut present = Self {
            named: Vec::with_capacity(rows.len()),
            last_resort: None,
            position: 0,
        };
        for row in &rows {
            let named: (u32, Vec<u8>) = (
                key_id_from(column(row, "key_id")?)?,
                column(row, "fingerprint")?,
            );
            if column(row, "last_resort")? {
                present.last_resort = Some(named.clone());
            }
            present.named.push(named);
            present.position = present.position.max(column(row, "position")?);
        }
        Ok(present)
    }

    fn one_time_count(&self) -> usize {
        self.named.len() - usize::from(self.last_resort.is_some())
    }
}

/// Stores post-quantum prekeys of a locked device, all or none.
pub(super) async fn put(
    tx: &Transaction,
    device: &LockedDevice,
    new: &NewPqPrekeys,
    check: PqSignatureCheck,
    now: Timestamp,
) -> Result<KeyOutcome<UploadedPqPrekeys>, StoreError> {
    let Some(identity) = active_identity(tx, device.id).await? else {
        return Ok(Err(KeyRefusal::NoIdentityKey));
    };
    let present = Present::read(tx, device.id).await?;
    let offered = new.one_time.iter().chain(&new.last_resort);
    let offered = offered.map(|new| new.fingerprint.clone());
    let taken = list_taken(tx, device.id, offered.collect()).await?;
    let named = |new: &NewPqPrekey| (new.key.key_id, new.fingerprint.clone());
    let new_last = new
        .last_resort
        .as_ref()
        .filter(|last| present.last_resort != Some(named(last)));
    let mut stored = present.named.clone();
    if let Some(last) = new_last {
        let (key_id, fingerprint) = named(last);
        let is_known = |(id, key): &(u32, Vec<u8>)| *id == key_id || *key == fingerprint;
        let offered = new.one_time.iter().map(named);
        // A key is either handed out once or as often as it takes.
        if taken.contains(&fingerprint)
            || stored.iter().any(is_known)
            || offered.collect::<Vec<_>>().iter().any(is_known)
        {
            return Ok(Err(KeyRefusal::KeyIdConflict(vec![key_id])));
        }
        stored.push((key_id, fingerprint));
    }
    let chosen = match choose(&stored, &taken, &new.one_time, named) {
        Ok(chosen) => chosen,
        Err(key_ids) => return Ok(Err(KeyRefusal::KeyIdConflict(key_ids))),
    };
    let before = present.one_time_count();
    let count = before + chosen.len();
    if !chosen.is_empty() && count > PREKEYS_STORED_MAX {
        let stored = before as u64;
        return Ok(Err(KeyRefusal::TooMany { stored }));
    }
    let identity = canonical(&identity.public_key.0);
    if !chosen
        .iter()
        .copied()
        .chain(new_last)
        .all(|new| check(identity, &new.key))
    {
        return Ok(Err(KeyRefusal::InvalidSignature));
    }
    let uploaded = UploadedPqPrekeys {
        uploaded: (chosen.len() + usize::from(new_last.is_some())) as u64,
        count: count as u64,
        has_last_resort: new_last.is_some() || present.last_resort.is_some(),
    };
    if uploaded.uploaded == 0 {
        return Ok(Ok(Stored::Unchanged(uploaded)));
    }
    let text = "UPDATE devices SET pq_stored = TRUE WHERE id = $1 AND NOT pq_stored";
    tx.execute_raw(sql(tx.get_database_backend(), text, [device.id.0.into()]))
        .await?;
    if new_last.is_some() {
        let text = "DELETE FROM pq_prekeys WHERE device_id = $1 AND last_resort";
        let values = [device.id.0.into()];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
    }
    let one_time = chosen.into_iter().map(|new| (new, false));
    let rows = one_time
        .chain(new_last.map(|new| (new, true)))
        .zip(present.position + 1..)
        .map(|((new, last_resort), position)| pq_prekeys::ActiveModel {
            device_id: Set(device.id.0),
            position: Set(position),
            key_id: Set(i64::from(new.key.key_id)),
            public_key: Set(new.key.public_key.0.clone()),
            fingerprint: Set(new.fingerprint.clone()),
            signature: Set(new.key.signature.0.clone()),
            last_resort: Set(last_resort),
            created_at: Set(now.0),
        });
    pq_prekeys::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(Ok(Stored::Created(uploaded)))
}

pub(super) fn pq_prekey_from_row(row: &QueryResult) -> Result<PqPrekey, StoreError> {
    Ok(PqPrekey {
        key_id: key_id_from(column(row, "pq_key_id")?)?,
        public_key: Base64(column(row, "pq_key")?),
        signature: Base64(column(row, "pq_signature")?),
    })
}

/// Takes the oldest post-quantum prekey of a device, whose row this transaction holds, if there is
/// one beside the last-resort key.
pub(super) async fn pop_pq_prekey(
    tx: &Transaction,
    device: DeviceId,
    now: Timestamp,
) -> Result<Option<PqPrekey>, StoreError> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Postgres {
        " FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let text = format!(
        "DELETE FROM pq_prekeys WHERE device_id = $1 AND position = \
         (SELECT position FROM pq_prekeys WHERE device_id = $1 AND NOT last_resort \
          ORDER BY position LIMIT 1{lock}) \
         RETURNING key_id AS pq_key_id, public_key AS pq_key, signature AS pq_signature, \
         fingerprint"
    );
    let row = tx
        .query_one_raw(sql(backend, text, [device.0.into()]))
        .await?;
    let Some(row) = row else { return Ok(None) };
    taken_prekeys::Entity::insert(taken_prekeys::ActiveModel {
        device_id: Set(device.0),
        public_key: Set(column(&row, "fingerprint")?),
        taken_at: Set(now.0),
    })
    .exec_without_returning(tx)
    .await?;
    pq_prekey_from_row(&row).map(Some)
}

impl Store {
    /// Stores post-quantum prekeys of a user's device, all or none, behind those that it has.
    /// `check` is asked with the device's active identity key.
    pub async fn put_pq_prekeys(
        &self,
        user_id: UserId,
        device: DeviceId,
        new: &NewPqPrekeys,
        check: PqSignatureCheck,
        now: Timestamp,
    ) -> Result<KeyOutcome<UploadedPqPrekeys>, StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok(Err(KeyRefusal::NoDevice));
        };
        let outcome = put(&tx, &device, new, check, now).await?;
        if outcome.is_ok() {
            tx.commit().await?;
        }
        Ok(outcome)
    }

    /// How many post-quantum prekeys a device has left beside the last-resort key.
    pub async fn count_pq_prekeys(&self, device: DeviceId) -> Result<u64, StoreError> {
        let text = "SELECT COUNT(*) AS left_over FROM pq_prekeys \
                    WHERE device_id = $1 AND NOT last_resort";
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [device.0.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        counter(&row, "left_over")
    }
}
