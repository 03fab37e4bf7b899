//! A page of a log as one device sees it.

use sentinal_protocol::{DeviceId, MessageId, MessageType, Timestamp, UserId};
use uuid::Uuid;

use crate::entry::Body;

/// A page of a log.
#[derive(Debug)]
pub struct LogPage {
    /// In the order of revisions.
    pub entries: Vec<LogEntry>,
    /// Everything up to here was read.
    pub position: u64,
    /// The last revision that the device may see, as of this page.
    pub head: u64,
    /// The conversation's receipt counter, as of this page.
    pub receipt_version: u64,
    /// Whether the user takes part no more: nothing will follow `head`.
    pub ended: bool,
}

/// One entry as one device sees it.
#[derive(Debug)]
pub struct LogEntry {
    /// Its place in the log.
    pub revision: u64,
    /// What it is.
    pub item: LogItem,
}

/// What an entry is.
#[derive(Debug)]
pub enum LogItem {
    /// A message with this device's content.
    Message(Box<DeviceMessage>),
    /// A change; `payload` is the JSON text of the event's own fields.
    Change {
        /// The event's type.
        kind: String,
        /// Whom or what it is about.
        subject: Option<Uuid>,
        /// Who did it.
        actor: Option<UserId>,
        /// JSON text of an object.
        payload: String,
        /// When it was stored.
        at: Timestamp,
        /// What it brings to this device: of an edit what the message says today, of a control message
        /// its body.
        edited: Option<Box<EditedContent>>,
    },
    /// Something that this device may not see.
    Hidden,
    /// The entries from here to the revision are gone from the log.
    Compacted {
        /// The first that is gone.
        from: u64,
    },
}

/// What a device gets of an edited message, or of a control message.
#[derive(Debug, Default)]
pub struct EditedContent {
    /// One body for all devices.
    pub shared: Option<Body>,
    /// This device's own body.
    pub own: Option<Body>,
}

/// A message as one device sees it.
#[derive(Debug)]
pub struct DeviceMessage {
    /// The message.
    pub id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Who sent it.
    pub sender_id: UserId,
    /// The client's string of the sending device.
    pub sender_device_id: Option<String>,
    /// The server's name for the sending device.
    pub sender_device_uuid: DeviceId,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// JSON text of an array of user ids.
    pub mentions: Option<String>,
    /// JSON text of an array of upload ids.
    pub attachments: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// This device's own body.
    pub own: Option<Body>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its content was last replaced.
    pub edited_at: Option<Timestamp>,
    /// When its content was taken away.
    pub deleted_at: Option<Timestamp>,
    /// When its content goes by itself.
    pub expires_at: Option<Timestamp>,
}
