//! Public keys: the own ones up, other people's down.

use sentinal_protocol::UserId;
use sentinal_protocol::api::keys::{
    Bundle, BundleQuery, Bundles, ConsumeQuery, ConsumedPrekey, DeviceQuery, IdentityKey,
    KeysActive, OneTimePrekeyBody, PrekeyCount, RotateSignedPrekeyRequest, SetupKeys, SetupRequest,
    SignedPrekey, UploadIdentityRequest, UploadOneTimePrekeysRequest, UploadSignedPrekeyRequest,
    UploadedPrekeys,
};
use sentinal_protocol::api::pq_keys::{
    KeyBackup, StoreBackupRequest, UploadPqPrekeysRequest, UploadedPqPrekeys,
};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/encryption/setup`: all keys of a device in one transaction.
    pub async fn set_up_keys(&self, request: &SetupRequest) -> Result<SetupKeys, ClientError> {
        self.post("/v1/encryption/setup").body(request).data().await
    }

    /// `POST /v1/encryption/identity`.
    pub async fn upload_identity(
        &self,
        request: &UploadIdentityRequest,
    ) -> Result<IdentityKey, ClientError> {
        self.post("/v1/encryption/identity")
            .body(request)
            .data()
            .await
    }

    /// `GET /v1/encryption/identity`.
    pub async fn identity_key(&self, device: &DeviceQuery) -> Result<IdentityKey, ClientError> {
        self.get("/v1/encryption/identity")
            .query(device)
            .data()
            .await
    }

    /// `PUT /v1/encryption/identity/:id/deactivate`.
    pub async fn deactivate_identity(&self, key: &IdentityKey) -> Result<IdentityKey, ClientError> {
        self.put(format!("/v1/encryption/identity/{}/deactivate", key.id))
            .data()
            .await
    }

    /// `DELETE /v1/encryption/identity/:id`.
    pub async fn delete_identity(&self, key: &IdentityKey) -> Result<(), ClientError> {
        self.delete(format!("/v1/encryption/identity/{}", key.id))
            .done()
            .await
    }

    /// `POST /v1/encryption/signed-prekeys`.
    pub async fn upload_signed_prekey(
        &self,
        request: &UploadSignedPrekeyRequest,
    ) -> Result<SignedPrekey, ClientError> {
        self.post("/v1/encryption/signed-prekeys")
            .body(request)
            .data()
            .await
    }

    /// `GET /v1/encryption/signed-prekeys`: the one with `key_id`.
    pub async fn signed_prekey(&self, device: &DeviceQuery) -> Result<SignedPrekey, ClientError> {
        self.get("/v1/encryption/signed-prekeys")
            .query(device)
            .data()
            .await
    }

    /// `GET /v1/encryption/signed-prekeys/active`.
    pub async fn active_signed_prekey(
        &self,
        device: &DeviceQuery,
    ) -> Result<SignedPrekey, ClientError> {
        self.get("/v1/encryption/signed-prekeys/active")
            .query(device)
            .data()
            .await
    }

    /// `POST /v1/encryption/signed-prekeys/rotate`.
    pub async fn rotate_signed_prekey(
        &self,
        request: &RotateSignedPrekeyRequest,
    ) -> Result<SignedPrekey, ClientError> {
        self.post("/v1/encryption/signed-prekeys/rotate")
            .body(request)
            .data()
            .await
    }

    /// `PUT /v1/encryption/signed-prekeys/:id/deactivate`.
    pub async fn deactivate_signed_prekey(
        &self,
        key: &SignedPrekey,
    ) -> Result<SignedPrekey, ClientError> {
        let path = format!("/v1/encryption/signed-prekeys/{}/deactivate", key.id);
        self.put(path).data().await
    }

    /// `POST /v1/encryption/onetime-prekeys`: 1 to 100 of them.
    pub async fn upload_one_time_prekeys(
        &self,
        keys: Vec<OneTimePrekeyBody>,
    ) -> Result<UploadedPrekeys, ClientError> {
        self.post("/v1/encryption/onetime-prekeys")
            .body(&UploadOneTimePrekeysRequest { keys })
            .data()
            .await
    }

    /// `POST /v1/encryption/pq-prekeys`.
    pub async fn upload_pq_prekeys(
        &self,
        request: &UploadPqPrekeysRequest,
    ) -> Result<UploadedPqPrekeys, ClientError> {
        self.post("/v1/encryption/pq-prekeys")
            .body(request)
            .data()
            .await
    }

    /// `POST /v1/encryption/backup`: keeps it in place of the one from before.
    pub async fn store_backup(
        &self,
        request: &StoreBackupRequest,
    ) -> Result<KeyBackup, ClientError> {
        self.post("/v1/encryption/backup")
            .body(request)
            .data()
            .await
    }

    /// `GET /v1/encryption/backup`: the own one.
    pub async fn backup(&self) -> Result<KeyBackup, ClientError> {
        self.get("/v1/encryption/backup").data().await
    }

    /// `POST /v1/encryption/onetime-prekeys/consume`: takes one key, which nobody else gets.
    pub async fn consume_one_time_prekey(
        &self,
        query: &ConsumeQuery,
    ) -> Result<ConsumedPrekey, ClientError> {
        self.post("/v1/encryption/onetime-prekeys/consume")
            .query(query)
            .data()
            .await
    }

    /// `GET /v1/encryption/onetime-prekeys/count`: the one-time prekeys left.
    pub async fn one_time_prekey_count(&self, device: &DeviceQuery) -> Result<u64, ClientError> {
        Ok(self.prekey_counts(device).await?.count)
    }

    /// `GET /v1/encryption/onetime-prekeys/count`: all prekeys left.
    pub async fn prekey_counts(&self, device: &DeviceQuery) -> Result<PrekeyCount, ClientError> {
        self.get("/v1/encryption/onetime-prekeys/count")
            .query(device)
            .data()
            .await
    }

    /// `GET /v1/encryption/bundles` of one device. Takes a one-time prekey.
    pub async fn bundle(&self, user_id: UserId, device_id: &str) -> Result<Bundle, ClientError> {
        self.get("/v1/encryption/bundles")
            .query(&BundleQuery {
                user_id,
                device_id: Some(device_id.to_owned()),
                consumer_device_id: None,
            })
            .data()
            .await
    }

    /// `GET /v1/encryption/bundles` of all of a user's devices. Takes a one-time prekey of each.
    pub async fn bundles(&self, user_id: UserId) -> Result<Vec<Bundle>, ClientError> {
        let all: Bundles = self
            .get("/v1/encryption/bundles")
            .query(&BundleQuery {
                user_id,
                device_id: None,
                consumer_device_id: None,
            })
            .data()
            .await?;
        Ok(all.bundles)
    }

    /// `GET /v1/encryption/keys/active`: whether a device has what senders need.
    pub async fn has_active_keys(&self, device: &DeviceQuery) -> Result<bool, ClientError> {
        let keys: KeysActive = self
            .get("/v1/encryption/keys/active")
            .query(device)
            .data()
            .await?;
        Ok(keys.has_active_keys)
    }
}
