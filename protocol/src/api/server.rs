//! What the server says of itself.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer of `GET /v1/server`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerDescription {
    /// Product name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it can do, by name.
    pub features: Vec<String>,
    /// What browsers subscribe to pushes with (`applicationServerKey`), if the server sends Web Push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vapid_public_key: Option<String>,
    /// Its limits, by name; units are in the names.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub limits: serde_json::Map<String, serde_json::Value>,
}

/// One bucket of `GET /v1/rate-limits`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RateLimit {
    /// Its name.
    pub bucket: String,
    /// Requests that a full bucket allows; `null` if there is no limit.
    pub limit: Option<u32>,
    /// Requests that it allows now.
    pub remaining: Option<u32>,
    /// Seconds until it is full again.
    pub reset: Option<u64>,
}

/// The answer of `GET /v1/rate-limits`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RateLimits {
    /// The caller's own.
    pub rate_limits: Vec<RateLimit>,
}

/// Query of `GET /ready`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct ReadyQuery {
    /// `reads`: whether writes can be committed is no matter.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub purpose: Option<ReadyFor>,
}

/// What a server may be ready for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadyFor {
    /// Requests that only read.
    Reads,
}
