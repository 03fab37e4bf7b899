//! Messages that are kept at hand: pinned for everybody, starred for oneself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::messages::Message;
use crate::{MessageId, Timestamp, UserId};

/// A pinned message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pin {
    /// The message's id.
    pub message_id: MessageId,
    /// Who pinned it.
    pub pinned_by: UserId,
    /// When it was pinned.
    pub pinned_at: Timestamp,
    /// The message, as the calling device sees it.
    pub message: Message,
}

/// A page of a conversation's pinned messages, the one pinned last first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pins {
    /// The page.
    pub pins: Vec<Pin>,
    /// All of them.
    pub total: u64,
    /// Whether there is another page.
    pub has_more: bool,
}

/// A page of the caller's starred messages, the one starred last first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Starred {
    /// The page, as the calling device sees it.
    pub messages: Vec<Message>,
    /// All of them.
    pub total: u64,
    /// Whether there is another page.
    pub has_more: bool,
}
