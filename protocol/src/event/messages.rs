//! Events about messages.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    Base64, ConversationId, DeviceId, MessageId, MessageType, Timestamp, UploadId, UserId,
};

/// A message was sent. `content` is this device's ciphertext, `null` if it has none; an echo to the
/// sending device carries none either.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageNew {
    /// The message.
    pub message_id: MessageId,
    /// The sender.
    pub sender_id: UserId,
    /// The client's string of the sending device.
    #[schema(required)]
    pub sender_device_id: Option<String>,
    /// The server's name for the sending device.
    pub sender_device_uuid: DeviceId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    #[schema(required)]
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    #[schema(required)]
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// The files that belong to it.
    pub attachments: Vec<UploadId>,
    /// As sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its content was last replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When its content was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When its content goes by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// This device's content.
    #[schema(required)]
    pub content: Option<Base64>,
    /// Its header, as sent.
    #[schema(required, value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The device it is for; `null` without content or if it is shared.
    #[schema(required)]
    pub recipient_device_id: Option<String>,
    /// For this device beside a shared content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ciphertext: Option<Base64>,
    /// The header of `device_ciphertext`, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub device_header: Option<Box<RawValue>>,
}

/// Who has sent a control message: its part that is the same for every named device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ControlSender {
    /// The control message.
    pub message_id: MessageId,
    /// The sender.
    pub sender_id: UserId,
    /// The client's string of the sending device.
    #[schema(required)]
    pub sender_device_id: Option<String>,
    /// The server's name for the sending device.
    pub sender_device_uuid: DeviceId,
    /// The sender's id for it.
    #[schema(required)]
    pub client_message_id: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// A control message for this device. It is no message: it has no sequence number and counts nowhere.
/// Other devices get a bare `revision`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageControl {
    /// Who has sent it.
    #[serde(flatten)]
    pub sender: ControlSender,
    /// This device's content.
    pub content: Base64,
    /// Its header, as sent.
    #[schema(required, value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The client's string of this device.
    pub recipient_device_id: String,
}

/// What the log keeps of the replacement of a message's content: that it was replaced. The content
/// is read from the message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageEdit {
    /// The message.
    pub message_id: MessageId,
    /// Its sender; `null` once their account is gone.
    #[schema(required)]
    pub sender_id: Option<UserId>,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// When its content was replaced.
    pub edited_at: Timestamp,
}

/// A message's content was replaced. `content` is this device's; read from the log it is today's,
/// `null` if the message is gone since.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageUpdated {
    /// What the log keeps of it.
    #[serde(flatten)]
    pub edit: MessageEdit,
    /// This device's content.
    #[schema(required)]
    pub content: Option<Base64>,
    /// Its header, as sent.
    #[schema(required, value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The device it is for; `null` without content or if it is shared.
    #[schema(required)]
    pub recipient_device_id: Option<String>,
    /// For this device beside a shared content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ciphertext: Option<Base64>,
    /// The header of `device_ciphertext`, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub device_header: Option<Box<RawValue>>,
}

/// A message's content was taken away; with `hard` its place in history too.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageDeleted {
    /// The message.
    pub message_id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// When it was.
    pub deleted_at: Timestamp,
    /// Whether its place in history went too.
    pub hard: bool,
}

/// What was done with a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReactionAction {
    /// Somebody reacted.
    Added,
    /// Somebody took it back.
    Removed,
}

/// Somebody reacted to a message (`action`: `added`), or took it back (`removed`).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageReaction {
    /// The message.
    pub message_id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// The reaction, any text of at most 64 bytes.
    pub reaction: String,
    /// Whether it came or went.
    pub action: ReactionAction,
}

/// A message was pinned, or is no more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessagePinned {
    /// The message.
    pub message_id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Whether it is now.
    pub pinned: bool,
}

/// Somebody voted: `options` are all that they vote for now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PollUpdated {
    /// The poll's message.
    pub message_id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// By their places, from 0.
    pub options: Vec<u64>,
}

/// A revision whose content this device may not see, or a reserved number, or (with `from` and
/// `compacted`) a range that is gone: read the conversation's state over REST.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    /// The first revision of the range, whose last is `revision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Whether it is a range that is gone from the log.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compacted: bool,
    /// The message number that was taken and that no message will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_sequence: Option<u64>,
}

/// Someone read up to a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageRead {
    /// Who read it.
    pub user_id: UserId,
    /// The message's conversation.
    pub conversation_id: ConversationId,
    /// This message and all before it.
    pub message_id: MessageId,
    /// The same under its telling name.
    pub reader_id: UserId,
    /// The message's number.
    pub sequence_number: u64,
}

/// Someone's device has everything up to a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageDelivered {
    /// Whose device has it.
    pub user_id: UserId,
    /// The message's conversation.
    pub conversation_id: ConversationId,
    /// This message and all before it.
    pub message_id: MessageId,
    /// The same under its telling name.
    pub recipient_id: UserId,
    /// The message's number.
    pub sequence_number: u64,
}

/// A message's time has run out: its content is shown no more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageExpired {
    /// The message's conversation.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
}
