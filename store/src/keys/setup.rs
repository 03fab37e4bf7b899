//! A device's keys all at once: identity, signed prekey and one-time prekeys in one transaction.

use sentinal_protocol::api::keys::{SetupKeys, SetupRequest};
use sentinal_protocol::{DeviceId, Timestamp, UserId};

use super::identity::put_identity;
use super::one_time_prekeys::put_one_time_prekeys;
use super::signed_prekeys::put_signed_prekey;
use super::{KeyOutcome, KeyRefusal, SignatureCheck, Stored, lock_device, settle};
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

impl Store {
    /// Stores all keys of a user's device, all or none. With another identity key than before the
    /// logs say `identity:changed` and `device:added`, and nobody sees the state in between.
    pub async fn put_keys(
        &self,
        user_id: UserId,
        device: DeviceId,
        keys: &SetupRequest,
        check: SignatureCheck,
        now: Timestamp,
    ) -> Result<(KeyOutcome<SetupKeys>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok((Err(KeyRefusal::NoDevice), Vec::new()));
        };
        let (identity_key, identity) = put_identity(&tx, &device, &keys.identity_key, now).await?;
        let signed = put_signed_prekey(&tx, &device, &keys.signed_prekey, check, now).await?;
        let signed_prekey = match signed {
            Ok(stored) => stored,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        let one_time = put_one_time_prekeys(&tx, &device, &keys.one_time_keys, now).await?;
        let uploaded = match one_time {
            Ok(stored) => stored,
            Err(refusal) => return Ok((Err(refusal), Vec::new())),
        };
        let committed = settle(&tx, &device, identity, now).await?;
        tx.commit().await?;
        let (identity_key, new_identity) = identity_key.split();
        let (signed_prekey, new_signed_prekey) = signed_prekey.split();
        let (uploaded, new_one_time) = uploaded.split();
        let keys = SetupKeys {
            identity_key,
            signed_prekey,
            uploaded: uploaded.uploaded,
            count: uploaded.count,
        };
        let stored = if new_identity || new_signed_prekey || new_one_time {
            Stored::Created(keys)
        } else {
            Stored::Unchanged(keys)
        };
        Ok((Ok(stored), committed))
    }
}
