//! People, their devices and contacts.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Base64, DeviceId, Timestamp, UserId};

/// The caller's own account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The account.
    pub id: UserId,
    /// As given at registration.
    pub email: String,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 64)))]
    #[schema(min_length = 1, max_length = 64)]
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
