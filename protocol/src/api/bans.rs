//! Bans: who is kept out of a group.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Timestamp, UserId};

/// Somebody who is kept out of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ban {
    /// Who is banned. Whether the id belongs to anybody is not said.
    pub user_id: UserId,
    /// Since when.
    pub banned_at: Timestamp,
}

/// A page of those who are banned from a group, the one banned last first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Bans {
    /// The page.
    pub bans: Vec<Ban>,
    /// All of them.
    pub total: u64,
    /// Whether there is another page.
    pub has_more: bool,
}
