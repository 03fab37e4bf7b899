//! A device's keys all at once: identity, signed prekey, one-time and post-quantum prekeys in one
//! transaction.

use std::collections::HashSet;

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::keys::{SetupKeys, SetupRequest};
use sentinal_protocol::{DeviceId, Timestamp, UserId};

use super::identity::put_identity;
use super::one_time_prekeys::put_one_time_prekeys;
use super::pq_prekeys::{NewPqPrekeys, PqSignatureCheck, put as put_pq_prekeys};
use super::signed_prekeys::{forget_signed_prekey, put_signed_prekey};
use super::{
    KeyOutcome, KeyRefusal, SignatureCheck, Stored, canonical, key_id_from, lock_device, settle,
};
use crate::connection::Transaction;
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::{Store, StoreError};

impl<T> Stored<T> {
    /// The key, and whether it is new.
    fn split(self) -> (T, bool) {
        match self {
            Self::Created(key) => (key, true),
            Self::Unchanged(key) => (key, false),
        }
    }
}

/// All keys of a device.
#[derive(Clone, Debug)]
pub struct NewKeys {
    /// As asked for; its post-quantum keys are read from `pq`.
    pub request: SetupRequest,
    /// Its post-quantum keys.
    pub pq: NewPqPrekeys,
}

/// Whether prekeys may be stored under their identity key.
#[derive(Clone, Copy, Debug)]
pub struct KeyChecks {
    /// For signed prekeys.
    pub signed: SignatureCheck,
    /// For post-quantum prekeys.
    pub pq: PqSignatureCheck,
}

/// Ids and keys (or fingerprints of keys) of a device.
type Named = HashSet<(u32, Vec<u8>)>;

/// Takes the one-time and post-quantum prekeys of a device away and answers what they were. Those of
/// the same request that comes again are stored anew.
async fn clear_prekeys(tx: &Transaction, device: DeviceId) -> Result<(Named, Named), StoreError> {
    let backend = tx.get_database_backend();
    let texts = [
        "DELETE FROM one_time_prekeys WHERE device_id = $1 RETURNING key_id, public_key AS named",
        "DELETE FROM pq_prekeys WHERE device_id = $1 RETURNING key_id, fingerprint AS named",
    ];
    let mut cleared = [Named::new(), Named::new()];
    for (text, cleared) in texts.into_iter().zip(&mut cleared) {
        let statement = sql(backend, text, [device.0.into()]);
        for row in tx.query_all_raw(statement).await? {
            let key: Vec<u8> = column(&row, "named")?;
            cleared.insert((
                key_id_from(column(&row, "key_id")?)?,
                canonical(&key).to_vec(),
            ));
        }
    }
    let [one_time, pq] = cleared;
    Ok((one_time, pq))
}

impl Store {
    /// Makes these the keys of a user's device, all or none. Under the same identity they take the
    /// place of all prekeys from before, whatever their ids were; replaced signed prekeys of other ids
    /// stay fetchable. A key that was handed out is left out silently. With another identity key than
    /// before the logs say `identity:changed` and `device:added`, and nobody sees the state in between.
    pub async fn put_keys(
        &self,
        user_id: UserId,
        device: DeviceId,
        keys: &NewKeys,
        checks: KeyChecks,
        now: Timestamp,
    ) -> Result<(KeyOutcome<SetupKeys>, Vec<Committed>), StoreError> {
        let NewKeys { request, pq } = keys;
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok((Err(KeyRefusal::NoDevice), Vec::new()));
        };
        let identity_key = put_identity(&tx, &device, &request.identity_key, now).await?;
        let (identity_key, identity) = identity_key;
        forget_signed_prekey(&tx, device.id, &request.signed_prekey).await?;
        let signed = put_signed_prekey(&tx, &device, &request.signed_prekey, checks.signed, now);
        let signed_prekey = match signed.await? {
            Ok(stored) => stored,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        let (one_time_before, pq_before) = clear_prekeys(&tx, device.id).await?;
        let one_time = put_one_time_prekeys(&tx, &device, &request.one_time_keys, now).await?;
        let one_time = match one_time {
            Ok(stored) => stored.split().0,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        let post_quantum = match put_pq_prekeys(&tx, &device, pq, checks.pq, now).await? {
            Ok(stored) => stored.split().0,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        // Of a request that comes again nothing is new.
        let offered = request.one_time_keys.iter();
        let offered = offered.map(|key| (key.key_id, canonical(&key.public_key.0).to_vec()));
        let known = offered.filter(|key| one_time_before.contains(key)).count() as u64;
        let offered = pq.one_time.iter().chain(&pq.last_resort);
        let offered = offered.map(|new| (new.key.key_id, new.fingerprint.clone()));
        let pq_known = offered.filter(|key| pq_before.contains(key)).count() as u64;
        let committed = settle(&tx, &device, identity, now).await?;
        tx.commit().await?;
        let (identity_key, new_identity) = identity_key.split();
        let (signed_prekey, new_signed_prekey) = signed_prekey.split();
        let keys = SetupKeys {
            identity_key,
            signed_prekey,
            uploaded: one_time.uploaded.saturating_sub(known),
            count: one_time.count,
            pq_uploaded: post_quantum.uploaded.saturating_sub(pq_known),
            pq_count: post_quantum.count,
            has_last_resort: post_quantum.has_last_resort,
        };
        let is_new = new_identity || new_signed_prekey;
        let stored = if is_new || keys.uploaded > 0 || keys.pq_uploaded > 0 {
            Stored::Created(keys)
        } else {
            Stored::Unchanged(keys)
        };
        Ok((Ok(stored), committed))
    }
}
