//! What the server says of the socket itself, and its answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::frame::FrameId;
use crate::{DeviceId, LoginSessionId, Timestamp, UserId};

/// The first frame after authentication.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// This socket, for people who read logs.
    pub connection_id: String,
    /// Who is signed in.
    pub user_id: UserId,
    /// The client's own string for the device.
    pub device_id: String,
    /// The server's name for the device.
    pub device_uuid: DeviceId,
    /// The login.
    pub session_id: LoginSessionId,
    /// What the server's clock shows.
    pub server_time: Timestamp,
    /// The server pings this often.
    pub heartbeat_seconds: u64,
    /// How far the account has come.
    pub account_revision: u64,
    /// How many conversations will be replayed.
    pub behind: u64,
}

/// A request of the client succeeded.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OkAnswer {
    /// The client's id for the request.
    pub id: FrameId,
    /// True if this is the original answer to an earlier, equal request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// What the same request answers over REST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub data: Option<Box<RawValue>>,
}

/// A request of the client failed, or a frame could not be understood.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    /// The client's id for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FrameId>,
    /// What went wrong, as a client tells cases apart.
    pub code: String,
    /// A sentence for people.
    pub error: String,
    /// What exactly, where the code has something to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub details: Option<Value>,
    /// Milliseconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// The answer to `ping`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pong {
    /// The client's id for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FrameId>,
    /// What the server's clock shows.
    pub server_time: Timestamp,
}

/// The token was renewed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuthOk {
    /// The client's id for the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FrameId>,
    /// When the new token ends.
    pub expires_at: Timestamp,
}

/// The token ends soon: send `auth` with a new one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuthExpiring {
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Every conversation has reached the head that it had at `hello`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SyncComplete {}

/// This node goes away; come back after the given time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServerDraining {
    /// Milliseconds to wait before coming back.
    pub reconnect_after_ms: u64,
}
