//! Events about the own account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::UserId;
use crate::api::accounts::Contact;
use crate::api::auth::LoginSession;
use crate::api::uploads::Upload;

/// Something of the account changed: read `GET /v1/sync` or what concerns you.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountChanged {
    /// How far the account has come.
    pub account_revision: u64,
}

/// An own contact or block changed; `contact` is `null` once it is no contact any more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContactUpdated {
    /// The user who is told.
    pub user_id: UserId,
    /// The other one.
    pub contact_user_id: UserId,
    /// How they are now.
    #[schema(required)]
    pub contact: Option<Contact>,
}

/// Someone signed in to the account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionNew {
    /// The user who is told.
    pub user_id: UserId,
    /// The login.
    pub session: LoginSession,
}

/// This device has few one-time prekeys left, or few post-quantum ones, if it ever stored such.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PrekeysLow {
    /// The client's own string for the device.
    pub device_id: String,
    /// How many one-time prekeys are left.
    pub count: u64,
    /// How many post-quantum prekeys are left, the last-resort key excluded.
    pub pq_count: u64,
    /// Fewer than this are few.
    pub threshold: u64,
}

/// An own upload is complete.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UploadCompleted {
    /// The user who is told.
    pub user_id: UserId,
    /// The file.
    pub upload: Upload,
}
