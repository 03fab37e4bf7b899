//! Conversations and who takes part in them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ConversationId, ConversationType, DeviceId, MessageId, MessageType, Role, Timestamp, UserId,
};

/// `POST /v1/conversations`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CreateConversationRequest {
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: ConversationType,
    /// A group's name, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 128)))]
    #[schema(max_length = 128)]
    pub subject: Option<String>,
    /// What it is about, at most 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 1024)))]
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, max = 2048)))]
    #[schema(max_length = 2048)]
    pub avatar_url: Option<String>,
    /// The others; the caller is added by itself, duplicates fall out.
    #[serde(default)]
    #[garde(length(max = 2048))]
    #[schema(max_items = 2048)]
    pub participants: Vec<UserId>,
}

/// Query of `GET /v1/conversations`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct ConversationsQuery {
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// True for the archived ones, which are not listed otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub archived: Option<bool>,
}

/// Query of `GET /v1/conversations/direct`. One of the two must be the caller; one alone is the
/// other side.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct DirectQuery {
    /// One side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id_1: Option<UserId>,
    /// The other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id_2: Option<UserId>,
}

/// The newest message of a conversation, without content.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LastMessage {
    /// The message.
    pub id: MessageId,
    /// Who sent it.
    pub sender_id: UserId,
    /// Its number.
    pub sequence_number: u64,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// A conversation as one participant sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Conversation {
    /// The conversation.
    pub id: ConversationId,
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    pub subject: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Who made it; `null` once that account is erased.
    pub creator_id: Option<UserId>,
    /// The invite URL, for those who may invite.
    pub invite_link: Option<String>,
    /// How many take part.
    pub participant_count: u64,
    /// When the newest message that the caller may see was stored.
    pub last_message_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The change counter.
    pub revision: u64,
    /// Counts the changes of the set of devices that senders must encrypt to.
    pub roster_version: u64,
    /// The highest message number given.
    pub last_sequence: u64,
    /// The caller's rank.
    pub role: Role,
    /// Messages after the caller's read cursor that count.
    pub unread_count: u64,
    /// The caller's read cursor.
    pub last_read_sequence: u64,
    /// The newest message that the caller may see.
    pub last_message: Option<LastMessage>,
    /// Muted until then; the year 9999 means for ever.
    pub muted_until: Option<Timestamp>,
    /// When the caller pinned it.
    pub pinned_at: Option<Timestamp>,
    /// Whether the caller archived it.
    pub archived: bool,
}

/// A page of `GET /v1/conversations`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Conversations {
    /// Pinned first, then by last message.
    pub conversations: Vec<Conversation>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// Names of one device of a participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceName {
    /// The server's name for it.
    pub id: DeviceId,
    /// The client's own string for it.
    pub device_id: String,
}

/// One who takes part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    /// Who.
    pub user_id: UserId,
    /// Their username.
    pub username: Option<String>,
    /// What others see.
    pub display_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Their rank.
    pub role: Role,
    /// Since when, this time.
    pub joined_at: Timestamp,
    /// The client strings of the devices that must be encrypted to.
    pub device_ids: Vec<String>,
    /// The same devices under both names.
    pub devices: Vec<DeviceName>,
    /// Their read cursor; `null` where read receipts are off.
    pub last_read_sequence: Option<u64>,
    /// Their delivered cursor.
    pub last_delivered_sequence: Option<u64>,
}

/// The answer of `GET /v1/conversations/:id/participants`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Participants {
    /// All of them, by the time they joined.
    pub participants: Vec<Participant>,
    /// The roster version that the devices belong to.
    pub roster_version: u64,
}

/// `POST /v1/conversations/:id/participants`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct AddParticipantRequest {
    /// Whom.
    #[garde(skip)]
    pub user_id: UserId,
    /// `member` if absent; not above the caller's own rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub role: Option<Role>,
}

/// `PUT /v1/conversations/:id/participants/:user_id/role`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct UpdateRoleRequest {
    /// The new rank.
    #[garde(skip)]
    pub role: Role,
}

/// `POST /v1/conversations/:id/read`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ReadUpToRequest {
    /// The message number up to which everything is read.
    #[serde(alias = "seq_id")]
    #[garde(skip)]
    pub up_to_sequence: u64,
}

/// The answer of the sequence routes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SequenceState {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The highest number given; for a reservation the reserved one.
    pub sequence: u64,
    /// The highest number given.
    pub last_sequence: u64,
    /// When it was read.
    pub updated_at: Timestamp,
}
