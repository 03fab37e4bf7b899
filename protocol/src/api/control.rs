//! Control messages: ciphertext for some devices, which is no message to read. Resend requests, resets
//! of sessions and late sender keys travel in them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::messages::Ciphertext;
use crate::{ConversationId, MessageId, Timestamp, UserId, limits};

/// `POST /v1/conversations/:id/control`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ControlRequest {
    /// One for each device that is to get one; others need none.
    #[garde(length(min = 1, max = limits::CIPHERTEXTS_MAX), dive)]
    #[schema(min_items = 1, max_items = 5000)]
    pub ciphertexts: Vec<Ciphertext>,
    /// The client's id for it: unique per device and conversation among control messages, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub client_message_id: Option<String>,
    /// Whether named devices without a socket are woken, as they are for a message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub urgent: bool,
}

/// `control:send`: a [`ControlRequest`] that names its conversation.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ControlFrame {
    /// Where to.
    #[garde(skip)]
    pub conversation_id: ConversationId,
    /// One for each device that is to get one; others need none.
    #[garde(length(min = 1, max = limits::CIPHERTEXTS_MAX), dive)]
    #[schema(min_items = 1, max_items = 5000)]
    pub ciphertexts: Vec<Ciphertext>,
    /// The client's id for it: unique per device and conversation among control messages, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub client_message_id: Option<String>,
    /// Whether named devices without a socket are woken, as they are for a message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub urgent: bool,
}

impl ControlFrame {
    /// Where to, and the same request without it.
    pub fn split(self) -> (ConversationId, ControlRequest) {
        let request = ControlRequest {
            ciphertexts: self.ciphertexts,
            client_message_id: self.client_message_id,
            urgent: self.urgent,
        };
        (self.conversation_id, request)
    }
}

/// The answer to a control message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentControl {
    /// The control message.
    pub id: MessageId,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// Who sent it.
    pub sender_id: UserId,
    /// As sent.
    pub client_message_id: Option<String>,
    /// Its number among the conversation's changes.
    pub revision: u64,
    /// When it was stored.
    pub created_at: Timestamp,
}
