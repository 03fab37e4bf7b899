//! Messages: what is sent, what history shows, receipts.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::polls::NewPoll;
use super::reactions::ReactionCount;
use crate::opaque::check_opaque;
use crate::{
    Base64, ConversationId, DeviceId, MessageId, MessageType, Timestamp, UploadId, UserId, limits,
};

fn check_ciphertext(bytes: &Base64, _: &()) -> garde::Result {
    if bytes.is_empty() {
        Err(garde::Error::new("must not be empty"))
    } else if bytes.len() > limits::CIPHERTEXT_BYTES_MAX {
        Err(garde::Error::new("must be at most 96 KiB"))
    } else {
        Ok(())
    }
}

pub(super) fn check_shared_ciphertext(bytes: &Option<Base64>, cx: &()) -> garde::Result {
    bytes
        .as_ref()
        .map_or(Ok(()), |bytes| check_ciphertext(bytes, cx))
}

pub(super) fn check_small_json(json: &Option<Box<RawValue>>, _: &()) -> garde::Result {
    match json {
        Some(json) if json.get().len() > limits::HEADER_BYTES_MAX => {
            Err(garde::Error::new("must be at most 4 KiB of JSON"))
        }
        Some(json) => check_opaque(json).map_err(garde::Error::new),
        None => Ok(()),
    }
}

/// What one device gets.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct Ciphertext {
    /// The device: its owner's string for it, or the server's id.
    #[garde(length(chars, min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub recipient_device_id: String,
    /// Needed only where the string fits two participants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub recipient_user_id: Option<UserId>,
    /// 1 byte to 96 KiB.
    #[garde(custom(check_ciphertext))]
    pub ciphertext: Base64,
    /// Any JSON of at most 4 KiB, handed on as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_small_json))]
    #[schema(value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
}

/// `POST /v1/messages` and `message:send`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct SendMessageRequest {
    /// Where to.
    #[garde(skip)]
    pub conversation_id: ConversationId,
    /// One for each device that must get one, the sending device excepted; one for that is ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = limits::CIPHERTEXTS_MAX), dive)]
    #[schema(max_items = 5000)]
    pub ciphertexts: Vec<Ciphertext>,
    /// In groups: one body for all devices (sender keys).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_shared_ciphertext))]
    pub shared_ciphertext: Option<Base64>,
    /// Header of the shared body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_small_json))]
    #[schema(value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The roster that the shared body was encrypted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub roster_version: Option<u64>,
    /// `text` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub message_type: Option<MessageType>,
    /// The client's id for it: unique per device and conversation for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub client_message_id: Option<String>,
    /// Unique per user for 24 h; looked at only without `client_message_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub idempotency_key: Option<String>,
    /// The message that this one answers, of the same conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub reply_to_message_id: Option<MessageId>,
    /// Participants who are mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 256))]
    #[schema(max_items = 256)]
    pub mentions: Vec<UserId>,
    /// Completed uploads of the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = limits::ATTACHMENTS_MAX))]
    pub attachments: Vec<UploadId>,
    /// The countable part of a poll; for messages of type `poll` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub poll: Option<NewPoll>,
    /// Any JSON of at most 4 KiB, not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_small_json))]
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// Seconds until its content is gone; at most a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = 31_536_000)))]
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub expires_in: Option<u64>,
}

impl SendMessageRequest {
    /// A text with one ciphertext per device and nothing else.
    pub fn new(conversation_id: ConversationId, ciphertexts: Vec<Ciphertext>) -> Self {
        Self {
            conversation_id,
            ciphertexts,
            shared_ciphertext: None,
            header: None,
            roster_version: None,
            message_type: None,
            client_message_id: None,
            idempotency_key: None,
            reply_to_message_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            poll: None,
            metadata: None,
            expires_in: None,
        }
    }
}

/// The answer to a send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentMessage {
    /// The message.
    pub id: MessageId,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// Who sent it.
    pub sender_id: UserId,
    /// As sent.
    pub client_message_id: Option<String>,
    /// Its number among the conversation's messages.
    pub sequence_number: u64,
    /// Its number among the conversation's changes.
    pub revision: u64,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// A message as one device sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Who sent it.
    pub sender_id: UserId,
    /// The client's string of the sending device, while it is known.
    pub sender_device_id: Option<String>,
    /// The server's name for the sending device.
    pub sender_device_uuid: DeviceId,
    /// The sender's id for it, shown to the sender's own devices and others alike.
    pub client_message_id: Option<String>,
    /// Its number among the conversation's messages.
    pub sequence_number: u64,
    /// Its number among the conversation's changes.
    pub revision: u64,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// Whether its content was taken away.
    pub is_deleted: bool,
    /// Whether its content was replaced.
    pub is_edited: bool,
    /// This device's content, `null` if there is none for it.
    pub ciphertext: Option<Base64>,
    /// The header as it was sent.
    #[schema(value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The device that `ciphertext` is for, `null` without one or if it is shared.
    pub recipient_device_id: Option<String>,
    /// For one device beside a shared content: a sender key, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ciphertext: Option<Base64>,
    /// The header of `device_ciphertext`, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub device_header: Option<Box<RawValue>>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// The files that belong to it.
    pub attachments: Vec<UploadId>,
    /// What people make of it, the most frequent first.
    pub reactions: Vec<ReactionCount>,
    /// As sent.
    #[schema(value_type = Option<serde_json::Value>)]
    pub metadata: Option<Box<RawValue>>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// When its content was last replaced.
    pub edited_at: Option<Timestamp>,
    /// When its content was taken away.
    pub deleted_at: Option<Timestamp>,
    /// When its content goes by itself.
    pub expires_at: Option<Timestamp>,
}

/// Lists of three, written so that every generator of code understands it.
fn gaps_schema() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Type};
    let part = AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Integer))
        .item(ObjectBuilder::new().schema_type(Type::String));
    let gap = ArrayBuilder::new()
        .items(part)
        .min_items(Some(3))
        .max_items(Some(3));
    ArrayBuilder::new()
        .items(gap)
        .description(Some("Numbers without a message within the page's range."))
        .build()
}

/// Numbers that history does not show: first, last, why (`reserved` or `deleted`).
pub type Gap = (u64, u64, String);

/// A page of history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Messages {
    /// Newest first for `before_seq`, oldest first for `after_seq` and `around_seq`.
    pub messages: Vec<Message>,
    /// Whether there is more in the direction asked for.
    pub has_more: bool,
    /// Numbers without a message within the page's range.
    #[schema(schema_with = gaps_schema)]
    pub gaps: Vec<Gap>,
}

/// Query of `GET /v1/messages`; at most one of the three positions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct HistoryQuery {
    /// Whose history.
    #[garde(skip)]
    pub conversation_id: ConversationId,
    /// Messages below this number, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub before_seq: Option<u64>,
    /// Messages above this number, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub after_seq: Option<u64>,
    /// The neighbourhood of this number, oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub around_seq: Option<u64>,
    /// 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Names of a device in the details of `DEVICE_MISMATCH`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct UserDevice {
    /// Its owner, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The string that names it.
    pub device_id: String,
    /// The server's id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DeviceId>,
}

/// `details` of `DEVICE_MISMATCH`: the difference, not the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceMismatch {
    /// Required and not named.
    pub missing: Vec<UserDevice>,
    /// Named and not allowed: unknown, removed, or named twice.
    pub extra: Vec<UserDevice>,
    /// The roster that this was decided on.
    pub roster_version: u64,
    /// Whether there are more than the lists hold
    /// ([`ROSTER_DIFFERENCE_MAX`](crate::limits::ROSTER_DIFFERENCE_MAX) each): read the participants.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// `details` of `ROSTER_CHANGED`: what has changed since the roster that the request named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RosterChanged {
    /// The present roster.
    pub roster_version: u64,
    /// Must be encrypted to and may not have been then.
    pub missing: Vec<UserDevice>,
    /// May have been encrypted to then and must not be any more.
    pub extra: Vec<UserDevice>,
    /// Must be encrypted to and has another identity key than then.
    pub stale: Vec<UserDevice>,
    /// Whether the lists do not say all, because too much has changed: read the participants.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// Receipt cursors after a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptState {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The caller's read cursor.
    pub last_read_sequence: u64,
    /// The caller's delivered cursor.
    pub last_delivered_sequence: u64,
    /// Messages after the read cursor that count.
    pub unread_count: u64,
}
