//! The countable part of polls; what the options say is in the message's ciphertext.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MessageId, Timestamp, limits};

/// `poll` of `POST /v1/messages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewPoll {
    /// How many options there are, from 2 to 64; they are named by their place from 0.
    #[garde(range(min = 2, max = limits::POLL_OPTIONS_MAX as u64))]
    #[schema(minimum = 2, maximum = 64)]
    pub options: u64,
    /// Whether one may vote for several.
    #[serde(default)]
    #[garde(skip)]
    pub multiple: bool,
    /// When voting ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub closes_at: Option<Timestamp>,
}

/// `PUT /v1/messages/:id/vote`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct VoteRequest {
    /// All options that the caller votes for from now on; none takes the vote back.
    #[garde(length(max = limits::POLL_OPTIONS_MAX))]
    #[schema(max_items = 64)]
    pub options: Vec<u64>,
}

/// One option of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PollOption {
    /// Its place, from 0.
    pub option: u64,
    /// Votes for it.
    pub count: u64,
    /// Whether the caller's is one of them.
    pub mine: bool,
}

/// A poll as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Poll {
    /// Its message.
    pub message_id: MessageId,
    /// Every option, in order.
    pub options: Vec<PollOption>,
    /// Whether one may vote for several.
    pub multiple: bool,
    /// When voting ends, if it does.
    pub closes_at: Option<Timestamp>,
    /// Whether it has ended.
    pub closed: bool,
    /// How many have voted.
    pub voters: u64,
}
