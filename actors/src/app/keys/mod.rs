//! Keys of devices: uploading one's own, fetching those of others.
//!
//! Public keys of anyone who exists may be fetched: that is how a first message is made. Only
//! one-time prekeys are scarce: [`Store::claim_bundles`] limits how fast one user takes them, and
//! across a block they are withheld as if there were none, so that the block stays silent.
//!
//! [`Store::claim_bundles`]: sentinal_store::Store::claim_bundles

mod pq;
mod prekeys;
mod signatures;
mod upload;

use sentinal_protocol::api::keys::{
    DeviceQuery, IdentityKey, KeysActive, PrekeyCount, SignedPrekey,
};
use sentinal_protocol::{DeviceId, UserId};
use sentinal_store::KeyPeer;

use super::{ApiError, App, Caller};

impl App {
    /// The active identity key of a device.
    pub async fn get_identity_key(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<IdentityKey, ApiError> {
        let target = self.target(caller, &query).await?;
        let found = self.store.find_identity_key(target.device).await?;
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
            .store
            .find_signed_prekey(target.device, query.key_id, self.clock.now())
            .await?;
        found.ok_or_else(|| ApiError::not_found("signed prekey"))
    }

    /// How many one-time and post-quantum prekeys a device has left, for all that the caller may know.
    pub async fn count_one_time_prekeys(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<PrekeyCount, ApiError> {
        let target = self.target(caller, &query).await?;
        if target.one_time_withheld {
            return Ok(PrekeyCount {
                count: 0,
                pq_count: 0,
            });
        }
        Ok(PrekeyCount {
            count: self.store.count_one_time_prekeys(target.device).await?,
            pq_count: self.store.count_pq_prekeys(target.device).await?,
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
        let keyed = self.store.find_keyed(user_id, target.device).await?;
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

    /// A user whose keys the caller wants, himself included.
    async fn peer(&self, caller: &Caller, user_id: UserId) -> Result<KeyPeer, ApiError> {
        let found = self.store.find_key_peer(caller.user_id, user_id).await?;
        found.ok_or_else(|| ApiError::not_found("user"))
    }

    /// An active device of a user, by either of its names.
    async fn device_of(&self, user_id: UserId, name: &str) -> Result<Target, ApiError> {
        let found = self.store.find_device(user_id, name).await?;
        let device = found.ok_or_else(|| ApiError::not_found("device"))?;
        Ok(Target {
            device: device.id,
            name: device.device_id,
            one_time_withheld: false,
        })
    }

    /// The device that a query is about.
    async fn target(&self, caller: &Caller, query: &DeviceQuery) -> Result<Target, ApiError> {
        let user_id = query.user_id.unwrap_or(caller.user_id);
        let peer = self.peer(caller, user_id).await?;
        let target = match &query.device_id {
            Some(name) => self.device_of(user_id, name).await?,
            None if user_id == caller.user_id => Target {
                device: caller.device_id,
                name: caller.device_name.to_string(),
                one_time_withheld: false,
            },
            None => return Err(ApiError::invalid("device_id", "is required")),
        };
        Ok(Target {
            one_time_withheld: peer.one_time_withheld,
            ..target
        })
    }
}

/// A device whose keys are asked for.
struct Target {
    device: DeviceId,
    /// The client's own string for it.
    name: String,
    /// Whether its one-time prekeys are kept from the caller.
    one_time_withheld: bool,
}

/// Whoever is named must be the caller.
fn check_is_caller(caller: &Caller, named: Option<UserId>) -> Result<(), ApiError> {
    if named.is_some_and(|user| user != caller.user_id) {
        return Err(ApiError::forbidden("The named user is not the caller."));
    }
    Ok(())
}
