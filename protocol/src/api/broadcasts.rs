//! Broadcast lists: one message, written to many people, each by itself.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::conversations::check_description;
use super::messages::{Ciphertext, SentMessage};
use super::named;
use crate::{BroadcastId, MessageType, SkipReason, Timestamp, UserId, limits, text};

/// `POST /v1/broadcasts`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CreateBroadcastRequest {
    /// 1 to 128 characters.
    #[serde(deserialize_with = "text::name")]
    #[garde(custom(named(128)))]
    #[schema(min_length = 1, max_length = 1024)]
    pub name: String,
    /// At most 1,024 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(check_description)))]
    #[schema(max_length = 8192)]
    pub description: Option<String>,
    /// The first recipients; those who cannot be one are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = limits::BROADCAST_RECIPIENTS_MAX))]
    #[schema(max_items = 1024)]
    pub recipients: Vec<UserId>,
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub owner_id: Option<UserId>,
}

/// `PUT /v1/broadcasts/:id`: what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct UpdateBroadcastRequest {
    /// 1 to 128 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(128))))]
    #[schema(min_length = 1, max_length = 1024)]
    pub name: Option<String>,
    /// At most 1,024 characters; `null` clears.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(inner(custom(check_description))))]
    #[schema(value_type = Option<String>, max_length = 8192)]
    pub description: Option<Option<String>>,
}

/// A broadcast list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Broadcast {
    /// The list.
    pub id: BroadcastId,
    /// For its owner.
    pub name: String,
    /// For its owner.
    pub description: Option<String>,
    /// Whose it is; nobody else knows of it.
    pub owner_id: UserId,
    /// How many recipients it has.
    pub recipient_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or description last changed.
    pub updated_at: Timestamp,
}

/// The answer of `POST /v1/broadcasts`: the list, and who could not be put on it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedBroadcast {
    /// The list.
    #[serde(flatten)]
    pub broadcast: Broadcast,
    /// Who is not on it, and why.
    pub skipped: Vec<SkippedUser>,
}

/// A page of the caller's lists, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Broadcasts {
    /// One page.
    pub broadcasts: Vec<Broadcast>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// Query of `GET /v1/broadcasts`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct BroadcastsQuery {
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Query of `GET /v1/broadcasts/search`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct BroadcastSearchQuery {
    /// A part of the name, in any letter case; 1 to 128 characters.
    #[garde(skip)]
    pub query: String,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// `POST /v1/broadcasts/:id/recipients`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct AddRecipientRequest {
    /// Whom to add.
    #[garde(skip)]
    pub user_id: UserId,
}

/// Bulk requests.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct BulkRecipientsRequest {
    /// At least one, at most 1,024.
    #[garde(length(min = 1, max = limits::BROADCAST_RECIPIENTS_MAX))]
    #[schema(min_items = 1, max_items = 1024)]
    pub user_ids: Vec<UserId>,
}

/// Somebody on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    /// The list.
    pub broadcast_id: BroadcastId,
    /// The recipient.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// Their display name.
    pub display_name: String,
    /// Since when they are on the list.
    pub added_at: Timestamp,
}

/// A page of a list's recipients, in the order in which they were added.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Recipients {
    /// One page.
    pub recipients: Vec<Recipient>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// The answer of `GET /v1/broadcasts/:id/recipients/count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecipientCount {
    /// How many recipients the list has.
    pub count: u64,
}

/// The answer of `GET /v1/broadcasts/:id/recipients/:user_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecipientCheck {
    /// The list.
    pub broadcast_id: BroadcastId,
    /// Who was asked for.
    pub user_id: UserId,
    /// Whether they are on the list.
    pub is_recipient: bool,
    /// Since when; `null` if they are not.
    pub added_at: Option<Timestamp>,
}

/// Somebody who was left out of a bulk request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedUser {
    /// The user who was left out.
    pub user_id: UserId,
    /// Why they were left out.
    pub code: SkipReason,
}

/// The answer of a bulk addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulkAdded {
    /// How many were added.
    pub added: u64,
    /// How many recipients the list has now.
    pub count: u64,
    /// Who was not added, and why.
    pub skipped: Vec<SkippedUser>,
}

/// The answer of a bulk removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BulkRemoved {
    /// How many were removed.
    pub removed: u64,
    /// How many recipients the list has now.
    pub count: u64,
    /// Who was not on the list.
    pub skipped: Vec<SkippedUser>,
}

/// `POST /v1/broadcasts/:id/messages`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct SendBroadcastRequest {
    /// One for each device of each recipient, and for each other device of the sender; the latter
    /// go into every conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = limits::CIPHERTEXTS_MAX), dive)]
    #[schema(max_items = 5000)]
    pub ciphertexts: Vec<Ciphertext>,
    /// `text` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub message_type: Option<MessageType>,
    /// The client's id for it: under it each recipient gets the message once, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub client_message_id: Option<String>,
    /// The same for 24 hours, if there is no `client_message_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub idempotency_key: Option<String>,
}

/// A message that one recipient was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BroadcastMessage {
    /// The recipient.
    pub user_id: UserId,
    /// As for any other send.
    #[serde(flatten)]
    pub message: SentMessage,
}

/// A recipient who was not sent the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedRecipient {
    /// The recipient.
    pub user_id: UserId,
    /// A [`SkipReason`], or the [`crate::ErrorCode`] that a send to them alone gives.
    pub code: String,
    /// What exactly, where the code has something to tell.
    pub details: Option<Value>,
}

/// The answer of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentBroadcast {
    /// How many recipients were sent the message.
    pub accepted: u64,
    /// Their messages.
    pub messages: Vec<BroadcastMessage>,
    /// Who was not, and why.
    pub skipped: Vec<SkippedRecipient>,
}
