//! Uploading keys of one's own devices, and taking them out of use.

use std::collections::BTreeSet;

use sentinal_actors::journal::{BoxFuture, Changed};
use sentinal_protocol::api::keys::{
    IdentityKey, OneTimePrekeyBody, RotateSignedPrekeyRequest, SetupKeys, SetupRequest,
    SignedPrekey, SignedPrekeyBody, UploadIdentityRequest, UploadOneTimePrekeysRequest,
    UploadSignedPrekeyRequest, UploadedPrekeys,
};
use sentinal_protocol::{DeviceId, ErrorCode, UserId, limits};
use sentinal_store::{KeyChecks, KeyRefusal, NewKeys, Store, StoreError, Stored};
use serde_json::json;
use uuid::Uuid;

use super::KeyService;
use super::check_is_caller;
use super::fingerprints::new_pq_prekeys;
use super::signatures;
use crate::rate_limits::Bucket;
use crate::uploads::no_room;
use crate::{ApiError, Caller};

impl KeyService {
    /// Makes a key the identity of one of the caller's devices.
    pub async fn upload_identity_key(
        &self,
        caller: &Caller,
        request: UploadIdentityRequest,
    ) -> Result<Stored<IdentityKey>, ApiError> {
        check_is_caller(caller, request.user_id)?;
        let device = self
            .own_device(caller, request.device_id.as_deref())
            .await?;
        let (user, now) = (caller.user_id, self.context.clock.now());
        self.change_keys(user, move |store| {
            Box::pin(async move {
                store
                    .put_identity_key(user, device, &request.public_key, now)
                    .await
            })
        })
        .await?
        .map_err(refused)
    }

    /// Takes an identity key of the caller out of use.
    pub async fn deactivate_identity_key(
        &self,
        caller: &Caller,
        key: Uuid,
    ) -> Result<IdentityKey, ApiError> {
        let (user, now) = (caller.user_id, self.context.clock.now());
        self.change_keys(user, move |store| {
            Box::pin(async move { store.deactivate_identity_key(user, key, now).await })
        })
        .await?
        .ok_or_else(|| ApiError::not_found("identity key"))
    }

    /// Deletes an identity key of the caller, and the prekeys that belong to it.
    pub async fn delete_identity_key(&self, caller: &Caller, key: Uuid) -> Result<(), ApiError> {
        let (user, now) = (caller.user_id, self.context.clock.now());
        let deleted = self
            .change_keys(user, move |store| {
                Box::pin(async move { store.delete_identity_key(user, key, now).await })
            })
            .await?;
        if deleted {
            Ok(())
        } else {
            Err(ApiError::not_found("identity key"))
        }
    }

    /// Stores a signed prekey of one of the caller's devices as the active one.
    pub async fn upload_signed_prekey(
        &self,
        caller: &Caller,
        request: UploadSignedPrekeyRequest,
    ) -> Result<Stored<SignedPrekey>, ApiError> {
        check_is_caller(caller, request.user_id)?;
        self.put_signed_prekey(caller, request.device_id.as_deref(), request.key)
            .await
    }

    /// Replaces the active signed prekey of one of the caller's devices.
    pub async fn rotate_signed_prekey(
        &self,
        caller: &Caller,
        request: RotateSignedPrekeyRequest,
    ) -> Result<Stored<SignedPrekey>, ApiError> {
        check_is_caller(caller, request.user_id)?;
        self.put_signed_prekey(caller, request.device_id.as_deref(), request.key)
            .await
    }

    async fn put_signed_prekey(
        &self,
        caller: &Caller,
        device: Option<&str>,
        key: SignedPrekeyBody,
    ) -> Result<Stored<SignedPrekey>, ApiError> {
        let device = self.own_device(caller, device).await?;
        let check = signatures::check(self.context.settings.e2ee_verify);
        let (user, now) = (caller.user_id, self.context.clock.now());
        self.change_keys(user, move |store| {
            Box::pin(async move {
                store
                    .put_signed_prekey(user, device, &key, check, now)
                    .await
            })
        })
        .await?
        .map_err(refused)
    }

    /// Takes a signed prekey of the caller out of use.
    pub async fn deactivate_signed_prekey(
        &self,
        caller: &Caller,
        key: Uuid,
    ) -> Result<SignedPrekey, ApiError> {
        let (user, now) = (caller.user_id, self.context.clock.now());
        self.change_keys(user, move |store| {
            Box::pin(async move { store.deactivate_signed_prekey(user, key, now).await })
        })
        .await?
        .ok_or_else(|| ApiError::not_found("signed prekey"))
    }

    /// Stores one-time prekeys of one of the caller's devices, all or none.
    pub async fn upload_one_time_prekeys(
        &self,
        caller: &Caller,
        request: UploadOneTimePrekeysRequest,
    ) -> Result<Stored<UploadedPrekeys>, ApiError> {
        let device = self.device_of_keys(caller, None, &request.keys).await?;
        self.context
            .store
            .put_one_time_prekeys(
                caller.user_id,
                device,
                &request.keys,
                self.context.clock.now(),
            )
            .await?
            .map_err(refused)
    }

    /// Makes these the keys of one of the caller's devices, all or none.
    pub async fn set_up_keys(
        &self,
        caller: &Caller,
        mut request: SetupRequest,
    ) -> Result<Stored<SetupKeys>, ApiError> {
        let device = self
            .device_of_keys(caller, request.device_id.as_deref(), &request.one_time_keys)
            .await?;
        let verify = self.context.settings.e2ee_verify;
        let checks = KeyChecks {
            signed: signatures::check(verify),
            pq: signatures::check_pq(verify),
        };
        let pq_keys = std::mem::take(&mut request.pq_keys);
        let keys = NewKeys {
            pq: new_pq_prekeys(pq_keys, request.pq_last_resort.take()),
            request,
        };
        let (user, now) = (caller.user_id, self.context.clock.now());
        self.change_keys(user, move |store| {
            Box::pin(async move { store.put_keys(user, device, &keys, checks, now).await })
        })
        .await?
        .map_err(refused)
    }

    /// Changes keys of one of a user's devices, and waits for the rosters that follow.
    async fn change_keys<T, F>(&self, user: UserId, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        self.context.limits.check(Bucket::Keys, user)?;
        let (answer, rosters) = self.context.journal.change_device(user, work).await?;
        rosters.finished().await;
        Ok(answer)
    }

    /// The one device of the caller that all the keys name, or that is named beside them.
    async fn device_of_keys(
        &self,
        caller: &Caller,
        beside: Option<&str>,
        keys: &[OneTimePrekeyBody],
    ) -> Result<DeviceId, ApiError> {
        for key in keys {
            check_is_caller(caller, key.user_id)?;
        }
        let names: BTreeSet<Option<&str>> = keys
            .iter()
            .map(|key| key.device_id.as_deref().or(beside))
            .chain(beside.map(Some))
            .collect();
        let mut device = None;
        for name in names {
            let found = self.own_device(caller, name).await?;
            if *device.get_or_insert(found) != found {
                let reason = "all keys must be of one device";
                return Err(ApiError::invalid("keys", reason));
            }
        }
        Ok(device.unwrap_or(caller.device_id))
    }
}

pub(crate) fn refused(refusal: KeyRefusal) -> ApiError {
    match refusal {
        KeyRefusal::NoDevice => ApiError::not_found("device"),
        KeyRefusal::NoIdentityKey => ApiError::new(
            ErrorCode::NoIdentityKey,
            "The device needs an identity key first.",
        ),
        KeyRefusal::InvalidSignature => ApiError::new(
            ErrorCode::InvalidSignature,
            "A prekey is not signed by the identity key.",
        ),
        KeyRefusal::KeyIdConflict(key_ids) => ApiError::new(
            ErrorCode::KeyIdConflict,
            "Some key ids belong to other keys.",
        )
        .with_details(json!({ "key_ids": key_ids })),
        KeyRefusal::NoRoom => no_room(),
        KeyRefusal::TooMany { stored } => ApiError::new(
            ErrorCode::Conflict,
            "The device would have too many prekeys.",
        )
        .with_details(json!({ "count": stored, "limit": limits::PREKEYS_STORED_MAX })),
    }
}
