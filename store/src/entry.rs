//! Entries of a conversation's log, as they are handed to rooms once they are committed.
//!
//! They are also what nodes send each other (`actors/src/bus/`), and nodes of two versions may run side
//! by side: a new field needs a `#[serde(default)]`, and no field may change its meaning.

use std::fmt;
use std::sync::Arc;

use sentinal_protocol::event::{EventKind, Logged};
use sentinal_protocol::{
    Base64, ConversationId, DeviceId, MessageId, MessageType, Timestamp, UploadId, UserId,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A change that is in the database: what rooms are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Committed {
    /// Whose log it is in.
    pub conversation_id: ConversationId,
    /// Its place there.
    pub revision: u64,
    /// What it is.
    pub entry: Entry,
}

impl Committed {
    /// Whether everybody's log ends with it.
    pub fn is_deletion(&self) -> bool {
        match &self.entry {
            Entry::Message(_) | Entry::MessageChange(_) | Entry::Control(_) => false,
            Entry::Change(change) => change.kind == EventKind::ConversationDeleted,
        }
    }
}

/// One entry of a log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A message, with what every device got.
    Message(Arc<StoredMessage>),
    /// Something done to a message.
    MessageChange(Arc<MessageChange>),
    /// A control message, with what each named device got.
    Control(Arc<ControlMessage>),
    /// Anything else.
    Change(Arc<Change>),
}

/// A message as it was just stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredMessage {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number among the changes.
    pub revision: u64,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Who sent it.
    pub sender_id: UserId,
    /// From which device.
    pub sender_device_id: DeviceId,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// The files that belong to it.
    pub attachments: Vec<UploadId>,
    /// JSON text, as sent.
    pub metadata: Option<String>,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// Who must not see it: it was sent past their block.
    pub hidden_from: Option<UserId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its content goes by itself.
    pub expires_at: Option<Timestamp>,
}

/// A ciphertext and the JSON text of its header.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The ciphertext.
    #[serde(serialize_with = "write_bytes", deserialize_with = "read_bytes")]
    pub ciphertext: Vec<u8>,
    /// JSON text, as sent.
    pub header: Option<String>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.ciphertext.len())
    }
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    Base64(bytes.to_vec()).serialize(serializer)
}

fn read_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    Ok(Base64::deserialize(deserializer)?.0)
}

/// A change that is not a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The event that tells of it.
    pub kind: EventKind,
    /// Whom or what it is about.
    pub subject: Option<Uuid>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// The event's own fields, as the JSON text of an object.
    pub payload: String,
    /// Who must not see it: it was done past their block.
    pub hidden_from: Option<UserId>,
    /// When it was stored.
    pub at: Timestamp,
}

impl Change {
    /// A change that tells this about `subject`, hidden from nobody.
    pub(crate) fn new<E: Logged>(
        entry: &E,
        subject: Option<Uuid>,
        actor: UserId,
        at: Timestamp,
    ) -> Self {
        Self {
            kind: E::KIND,
            subject,
            actor: Some(actor),
            payload: payload(entry),
            hidden_from: None,
            at,
        }
    }
}

/// An event's own fields as JSON text.
fn payload(entry: &impl Logged) -> String {
    // Serialising our own plain structures cannot fail; an empty object would be a visible bug.
    serde_json::to_string(entry).unwrap_or_else(|_| "{}".to_owned())
}

/// A change of a message, with what rooms need to tell it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageChange {
    /// The entry of the log; its subject is the message.
    pub change: Change,
    /// The revision at which the message was created.
    pub message_revision: u64,
    /// Participants who came back after it was sent and were there when it was.
    pub witnesses: Vec<UserId>,
    /// Participants who have deleted the message for themselves, or cleared it away.
    pub put_away_by: Vec<UserId>,
    /// What devices get instead of what they had.
    pub content: Option<NewContent>,
}

impl MessageChange {
    /// Whether a participant since this revision may know of the message and of the change.
    pub fn is_shown_to(&self, user_id: UserId, joined_revision: u64) -> bool {
        self.change.hidden_from != Some(user_id)
            && !self.put_away_by.contains(&user_id)
            && (joined_revision <= self.message_revision || self.witnesses.contains(&user_id))
    }
}

/// A control message as it was just stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ControlMessage {
    /// What the same for every named device is; its payload is that of a `ControlSender`.
    pub change: Change,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// Whether named devices are woken.
    pub urgent: bool,
}

/// The content that an edit brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewContent {
    /// The device that made it, which gets no copy.
    pub editor_device_id: DeviceId,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
}
