//! Presence: who is here.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{PresenceStatus, Timestamp, UserId};

/// Query of `GET /v1/presence`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct PresenceQuery {
    /// A comma list of user ids, 100 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_ids: Option<String>,
}

/// Somebody's presence, as far as the caller may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    /// The user.
    pub user_id: UserId,
    /// `offline` too where the caller may not know.
    pub status: PresenceStatus,
    /// When they were last connected; only of users who are offline and let the caller know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// The answer of `GET /v1/presence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presences {
    /// In the order in which they were asked for, each once.
    pub presences: Vec<Presence>,
}
