//! Push tokens: where a device without a live socket is woken.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{PushPlatform, Timestamp};

/// `POST /v1/users/me/push-tokens`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct AddPushTokenRequest {
    /// Whose service wakes the device.
    #[garde(skip)]
    pub platform: PushPlatform,
    /// What that service knows the device by: for Web Push the subscription as JSON text, or its
    /// `https` endpoint alone, else visible ASCII characters. At most 2,048 bytes.
    #[garde(length(bytes, min = 1, max = 2_048))]
    #[schema(min_length = 1, max_length = 2_048)]
    pub token: String,
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
}

/// A push token of an own device; a device has at most one for each platform.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PushToken {
    /// The stored token.
    pub id: Uuid,
    /// The client's own string for the device.
    pub device_id: String,
    /// Whose service wakes the device.
    pub platform: PushPlatform,
    /// As it was stored.
    pub token: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// The answer of `GET /v1/users/me/push-tokens`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PushTokens {
    /// Those of all own devices, oldest first.
    pub push_tokens: Vec<PushToken>,
}
