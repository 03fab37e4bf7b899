//! Calls: who is in one, how far it has come, how good it was.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::check_plain;
use crate::{
    CallEndReason, CallId, CallParticipantStatus, CallStatus, CallType, ConversationId, DeviceId,
    Timestamp, UserId, limits,
};

/// `POST /v1/calls`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CreateCallRequest {
    /// Where. In a DM the other side is asked at once.
    #[garde(skip)]
    pub conversation_id: ConversationId,
    /// With sound or with picture.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: CallType,
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub initiator_id: Option<UserId>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// The call.
    pub id: CallId,
    /// Where it is.
    pub conversation_id: ConversationId,
    /// With sound or with picture.
    #[serde(rename = "type")]
    pub kind: CallType,
    /// How far it has come.
    pub status: CallStatus,
    /// Who made it; `null` once their account is gone.
    pub initiator_id: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was connected.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Seconds that it was connected, until now if it still is.
    pub duration: u64,
    /// Why it ended.
    pub reason: Option<CallEndReason>,
    /// Who ended it; `null` if nobody did.
    pub ended_by: Option<UserId>,
    /// Who is or was in it, in the order in which they were asked.
    pub participants: Vec<CallParticipant>,
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallParticipant {
    /// The call.
    pub call_id: CallId,
    /// The participant.
    pub user_id: UserId,
    /// Their username; `null` once their account is gone.
    pub username: Option<String>,
    /// What others see; `null` once their account is gone.
    pub display_name: Option<String>,
    /// What the call is to them.
    pub status: CallParticipantStatus,
    /// The client's string of the device with which they joined or declined.
    pub device_id: Option<String>,
    /// The server's name for the same device.
    pub device_uuid: Option<DeviceId>,
    /// Whether they are not heard.
    pub audio_muted: bool,
    /// Whether they are not seen.
    pub video_muted: bool,
    /// When they were asked.
    pub invited_at: Timestamp,
    /// When they joined.
    pub joined_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
}

/// A page of calls, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Calls {
    /// One page.
    pub calls: Vec<Call>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// Query of `GET /v1/calls`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CallsQuery {
    /// The conversation whose calls are listed.
    #[garde(skip)]
    pub conversation_id: ConversationId,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Query of the caller's own lists: `GET /v1/calls/user`, `active`, `missed`, `quality/user`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct OwnCallsQuery {
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Everybody who is or was in a call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallParticipants {
    /// In the order in which they were asked.
    pub participants: Vec<CallParticipant>,
}

/// `POST /v1/calls/:id/participants`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct AddCallParticipantRequest {
    /// The user to add.
    #[garde(skip)]
    pub user_id: UserId,
}

/// `PUT /v1/calls/:id/participants/:user_id/status`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CallStatusRequest {
    /// `JOINED` accepts or joins, `DECLINED` and `BUSY` decline, `LEFT` leaves, `RINGING` says that
    /// the device rings; `INVITED` changes nothing.
    #[garde(skip)]
    pub status: CallParticipantStatus,
}

/// `PUT /v1/calls/:id/participants/:user_id/mute`: what is absent stays.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct CallMuteRequest {
    /// Whether they are not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub audio_muted: Option<bool>,
    /// Whether they are not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub video_muted: Option<bool>,
}

/// `POST /v1/calls/:id/end`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct EndCallRequest {
    /// Why; follows from how far the call has come if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub reason: Option<CallEndReason>,
}

/// `GET /v1/calls/:id/duration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallDuration {
    /// Seconds that it was connected, until now if it still is.
    pub duration: u64,
}

/// `POST /v1/calls/quality`: what the caller's client measured.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct QualityRequest {
    /// In which call.
    #[garde(skip)]
    pub call_id: CallId,
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// When; now if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub timestamp: Option<Timestamp>,
    /// The measured values.
    #[serde(flatten)]
    #[garde(dive)]
    pub values: QualityValues,
}

/// What can be measured; each value may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
pub struct QualityValues {
    /// Part of the packets that were lost, from 0 to 1.
    #[serde(default)]
    #[garde(inner(range(min = 0.0, max = 1.0)))]
    #[schema(minimum = 0, maximum = 1)]
    pub packet_loss: Option<f64>,
    /// Variation of the delay, in milliseconds.
    #[serde(default)]
    #[garde(inner(range(min = 0.0, max = 1e9)))]
    #[schema(minimum = 0)]
    pub jitter: Option<f64>,
    /// Delay, in milliseconds.
    #[serde(default)]
    #[garde(inner(range(min = 0.0, max = 1e9)))]
    #[schema(minimum = 0)]
    pub latency: Option<f64>,
    /// Bits per second.
    #[serde(default)]
    #[garde(inner(range(min = 0.0, max = 1e12)))]
    #[schema(minimum = 0)]
    pub bitrate: Option<f64>,
    /// Pictures per second.
    #[serde(default)]
    #[garde(inner(range(min = 0.0, max = 1e4)))]
    #[schema(minimum = 0)]
    pub frame_rate: Option<f64>,
    /// Such as `1920x1080`; at most 32 characters.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 32), custom(check_plain)))]
    #[schema(min_length = 1, max_length = 32)]
    pub resolution: Option<String>,
    /// Volume of the sound, in decibels.
    #[serde(default)]
    #[garde(inner(range(min = -1000.0, max = 1000.0)))]
    pub audio_level: Option<f64>,
}

/// What a client measured at one moment of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Quality {
    /// The measurement.
    pub id: Uuid,
    /// In which call.
    pub call_id: CallId,
    /// Whose client.
    pub user_id: UserId,
    /// When it was measured.
    pub timestamp: Timestamp,
    /// The measured values.
    #[serde(flatten)]
    pub values: QualityValues,
}

/// Query of `GET /v1/calls/quality`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct QualityQuery {
    /// Of which call.
    #[garde(skip)]
    pub call_id: CallId,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// A page of measurements, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Qualities {
    /// One page.
    pub quality: Vec<Quality>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// Query of `GET /v1/calls/quality/average`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct AverageQuery {
    /// Of which call.
    #[garde(skip)]
    pub call_id: CallId,
}

/// `GET /v1/calls/quality/average`: over all that was measured in a call; `null` where nothing was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AverageQuality {
    /// The call.
    pub call_id: CallId,
    /// How many measurements there are.
    pub samples: u64,
    /// Part of the packets that were lost, from 0 to 1.
    pub packet_loss: Option<f64>,
    /// Variation of the delay, in milliseconds.
    pub jitter: Option<f64>,
    /// Delay, in milliseconds.
    pub latency: Option<f64>,
    /// Bits per second.
    pub bitrate: Option<f64>,
    /// Pictures per second.
    pub frame_rate: Option<f64>,
    /// Volume of the sound, in decibels.
    pub audio_level: Option<f64>,
}

/// `GET /v1/calls/ice-servers`: what a client gives to its `RTCPeerConnection`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServers {
    /// STUN servers, and TURN servers with credentials.
    pub ice_servers: Vec<IceServer>,
    /// Seconds that the credentials are good for.
    pub ttl: u64,
}

/// Servers that help two devices to reach each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServer {
    /// Where they are.
    pub urls: Vec<String>,
    /// When the credential ends, in Unix seconds, and whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// HMAC-SHA1 of the username, as coturn checks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}
