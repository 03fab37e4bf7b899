//! Events about who is here, and who is writing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Availability, ConversationId, PresenceStatus, Timestamp, UserId};

/// Someone is writing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TypingStarted {
    /// Who writes.
    pub user_id: UserId,
    /// The conversation that they write in.
    pub conversation_id: ConversationId,
    /// What others see of them.
    pub display_name: String,
    /// Always true.
    pub is_typing: bool,
}

/// Someone stopped writing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TypingStopped {
    /// Who wrote.
    pub user_id: UserId,
    /// The conversation that they wrote in.
    pub conversation_id: ConversationId,
    /// What others see of them.
    pub display_name: String,
    /// Always false.
    pub is_typing: bool,
}

/// Someone is here, or `away` or `busy` by `status`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct PresenceOnline {
    /// Who is here.
    pub user_id: UserId,
    /// Always true.
    pub is_online: bool,
    /// How far they may be disturbed.
    pub status: Availability,
}

/// Someone has been gone for 10 s.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct PresenceOffline {
    /// Who is gone.
    pub user_id: UserId,
    /// Always false.
    pub is_online: bool,
    /// Always `offline`.
    pub status: PresenceStatus,
    /// Since when; `null` to those who may not know any more.
    #[schema(required)]
    pub last_seen_at: Option<Timestamp>,
}
