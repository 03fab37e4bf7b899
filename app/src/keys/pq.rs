//! Post-quantum prekeys of one's own devices, and the backup of one's keys.

use sentinal_protocol::api::pq_keys::{
    KeyBackup, StoreBackupRequest, UploadPqPrekeysRequest, UploadedPqPrekeys,
};
use sentinal_store::Stored;

use super::KeyService;
use super::fingerprints::new_pq_prekeys;
use super::signatures;
use crate::keys::upload::refused;
use crate::{ApiError, Caller};

impl KeyService {
    /// Stores post-quantum prekeys of one of the caller's devices, all or none.
    pub async fn upload_pq_prekeys(
        &self,
        caller: &Caller,
        request: UploadPqPrekeysRequest,
    ) -> Result<Stored<UploadedPqPrekeys>, ApiError> {
        if request.keys.is_empty() && request.last_resort.is_none() {
            return Err(ApiError::invalid("keys", "no key is given"));
        }
        let device = self
            .own_device(caller, request.device_id.as_deref())
            .await?;
        let new = new_pq_prekeys(request.keys, request.last_resort);
        let check = signatures::check_pq(self.context.settings.e2ee_verify);
        self.context
            .store
            .put_pq_prekeys(
                caller.user_id,
                device,
                &new,
                check,
                self.context.clock.now(),
            )
            .await?
            .map_err(refused)
    }

    /// Keeps the caller's key backup in place of the one from before.
    pub async fn store_key_backup(
        &self,
        caller: &Caller,
        request: StoreBackupRequest,
    ) -> Result<Stored<KeyBackup>, ApiError> {
        let device = self
            .own_device(caller, request.device_id.as_deref())
            .await?;
        let (quota, now) = (
            self.context.settings.files.quota(),
            self.context.clock.now(),
        );
        self.context
            .store
            .put_key_backup(caller.user_id, device, &request, quota, now)
            .await?
            .map_err(refused)
    }

    /// The caller's key backup.
    pub async fn get_key_backup(&self, caller: &Caller) -> Result<KeyBackup, ApiError> {
        let found = self.context.store.find_key_backup(caller.user_id).await?;
        found.ok_or_else(|| ApiError::not_found("key backup"))
    }
}
