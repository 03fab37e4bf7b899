//! People, their devices and contacts.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::named;
use crate::{Base64, DeviceId, Timestamp, UserId, text};

/// The caller's own account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The account.
    pub id: UserId,
    /// As given at registration, or changed since.
    pub email: String,
    /// Whether the account's owner has proved that mail to it reaches them.
    pub email_verified: bool,
    /// Another address that takes effect once it is proved; `null` if none waits.
    pub pending_email: Option<String>,
    /// As given at registration.
    pub username: String,
    /// As given at registration.
    pub phone_number: Option<String>,
    /// What others see.
    pub display_name: String,
    /// A picture.
    pub avatar_url: Option<String>,
    /// A few words about oneself.
    pub bio: Option<String>,
    /// A line of text.
    pub status: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// `POST /v1/users/me/email/verify`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct VerifyEmailRequest {
    /// The mailed code: 8 digits.
    #[garde(custom(check_email_code))]
    #[schema(pattern = "^[0-9]{8}$")]
    pub code: String,
}

fn check_email_code<C>(text: &str, _: &C) -> garde::Result {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be 8 digits"))
    }
}

/// `POST /v1/auth/email/undo`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct UndoEmailRequest {
    /// The token that was mailed to the address from before.
    #[garde(length(bytes, min = 1, max = 512))]
    #[schema(min_length = 1, max_length = 512)]
    pub token: String,
    /// The password that the account had before the change.
    #[garde(length(bytes, min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: String,
}

/// An own device, as in `GET /v1/users/me/devices`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// The server's name for it.
    pub id: DeviceId,
    /// The client's own string for it.
    pub device_id: String,
    /// For people.
    pub device_name: Option<String>,
    /// As at registration.
    pub device_type: Option<String>,
    /// When it was last seen.
    pub last_active: Option<Timestamp>,
    /// When a refresh token of its login session was last presented, by whomever; `null` if none was.
    pub presented_at: Option<Timestamp>,
    /// From which address that was.
    pub presented_from: Option<String>,
    /// False once removed, or unseen for 90 days.
    pub is_active: bool,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The answer of `GET /v1/users/me/devices`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// Active devices, newest first.
    pub devices: Vec<Device>,
}

/// Someone's device to encrypt to, as in `GET /v1/users/:id/devices`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerDevice {
    /// The server's name for it.
    pub id: DeviceId,
    /// The client's own string for it.
    pub device_id: String,
    /// Whether it has an identity key and a signed prekey: only then it must be encrypted to.
    pub has_keys: bool,
    /// Its identity key, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_key: Option<Base64>,
}

/// The answer of `GET /v1/users/:id/devices`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerDevices {
    /// Whose they are.
    pub user_id: UserId,
    /// All active ones.
    pub devices: Vec<PeerDevice>,
}

/// `POST /v1/users/me/contacts`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct AddContactRequest {
    /// Whom to add.
    #[garde(skip)]
    pub contact_user_id: UserId,
    /// The caller's own name for them; at most 64 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(64))))]
    #[schema(min_length = 1, max_length = 512)]
    pub nickname: Option<String>,
}

/// A contact of the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The contact's user id.
    pub id: UserId,
    /// The same again, under its telling name.
    pub contact_user_id: UserId,
    /// The contact's username.
    pub username: String,
    /// The contact's display name.
    pub display_name: String,
    /// A picture.
    pub avatar_url: Option<String>,
    /// A line of text.
    pub status: Option<String>,
    /// The caller's own name for them.
    pub nickname: Option<String>,
    /// Whether the caller has blocked them.
    pub is_blocked: bool,
    /// When the contact's account was made.
    pub created_at: Timestamp,
    /// The same profile once more, apart from what the caller makes of it.
    pub contact: ContactProfile,
}

/// A contact's own part of a [`Contact`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactProfile {
    /// The account.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// What they call themselves.
    pub display_name: String,
    /// A picture, if their `privacy_profile_photo` allows.
    pub avatar_url: Option<String>,
    /// A line of text, if their `privacy_about` allows.
    pub status: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// The answer of the contact lists.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Contacts {
    /// One page.
    pub contacts: Vec<Contact>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// What is kept of the caller. Messages are not a part of it: they belong to conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Storage {
    /// All kinds together, bytes.
    pub used_bytes: u64,
    /// How much it may be, bytes. What would make it more is refused with `QUOTA_EXCEEDED`.
    pub allowed_bytes: u64,
    /// Bytes of each kind.
    pub kinds: StorageKinds,
}

/// Bytes that are kept, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StorageKinds {
    /// Announced and complete files; each counts as 64 KiB at least.
    pub files: u64,
    /// The encrypted backup of keys.
    pub key_backup: u64,
    /// Push tokens of all devices.
    pub push_tokens: u64,
    /// Answers kept under idempotency keys, for a day.
    pub kept_answers: u64,
}
