//! Devices: the caller's own, and those that others encrypt to.

use std::time::Duration;

use sentinal_actors::revocation::Revocation;
use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::{Device, Devices, PeerDevices};
use sentinal_protocol::limits::DEVICE_DORMANT_DAYS;

use super::{AccountService, Confirmation};
use crate::{ApiError, Caller};

/// Devices made dormant, or login sessions deleted, in one round of [`AccountService::tidy_logins`].
const TIDY_BATCH: u64 = 200;

impl AccountService {
    /// The caller's active devices, the one seen last first.
    pub async fn list_own_devices(&self, caller: &Caller) -> Result<Devices, ApiError> {
        let mut devices = self.context.store.list_devices(caller.user_id).await?;
        for device in &mut devices {
            device.is_current = device.id == caller.device_id;
        }
        Ok(Devices { devices })
    }

    /// One of the caller's active devices, by its own string or the server's id, which wins.
    pub async fn get_own_device(&self, caller: &Caller, name: &str) -> Result<Device, ApiError> {
        let device = self.context.store.find_device(caller.user_id, name).await?;
        let mut device = device.ok_or_else(|| ApiError::not_found("device"))?;
        device.is_current = device.id == caller.device_id;
        Ok(device)
    }

    /// Takes one of the caller's devices away, with its login session, keys and ciphertexts. Another one
    /// than the calling needs more than a token.
    pub async fn remove_own_device(
        &self,
        caller: &Caller,
        name: &str,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        let user_id = caller.user_id;
        let device_id = self.get_own_device(caller, name).await?.id;
        if device_id != caller.device_id {
            self.confirm(caller, confirmation).await?;
        }
        let now = self.context.clock.now();
        let (was_there, rosters) = self
            .context
            .journal
            .change_device(user_id, move |store| {
                Box::pin(async move { store.remove_device(user_id, device_id, now).await })
            })
            .await?;
        if !was_there {
            return Err(ApiError::not_found("device"));
        }
        self.revoked(user_id, &Revocation::Device(device_id));
        rosters.finished().await;
        Ok(())
    }

    /// A user's active devices, as anybody may know who wants to encrypt to them.
    pub async fn list_peer_devices(
        &self,
        _caller: &Caller,
        user_id: UserId,
    ) -> Result<PeerDevices, ApiError> {
        let devices = self.context.store.list_peer_devices(user_id).await?;
        let devices = devices.ok_or_else(|| ApiError::not_found("user"))?;
        Ok(PeerDevices { user_id, devices })
    }

    /// One round of what time does to logins: devices unseen for 90 days leave the device sets,
    /// what has run out is deleted. Bounded; answers whether there is more to do at once.
    pub async fn tidy_logins(&self) -> Result<bool, ApiError> {
        let now = self.context.clock.now();
        let before = now.minus(Duration::from_secs(DEVICE_DORMANT_DAYS * 24 * 3600));
        let unseen = self
            .context
            .store
            .list_unseen_devices(before, TIDY_BATCH)
            .await?;
        let devices = unseen.len() as u64;
        for (user_id, device_id) in unseen {
            let dormant = self.context.journal.change_device(user_id, move |store| {
                Box::pin(async move {
                    store
                        .mark_device_dormant(user_id, device_id, before, now)
                        .await
                })
            });
            let (is_dormant, rosters) = dormant.await?;
            if is_dormant {
                self.revoked(user_id, &Revocation::Device(device_id));
                rosters.finished().await;
            }
        }
        let sessions = self
            .context
            .store
            .delete_expired_logins(TIDY_BATCH, now)
            .await?;
        Ok(devices == TIDY_BATCH || sessions == TIDY_BATCH)
    }
}
