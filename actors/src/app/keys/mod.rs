//! Keys of devices: uploading one's own, fetching those of others.
//!
//! Public keys of anyone who exists may be fetched: that is how a first message is made. Only
//! one-time prekeys are scarce: [`Store::claim_bundles`] limits how fast one user takes them, and
//! across a block they are withheld as if there were none, so that the block stays silent.
//!
//! [`Store::claim_bundles`]: sentinal_store::Store::claim_bundles

mod signatures;

use std::collections::BTreeSet;

use sentinal_protocol::api::keys::{
    Bundle, BundleAnswer, BundleQuery, Bundles, ConsumeQuery, DeviceQuery, IdentityKey, KeysActive,
    OneTimePrekey, OneTimePrekeyBody, PrekeyCount, RotateSignedPrekeyRequest, SetupKeys,
    SetupRequest, SignedPrekey, SignedPrekeyBody, UploadIdentityRequest,
    UploadOneTimePrekeysRequest, UploadSignedPrekeyRequest, UploadedPrekeys,
};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{DeviceId, ErrorCode, UserId, limits};
use sentinal_store::{ClaimedBundle, KeyPeer, KeyRefusal, Stored, Take};
use serde_json::{Map, json};
use uuid::Uuid;

use super::{ApiError, App, Caller};

/// Rows of each kind that one round of [`App::tidy_keys`] deletes.
const TIDY_BATCH: u64 = 1_000;

impl App {
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
        let (user, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move {
                    store
                        .put_identity_key(user, device, &request.public_key, now)
                        .await
                })
            })
            .await?
            .map_err(refused)
    }

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

    /// Takes an identity key of the caller out of use.
    pub async fn deactivate_identity_key(
        &self,
        caller: &Caller,
        key: Uuid,
    ) -> Result<IdentityKey, ApiError> {
        let (user, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move { store.deactivate_identity_key(user, key, now).await })
            })
            .await?
            .ok_or_else(|| ApiError::not_found("identity key"))
    }

    /// Deletes an identity key of the caller, and the prekeys that belong to it.
    pub async fn delete_identity_key(&self, caller: &Caller, key: Uuid) -> Result<(), ApiError> {
        let (user, now) = (caller.user_id, self.clock.now());
        let deleted = self
            .journal
            .change(move |store| {
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
        let check = signatures::check(self.settings.e2ee_verify);
        let (user, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move {
                    store
                        .put_signed_prekey(user, device, &key, check, now)
                        .await
                })
            })
            .await?
            .map_err(refused)
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

    /// Takes a signed prekey of the caller out of use.
    pub async fn deactivate_signed_prekey(
        &self,
        caller: &Caller,
        key: Uuid,
    ) -> Result<SignedPrekey, ApiError> {
        let (user, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
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
        self.store
            .put_one_time_prekeys(caller.user_id, device, &request.keys, self.clock.now())
            .await?
            .map_err(refused)
    }

    /// Stores all keys of one of the caller's devices, all or none.
    pub async fn set_up_keys(
        &self,
        caller: &Caller,
        request: SetupRequest,
    ) -> Result<Stored<SetupKeys>, ApiError> {
        let device = self
            .device_of_keys(caller, request.device_id.as_deref(), &request.one_time_keys)
            .await?;
        let check = signatures::check(self.settings.e2ee_verify);
        let (user, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move { store.put_keys(user, device, &request, check, now).await })
            })
            .await?
            .map_err(refused)
    }

    /// Takes a one-time prekey of a device.
    pub async fn consume_one_time_prekey(
        &self,
        caller: &Caller,
        query: ConsumeQuery,
    ) -> Result<OneTimePrekey, ApiError> {
        check_is_caller(caller, query.consumed_by)?;
        let peer = self.peer(caller, query.user_id).await?;
        let consumer = self
            .own_device(caller, query.consumed_device_id.as_deref())
            .await?;
        let target = self.device_of(query.user_id, &query.device_id).await?;
        check_not_for_itself(caller, consumer, target.device)?;
        let no_prekeys = || {
            ApiError::new(
                ErrorCode::NoPrekeys,
                "The device has no one-time prekey left.",
            )
        };
        if peer.one_time_withheld {
            return Err(no_prekeys());
        }
        let now = self.clock.now();
        let take = self
            .store
            .claim_one_time_prekey(caller.user_id, target.device, now)
            .await?;
        match take {
            Take::Key { key, left } => {
                self.tell_if_low(query.user_id, &target, left);
                Ok(key)
            }
            Take::NoneLeft => {
                self.tell_if_low(query.user_id, &target, 0);
                Err(no_prekeys())
            }
            Take::Limited { retry_after } => Err(ApiError::new(
                ErrorCode::RateLimitExceeded,
                "Too many one-time prekeys of this device were taken.",
            )
            .with_retry_after(retry_after)),
        }
    }

    /// How many one-time prekeys a device has left, for all that the caller may know.
    pub async fn count_one_time_prekeys(
        &self,
        caller: &Caller,
        query: DeviceQuery,
    ) -> Result<PrekeyCount, ApiError> {
        let target = self.target(caller, &query).await?;
        let count = if target.one_time_withheld {
            0
        } else {
            self.store.count_one_time_prekeys(target.device).await?
        };
        Ok(PrekeyCount { count })
    }

    /// The bundle of a device, or the bundles of all active devices of a user, with a one-time
    /// prekey each where there is one to give.
    pub async fn get_bundles(
        &self,
        caller: &Caller,
        query: BundleQuery,
    ) -> Result<BundleAnswer, ApiError> {
        let peer = self.peer(caller, query.user_id).await?;
        let consumer = self
            .own_device(caller, query.consumer_device_id.as_deref())
            .await?;
        let Some(name) = &query.device_id else {
            let bundles = self
                .claim_bundles(caller, peer, query.user_id, None)
                .await?;
            return Ok(BundleAnswer::All(Bundles { bundles }));
        };
        let target = self.device_of(query.user_id, name).await?;
        check_not_for_itself(caller, consumer, target.device)?;
        let bundles = self
            .claim_bundles(caller, peer, query.user_id, Some(target.device))
            .await?;
        let bundle = bundles.into_iter().next();
        let bundle = bundle.ok_or_else(|| ApiError::not_found("device with keys"))?;
        Ok(BundleAnswer::One(Box::new(bundle)))
    }

    async fn claim_bundles(
        &self,
        caller: &Caller,
        peer: KeyPeer,
        user_id: UserId,
        device: Option<DeviceId>,
    ) -> Result<Vec<Bundle>, ApiError> {
        let claimed = if peer.one_time_withheld {
            self.store.list_bundles(user_id, device).await?
        } else {
            self.store
                .claim_bundles(
                    caller.user_id,
                    user_id,
                    device,
                    caller.device_id,
                    self.clock.now(),
                )
                .await?
        };
        Ok(claimed
            .into_iter()
            .map(|claimed: ClaimedBundle| {
                if let Some(left) = claimed.left {
                    let target = Target {
                        device: claimed.device,
                        name: claimed.bundle.device_id.clone(),
                        one_time_withheld: false,
                    };
                    self.tell_if_low(user_id, &target, left);
                }
                claimed.bundle
            })
            .collect())
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

    /// How many one-time prekeys a device with keys has left if these are too few, which it is told
    /// when it connects.
    pub async fn prekeys_low(
        &self,
        user_id: UserId,
        device: DeviceId,
    ) -> Result<Option<u64>, ApiError> {
        if self.store.find_keyed(user_id, device).await? != Some(true) {
            return Ok(None);
        }
        let count = self.store.count_one_time_prekeys(device).await?;
        Ok((count < limits::PREKEYS_LOW).then_some(count))
    }

    /// One round of deleting what of the keys has served its time. Bounded; answers whether there is
    /// more to do at once.
    pub async fn tidy_keys(&self) -> Result<bool, ApiError> {
        let now = self.clock.now();
        let deleted = self.store.delete_stale_keys(TIDY_BATCH, now).await?;
        Ok(deleted == TIDY_BATCH)
    }

    /// Tells a device that it should upload one-time prekeys.
    fn tell_if_low(&self, user_id: UserId, device: &Target, left: u64) {
        if left >= limits::PREKEYS_LOW {
            return;
        }
        let fields = Map::from_iter([
            ("device_id".to_owned(), json!(device.name)),
            ("count".to_owned(), json!(left)),
            ("threshold".to_owned(), json!(limits::PREKEYS_LOW)),
        ]);
        self.device_event(user_id, device.device, EventKind::PrekeysLow, fields);
    }

    /// One of the caller's devices; the calling one if none is named.
    async fn own_device(&self, caller: &Caller, name: Option<&str>) -> Result<DeviceId, ApiError> {
        match name {
            Some(name) => Ok(self.device_of(caller.user_id, name).await?.device),
            None => Ok(caller.device_id),
        }
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

/// A device has no use for its own prekeys.
fn check_not_for_itself(
    caller: &Caller,
    consumer: DeviceId,
    target: DeviceId,
) -> Result<(), ApiError> {
    if target == caller.device_id || target == consumer {
        return Err(ApiError::invalid(
            "device_id",
            "must not be the device that wants the key",
        ));
    }
    Ok(())
}

fn refused(refusal: KeyRefusal) -> ApiError {
    match refusal {
        KeyRefusal::NoDevice => ApiError::not_found("device"),
        KeyRefusal::NoIdentityKey => ApiError::new(
            ErrorCode::NoIdentityKey,
            "The device needs an identity key first.",
        ),
        KeyRefusal::InvalidSignature => ApiError::new(
            ErrorCode::InvalidSignature,
            "The signed prekey is not signed by the identity key.",
        ),
        KeyRefusal::KeyIdConflict(key_ids) => ApiError::new(
            ErrorCode::KeyIdConflict,
            "Some key ids belong to other keys.",
        )
        .with_details(json!({ "key_ids": key_ids })),
        KeyRefusal::TooMany { stored } => ApiError::new(
            ErrorCode::Conflict,
            "The device would have too many one-time prekeys.",
        )
        .with_details(json!({ "count": stored, "limit": limits::PREKEYS_STORED_MAX })),
    }
}
