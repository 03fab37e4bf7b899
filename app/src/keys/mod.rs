//! Keys of devices: uploading one's own, fetching those of others.
//!
//! Public keys of anyone who exists may be fetched: that is how a first message is made. Only
//! one-time prekeys are scarce: [`Store::claim_bundles`] limits how fast one user takes them. A block
//! makes no difference, because it would be seen.
//!
//! [`Store::claim_bundles`]: sentinal_store::Store::claim_bundles

mod fingerprints;
mod pq;
mod prekeys;
mod signatures;
mod upload;

use sentinal_protocol::api::keys::{
    DeviceQuery, IdentityKey, KeysActive, PrekeyCount, SignedPrekey,
};
use sentinal_protocol::{DeviceId, UserId};

use crate::context::Context;
use crate::{ApiError, Caller};

/// Keys of devices.
#[derive(Clone)]
pub struct KeyService {
    pub(crate) context: Context,
}

impl KeyService {
    /// The active identity key of a device.
    pub async fn get_identity_key(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<IdentityKey, ApiError> {
        let target = self.target(caller, &query).await?;
        let found = self.context.store.find_identity_key(target.device).await?;
        found.ok_or_else(|| ApiError::not_found("identity key"))
    }

    /// A signed prekey of a device: the active one, or that of the query's `key_id`.
    pub async fn get_signed_prekey(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<SignedPrekey, ApiError> {
        let target = self.target(caller, &query).await?;
        let found = self
            .context
            .store
            .find_signed_prekey(target.device, query.key_id, self.context.clock.now())
            .await?;
        found.ok_or_else(|| ApiError::not_found("signed prekey"))
    }

    /// How many one-time and post-quantum prekeys a device has left.
    pub async fn count_one_time_prekeys(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<PrekeyCount, ApiError> {
        let target = self.target(caller, &query).await?;
        Ok(PrekeyCount {
            count: self
                .context
                .store
                .count_one_time_prekeys(target.device)
                .await?,
            pq_count: self.context.store.count_pq_prekeys(target.device).await?,
        })
    }

    /// Whether a device has an identity key and a signed prekey.
    pub async fn has_active_keys(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<KeysActive, ApiError> {
        let user_id = query.user_id.unwrap_or(caller.user_id);
        let target = self.target(caller, &query).await?;
        let keyed = self
            .context
            .store
            .find_keyed(user_id, target.device)
            .await?;
        keyed
            .map(|has_active_keys| KeysActive { has_active_keys })
            .ok_or_else(|| ApiError::not_found("device"))
    }

    /// One of the caller's devices; the calling one if none is named.
    async fn own_device(&self, caller: &Caller, name: Option<&str>) -> Result<DeviceId, ApiError> {
        match name {
            Some(name) => Ok(self.device_of(caller.user_id, name).await?.device),
            None => Ok(caller.device_id),
        }
    }

    /// Refuses if there is no such user.
    async fn check_exists(&self, user_id: UserId) -> Result<(), ApiError> {
        if self.context.store.user_exists(user_id).await? {
            return Ok(());
        }
        Err(ApiError::not_found("user"))
    }

    /// An active device of a user, by either of its names.
    async fn device_of(&self, user_id: UserId, name: &str) -> Result<Target, ApiError> {
        let found = self.context.store.find_device(user_id, name).await?;
        let device = found.ok_or_else(|| ApiError::not_found("device"))?;
        Ok(Target {
            device: device.id,
            name: device.device_id,
        })
    }

    /// The device that a query is about.
    async fn target(&self, caller: &Caller, query: &DeviceQuery) -> Result<Target, ApiError> {
        let user_id = query.user_id.unwrap_or(caller.user_id);
        self.check_exists(user_id).await?;
        match &query.device_id {
            Some(name) => self.device_of(user_id, name).await,
            None if user_id == caller.user_id => Ok(Target {
                device: caller.device_id,
                name: caller.device_name.to_string(),
            }),
            None => Err(ApiError::invalid("device_id", "is required")),
        }
    }
}

/// A device whose keys are asked for.
struct Target {
    device: DeviceId,
    /// The client's own string for it.
    name: String,
}

/// Whoever is named must be the caller.
fn check_is_caller(caller: &Caller, named: Option<UserId>) -> Result<(), ApiError> {
    if named.is_some_and(|user| user != caller.user_id) {
        return Err(ApiError::forbidden("The named user is not the caller."));
    }
    Ok(())
}
