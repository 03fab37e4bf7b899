//! Public keys as X3DH needs them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::key_form::{KEY_ID_MAX, check_public_key, check_signature};
use super::pq_keys::PqPrekey;
use crate::{Base64, DeviceId, Timestamp, UserId, limits};

/// `POST /v1/encryption/identity`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct UploadIdentityRequest {
    /// The caller, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// Curve25519 or Ed25519.
    #[garde(custom(check_public_key))]
    pub public_key: Base64,
}

/// A device's long-term key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IdentityKey {
    /// The stored key.
    pub id: Uuid,
    /// The device's owner.
    pub user_id: UserId,
    /// The client's string of the device.
    pub device_id: String,
    /// The key as it was uploaded.
    pub public_key: Base64,
    /// False once replaced or deactivated.
    pub is_active: bool,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// The key part of a signed prekey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct SignedPrekeyBody {
    /// The client's id for it.
    #[garde(range(max = KEY_ID_MAX))]
    #[schema(maximum = 2_147_483_647)]
    pub key_id: u32,
    /// The Curve25519 key.
    #[garde(custom(check_public_key))]
    pub public_key: Base64,
    /// Over the public key, by the identity key.
    #[garde(custom(check_signature))]
    pub signature: Base64,
}

/// `POST /v1/encryption/signed-prekeys`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct UploadSignedPrekeyRequest {
    /// The caller, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// The key.
    #[serde(flatten)]
    #[garde(dive)]
    pub key: SignedPrekeyBody,
}

/// `POST /v1/encryption/signed-prekeys/rotate`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct RotateSignedPrekeyRequest {
    /// The caller, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// The new key.
    #[garde(dive)]
    pub key: SignedPrekeyBody,
}

/// A device's medium-term key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedPrekey {
    /// The stored key.
    pub id: Uuid,
    /// The device's owner.
    pub user_id: UserId,
    /// The client's string of the device.
    pub device_id: String,
    /// The client's id for it.
    pub key_id: u32,
    /// The Curve25519 key.
    pub public_key: Base64,
    /// Over the public key, by the identity key.
    pub signature: Base64,
    /// Whether bundles carry it.
    pub is_active: bool,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// One key in `POST /v1/encryption/onetime-prekeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct OneTimePrekeyBody {
    /// The caller, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// The client's id for it.
    #[garde(range(max = KEY_ID_MAX))]
    #[schema(maximum = 2_147_483_647)]
    pub key_id: u32,
    /// The Curve25519 key.
    #[garde(custom(check_public_key))]
    pub public_key: Base64,
}

/// `POST /v1/encryption/onetime-prekeys`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct UploadOneTimePrekeysRequest {
    /// 1 to 100 keys, all of one device.
    #[garde(length(min = 1, max = limits::PREKEYS_PER_UPLOAD_MAX), dive)]
    #[schema(min_items = 1, max_items = 100)]
    pub keys: Vec<OneTimePrekeyBody>,
}

/// The answer to an upload of one-time prekeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadedPrekeys {
    /// How many were new.
    pub uploaded: u64,
    /// How many the device has now.
    pub count: u64,
}

/// A one-time prekey that was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OneTimePrekey {
    /// The client's id for it.
    pub key_id: u32,
    /// The Curve25519 key.
    pub public_key: Base64,
}

/// The answer of `POST /v1/encryption/onetime-prekeys/consume`: the key, and whose it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsumedPrekey {
    /// The device's owner.
    pub user_id: UserId,
    /// The client's string of the device.
    pub device_id: String,
    /// The server's name for the device.
    pub device_uuid: DeviceId,
    /// The client's id for the key.
    pub key_id: u32,
    /// The Curve25519 key.
    pub public_key: Base64,
    /// Who took it: the caller.
    pub consumed_by: UserId,
    /// The client's string of the calling device.
    pub consumed_device_id: String,
    /// When it was taken.
    pub consumed_at: Timestamp,
}

/// `POST /v1/encryption/setup`: a device's keys at once. It has no others afterwards.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct SetupRequest {
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// Curve25519 or Ed25519.
    #[garde(custom(check_public_key))]
    pub identity_key: Base64,
    /// Signed by it.
    #[garde(dive)]
    pub signed_prekey: SignedPrekeyBody,
    /// 0 to 100 keys.
    #[serde(default)]
    #[garde(length(max = limits::PREKEYS_PER_UPLOAD_MAX), dive)]
    #[schema(max_items = 100)]
    pub one_time_keys: Vec<OneTimePrekeyBody>,
    /// 0 to 100 post-quantum keys, each of which is handed out once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = limits::PREKEYS_PER_UPLOAD_MAX), dive)]
    #[schema(max_items = 100)]
    pub pq_keys: Vec<PqPrekey>,
    /// Handed out when none of `pq_keys` is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub pq_last_resort: Option<PqPrekey>,
}

/// The answer of `POST /v1/encryption/setup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetupKeys {
    /// As stored.
    pub identity_key: IdentityKey,
    /// As stored.
    pub signed_prekey: SignedPrekey,
    /// How many one-time prekeys were new.
    pub uploaded: u64,
    /// How many the device has now.
    pub count: u64,
    /// How many post-quantum prekeys were new, the last-resort key included.
    pub pq_uploaded: u64,
    /// How many the device has now, the last-resort key excluded.
    pub pq_count: u64,
    /// Whether it has a last-resort key.
    pub has_last_resort: bool,
}

/// Names a user's device in a query string.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct DeviceQuery {
    /// The caller if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// The calling device if absent and the user is the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub device_id: Option<String>,
    /// Which signed prekey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub key_id: Option<u32>,
}

/// Query of `GET /v1/encryption/bundles`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct BundleQuery {
    /// Whose keys.
    #[garde(skip)]
    pub user_id: UserId,
    /// Of which device; all active ones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub device_id: Option<String>,
    /// The calling device, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub consumer_device_id: Option<String>,
}

/// Query of `POST /v1/encryption/onetime-prekeys/consume`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ConsumeQuery {
    /// Whose key.
    #[garde(skip)]
    pub user_id: UserId,
    /// Of which device.
    #[garde(skip)]
    pub device_id: String,
    /// The caller, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub consumed_by: Option<UserId>,
    /// The calling device, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub consumed_device_id: Option<String>,
}

/// All that is needed to start a session with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bundle {
    /// The device's owner.
    pub user_id: UserId,
    /// The client's string of the device.
    pub device_id: String,
    /// The server's name for the device.
    pub device_uuid: DeviceId,
    /// Its identity key.
    pub identity_key: IdentityKey,
    /// Its active signed prekey.
    pub signed_pre_key: SignedPrekey,
    /// Absent when none is left or the caller took too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time_pre_key: Option<OneTimePrekey>,
    /// A post-quantum prekey: one that nobody else gets, or the last-resort key. Absent when the
    /// device has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pq_pre_key: Option<PqPrekey>,
}

/// Bundles of all active devices of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bundles {
    /// One per device with keys.
    pub bundles: Vec<Bundle>,
}

/// The answer of `GET /v1/encryption/bundles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum BundleAnswer {
    /// Of the device that was named.
    One(Box<Bundle>),
    /// No device was named: of all of them.
    All(Bundles),
}

/// The answer of `GET /v1/encryption/onetime-prekeys/count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrekeyCount {
    /// One-time prekeys left.
    pub count: u64,
    /// Post-quantum prekeys left, the last-resort key excluded.
    #[serde(default)]
    pub pq_count: u64,
}

/// The answer of `GET /v1/encryption/keys/active`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysActive {
    /// Whether the device has an identity key and a signed prekey.
    pub has_active_keys: bool,
}
