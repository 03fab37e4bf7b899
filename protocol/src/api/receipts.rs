//! How far a message has got, as its sender may know it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MessageId, UserId};

/// What became of a message at one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The participant.
    pub user_id: UserId,
    /// Whether a device of theirs has it.
    pub delivered: bool,
    /// Whether they have read it; `null` if they or the caller do not let others know.
    pub read: Option<bool>,
}

/// A page of a message's receipts: everybody else who could see it and still takes part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipts {
    /// The message.
    pub message_id: MessageId,
    /// The page, by user id.
    pub receipts: Vec<Receipt>,
    /// All of them.
    pub total: u64,
    /// Whether there is another page.
    pub has_more: bool,
}
