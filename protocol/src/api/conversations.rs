//! Conversations and who takes part in them.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::named;
use super::people::check_avatar_url;
use crate::{
    ConversationId, ConversationType, DeviceId, MessageId, MessageType, Permission, Role,
    Timestamp, UserId, text,
};

/// The rule of descriptions, which may have several lines.
pub(super) fn check_description<C>(description: &str, _: &C) -> garde::Result {
    text::check_length(description, 1_024)
}

/// `POST /v1/conversations`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CreateConversationRequest {
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: ConversationType,
    /// A group's name, at most 128 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(128))))]
    #[schema(min_length = 1, max_length = 1024)]
    pub subject: Option<String>,
    /// What it is about, at most 1,024 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(check_description)))]
    #[schema(max_length = 8192)]
    pub description: Option<String>,
    /// A picture: `https:`, or the address of a file of this server.
    #[serde(
        default,
        deserialize_with = "text::optional_picture",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(check_avatar_url)))]
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

/// Query of `GET /v1/conversations/type`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ConversationTypeQuery {
    /// `DM` or `GROUP`.
    #[serde(rename = "type")]
    #[garde(skip)]
    pub kind: ConversationType,
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

/// Query of `GET /v1/conversations/search`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ConversationSearchQuery {
    /// Part of a group's name, or of the other side's name in a DM; 1 to 128 characters.
    #[garde(skip)]
    pub query: String,
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

/// Who may do what in a group. In a DM both sides may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Permissions {
    /// Who may send messages.
    pub send: Permission,
    /// Who may change subject, description, picture and expiry.
    pub edit_info: Permission,
    /// Who may add members.
    pub add_members: Permission,
    /// Who may see and renew the invite link.
    pub invite: Permission,
    /// Who may start calls.
    pub start_call: Permission,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            send: Permission::Everyone,
            edit_info: Permission::Admins,
            add_members: Permission::Admins,
            invite: Permission::Admins,
            start_call: Permission::Everyone,
        }
    }
}

/// One of the two in a DM, as the reader may see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectParticipant {
    /// The participant.
    pub user_id: UserId,
    /// Their username; `null` once their account is gone.
    #[schema(required)]
    pub username: Option<String>,
    /// What others see; `null` once their account is gone.
    #[schema(required)]
    pub display_name: Option<String>,
    /// A picture, if their `privacy_profile_photo` allows.
    #[schema(required)]
    pub avatar_url: Option<String>,
    /// Their rank.
    pub role: Role,
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
    /// The invite link, for those who may invite, once one was made.
    pub invite_link: Option<String>,
    /// Who may do what.
    pub permissions: Permissions,
    /// Seconds after which messages go by themselves, unless they say otherwise.
    pub message_expiry_seconds: Option<u64>,
    /// How many take part.
    pub participant_count: u64,
    /// When the newest message that the caller may see was stored.
    pub last_message_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its subject, description, picture or rules last changed.
    pub updated_at: Timestamp,
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
    /// Both sides of a DM. The participants of a group have a list of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<DirectParticipant>>,
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
    /// The participant.
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
    /// Their delivered cursor; `null` in a DM with somebody whom the caller has blocked.
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
    /// The user to add.
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

/// `PUT /v1/conversations/:id`: an absent field stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct UpdateConversationRequest {
    /// A group's name, at most 128 characters.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(inner(custom(named(128)))))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1024)]
    pub subject: Option<Option<String>>,
    /// What it is about, at most 1,024 characters.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(inner(custom(check_description))))]
    #[schema(value_type = Option<String>, max_length = 8192)]
    pub description: Option<Option<String>>,
    /// A picture: `https:`, or the address of a file of this server.
    #[serde(
        default,
        deserialize_with = "text::merged_picture",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(inner(custom(check_avatar_url))))]
    #[schema(value_type = Option<String>, max_length = 2048)]
    pub avatar_url: Option<Option<String>>,
    /// Seconds after which new messages go by themselves; at most a year.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(inner(range(min = 1, max = 31_536_000))))]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 31_536_000)]
    pub message_expiry_seconds: Option<Option<u64>>,
    /// Who may do what; `null` takes all back to what a new group has.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<PermissionsUpdate>)]
    pub permissions: Option<Option<PermissionsUpdate>>,
}

/// Permissions to change: an absent one stays, `null` takes it back to what a new group has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PermissionsUpdate {
    /// Who may send messages.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Permission>)]
    pub send: Option<Option<Permission>>,
    /// Who may change subject, description, picture and expiry.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Permission>)]
    pub edit_info: Option<Option<Permission>>,
    /// Who may add members.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Permission>)]
    pub add_members: Option<Option<Permission>>,
    /// Who may see and renew the invite link.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Permission>)]
    pub invite: Option<Option<Permission>>,
    /// Who may start calls.
    #[serde(
        default,
        deserialize_with = "super::merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Permission>)]
    pub start_call: Option<Option<Permission>>,
}

impl PermissionsUpdate {
    /// What these permissions become.
    pub fn apply(&self, before: Permissions) -> Permissions {
        let new = Permissions::default();
        let merged = |update: Option<Option<Permission>>, before, new| match update {
            None => before,
            Some(None) => new,
            Some(Some(permission)) => permission,
        };
        Permissions {
            send: merged(self.send, before.send, new.send),
            edit_info: merged(self.edit_info, before.edit_info, new.edit_info),
            add_members: merged(self.add_members, before.add_members, new.add_members),
            invite: merged(self.invite, before.invite, new.invite),
            start_call: merged(self.start_call, before.start_call, new.start_call),
        }
    }
}

/// `POST /v1/conversations/:id/transfer`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct TransferRequest {
    /// The participant who becomes the owner.
    #[garde(skip)]
    pub user_id: UserId,
}

/// `POST /v1/conversations/:id/mute`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct MuteRequest {
    /// Until when; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub until: Option<Timestamp>,
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
