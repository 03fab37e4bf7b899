//! What people make of a message. A reaction is opaque to the server.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MessageId, Timestamp, UserId};

/// One reaction to a message and how many gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReactionCount {
    /// As given.
    pub reaction: String,
    /// By how many.
    pub count: u64,
    /// Whether the caller is one of them.
    pub mine: bool,
}

/// A message's reactions, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReactionCounts {
    /// The message.
    pub message_id: MessageId,
    /// The most frequent first, at most [`crate::limits::REACTIONS_SHOWN_MAX`] different ones.
    pub reactions: Vec<ReactionCount>,
}

/// Who gave a reaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reaction {
    /// The user who gave it.
    pub user_id: UserId,
    /// As given.
    pub reaction: String,
    /// When it was given.
    pub created_at: Timestamp,
}

/// A page of who reacted to a message, the first to react first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reactions {
    /// The message.
    pub message_id: MessageId,
    /// The same as the message shows.
    pub reactions: Vec<ReactionCount>,
    /// The page.
    pub reacted: Vec<Reaction>,
    /// All of them.
    pub total: u64,
    /// Whether there is another page.
    pub has_more: bool,
}
