//! Invite links of groups: showing, renewing and following them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversations::Conversation;
use crate::ConversationId;

/// Query of `GET /v1/conversations/invite`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct InviteQuery {
    /// The code, or the whole link.
    #[garde(skip)]
    pub link: String,
}

/// `POST /v1/conversations/join`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct JoinRequest {
    /// The code, or the whole link.
    #[serde(alias = "link")]
    #[garde(length(bytes, min = 1, max = 2048))]
    #[schema(min_length = 1, max_length = 2048)]
    pub code: String,
}

/// The answer of `POST /v1/conversations/:id/invite`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InviteLink {
    /// What to hand on: a URL if the server knows its own, else the code.
    pub invite_link: String,
    /// The code alone.
    pub code: String,
}

/// All that somebody who does not take part is shown of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationPreview {
    /// The conversation.
    pub id: ConversationId,
    /// Its name.
    pub subject: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// How many take part.
    pub participant_count: u64,
}

/// The answer of `GET /v1/conversations/invite`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum InvitedTo {
    /// The caller takes part already and sees it all.
    Own(Box<Conversation>),
    /// The caller does not.
    Preview(ConversationPreview),
}
