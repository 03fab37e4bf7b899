//! Events about conversations, who takes part in them, and the devices to encrypt to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::conversations::{DirectParticipant, Permissions};
use crate::{ConversationId, ConversationType, DeviceId, Role, Timestamp, UserId};

/// A conversation as it was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedConversation {
    /// The conversation.
    pub id: ConversationId,
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    #[schema(required)]
    pub subject: Option<String>,
    /// What it is about.
    #[schema(required)]
    pub description: Option<String>,
    /// A picture.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// Who made it; `null` once that account is gone.
    #[schema(required)]
    pub creator_id: Option<UserId>,
    /// How many take part.
    pub participant_count: u64,
    /// Both sides of a DM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<DirectParticipant>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A conversation was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationCreated {
    /// The conversation.
    pub conversation: CreatedConversation,
}

/// A conversation as it is after a change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangedConversation {
    /// The conversation.
    pub id: ConversationId,
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    #[schema(required)]
    pub subject: Option<String>,
    /// What it is about.
    #[schema(required)]
    pub description: Option<String>,
    /// A picture.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// Who made it; `null` once that account is gone.
    #[schema(required)]
    pub creator_id: Option<UserId>,
    /// Who may do what.
    pub permissions: Permissions,
    /// Seconds after which messages go by themselves, unless they say otherwise.
    #[schema(required)]
    pub message_expiry_seconds: Option<u64>,
    /// How many take part.
    pub participant_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Its subject, description, picture, invite link, permissions or expiry changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationUpdated {
    /// The conversation.
    pub conversation: ChangedConversation,
}

/// A conversation that is no more.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeletedConversation {
    /// The conversation.
    pub id: ConversationId,
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    pub kind: ConversationType,
}

/// A group was deleted. The last event of the conversation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationDeleted {
    /// The conversation.
    pub conversation: DeletedConversation,
}

/// One who takes part, or took part until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresentParticipant {
    /// The user.
    pub user_id: UserId,
    /// Their rank.
    pub role: Role,
    /// Since when, this time.
    pub joined_at: Timestamp,
}

/// Someone joined. For oneself `from_revision` says where one's log goes on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParticipantAdded {
    /// Who joined.
    pub participant: PresentParticipant,
    /// The first revision that one gets, for oneself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<u64>,
}

/// Someone left or was removed. For oneself the last event of the conversation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParticipantRemoved {
    /// Who left, as they were.
    pub participant: PresentParticipant,
    /// Whether they left because their account is gone, and what they said with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// Someone's rank changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParticipantRole {
    /// Who, with the new rank.
    pub participant: PresentParticipant,
}

/// A device of somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RosterDevice {
    /// The server's name for it.
    pub id: DeviceId,
    /// The client's own string for it.
    pub device_id: String,
    /// Whose it is.
    pub user_id: UserId,
}

/// A device must be encrypted to from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceAdded {
    /// The device.
    pub device: RosterDevice,
    /// The roster version from here on.
    pub roster_version: u64,
}

/// A device must not be encrypted to any more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceRemoved {
    /// The device.
    pub device: RosterDevice,
    /// The roster version from here on.
    pub roster_version: u64,
}

/// A device has another identity key than before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityChanged {
    /// The device.
    pub device: RosterDevice,
    /// The roster version from here on.
    pub roster_version: u64,
}

/// The own read cursor moved, on this or another device, or what is unread changed by itself. Where
/// nobody else hears of reading it counts as a change of the account, up to `account_revision`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConversationRead {
    /// The user who is told.
    pub user_id: UserId,
    /// The conversation whose cursor it is.
    pub conversation_id: ConversationId,
    /// The read cursor.
    pub last_read_sequence: u64,
    /// Messages after it that count.
    pub unread_count: u64,
    /// The change of the account that it made, where nobody else hears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_revision: Option<u64>,
}
