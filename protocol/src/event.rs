//! Everything the server says on a socket: the table of events, and what the common ones carry.
//!
//! Every frame is one JSON object with `type` and `timestamp`. `user_id` is the actor. A durable
//! event carries `conversation_id` and `revision`, and `"replay":true` when it is read from the
//! log instead of told live.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::{Base64, ConversationId, MessageId, MessageType, Timestamp, UploadId, UserId};

/// What happens to an event that could not be delivered at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A revision of a conversation: delivered at least once, in order, to every device.
    Durable,
    /// Tells of a state that can be read again; recovered as the state, not as the event.
    State,
    /// At most once.
    Ephemeral,
    /// Belongs to the socket itself.
    Protocol,
}

/// Who gets an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All devices of all participants (those who may not see the content get a bare `revision`).
    Participants,
    /// All devices of the other participants.
    Others,
    /// Devices of the senders of the messages concerned.
    Senders,
    /// The acting user's own devices.
    Own,
    /// One device.
    Device,
    /// Who has the user as a contact or shares a DM with them, as far as the user's
    /// `privacy_last_seen` and blocks allow.
    Watchers,
    /// All devices of somebody who is asked to a call.
    Invited,
    /// Devices of those in a call, and of those asked to it.
    InCall,
    /// The device of somebody in a call; all of them until one has answered.
    Called,
    /// The socket.
    Socket,
}

macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $class:ident, $audience:ident, [$($field:literal),* $(,)?];)+) => {
        /// The type of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[doc = $doc])+ $name),+ }

        impl EventKind {
            /// The `type` on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The event behind a `type`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }

        /// Every event: name, class, audience and its fields beside `type` and `timestamp`.
        pub const TABLE: &[EventRow] = &[
            $(EventRow {
                kind: EventKind::$name,
                class: Class::$class,
                audience: Audience::$audience,
                fields: &[$($field),*],
                about: concat!($($doc),+),
            }),+
        ];
    };
}

/// One row of [`TABLE`].
#[derive(Clone, Copy, Debug)]
pub struct EventRow {
    /// The event.
    pub kind: EventKind,
    /// How it is delivered.
    pub class: Class,
    /// To whom.
    pub audience: Audience,
    /// Its fields; `?` ends the name of one that is not always there.
    pub fields: &'static [&'static str],
    /// What it tells.
    pub about: &'static str,
}

events! {
    /// A message was sent. `content` is this device's ciphertext, `null` if it has none; an echo
    /// to the sending device carries none either.
    MessageNew = "message:new", Durable, Participants, ["user_id", "conversation_id", "revision",
        "message_id", "sender_id", "sender_device_id", "sequence_number", "message_type",
        "client_message_id", "reply_to_message_id", "mentions", "attachments", "metadata?",
        "created_at", "edited_at?", "deleted_at?", "expires_at?", "content", "header", "recipient_device_id",
        "device_ciphertext?", "replay?"];
    /// A message's content was replaced. `content` is this device's; read from the log it is
    /// today's, `null` if the message is gone since.
    MessageUpdated = "message:updated", Durable, Participants, ["user_id", "conversation_id",
        "revision", "message_id", "sender_id", "sequence_number", "edited_at", "content", "header",
        "recipient_device_id", "device_ciphertext?", "replay?"];
    /// A message's content was taken away; with `hard` its place in history too.
    MessageDeleted = "message:deleted", Durable, Participants, ["user_id", "conversation_id",
        "revision", "message_id", "sequence_number", "deleted_at", "hard", "replay?"];
    /// Somebody reacted to a message (`action`: `added`), or took it back (`removed`).
    MessageReaction = "message:reaction", Durable, Participants, ["user_id", "conversation_id",
        "revision", "message_id", "sequence_number", "reaction", "action", "replay?"];
    /// A message was pinned, or is no more.
    MessagePinned = "message:pinned", Durable, Participants, ["user_id", "conversation_id",
        "revision", "message_id", "sequence_number", "pinned", "replay?"];
    /// Somebody voted: `options` are all that they vote for now.
    PollUpdated = "poll:updated", Durable, Participants, ["user_id", "conversation_id",
        "revision", "message_id", "sequence_number", "options", "replay?"];
    /// A conversation was made.
    ConversationCreated = "conversation:created", Durable, Participants,
        ["user_id", "conversation_id", "revision", "conversation", "replay?"];
    /// Its subject, description, picture, invite link, permissions or expiry changed.
    ConversationUpdated = "conversation:updated", Durable, Participants,
        ["user_id", "conversation_id", "revision", "conversation", "replay?"];
    /// A group was deleted. The last event of the conversation.
    ConversationDeleted = "conversation:deleted", Durable, Participants,
        ["user_id", "conversation_id", "revision", "conversation", "replay?"];
    /// Someone joined. For oneself `from_revision` says where one's log goes on.
    ParticipantAdded = "participant:added", Durable, Participants,
        ["user_id", "conversation_id", "revision", "participant", "from_revision?", "replay?"];
    /// Someone left or was removed. For oneself the last event of the conversation.
    ParticipantRemoved = "participant:removed", Durable, Participants,
        ["user_id", "conversation_id", "revision", "participant", "erased?", "replay?"];
    /// Someone's rank changed.
    ParticipantRole = "participant:role", Durable, Participants,
        ["user_id", "conversation_id", "revision", "participant", "replay?"];
    /// A device must be encrypted to from now on.
    DeviceAdded = "device:added", Durable, Participants,
        ["user_id", "conversation_id", "revision", "device", "roster_version", "replay?"];
    /// A device must not be encrypted to any more.
    DeviceRemoved = "device:removed", Durable, Participants,
        ["user_id", "conversation_id", "revision", "device", "roster_version", "replay?"];
    /// A device has another identity key than before.
    IdentityChanged = "identity:changed", Durable, Participants,
        ["user_id", "conversation_id", "revision", "device", "roster_version", "replay?"];
    /// A revision whose content this device may not see, or a reserved number, or (with `from`
    /// and `compacted`) a range that is gone: read the conversation's state over REST.
    Revision = "revision", Durable, Participants,
        ["user_id?", "conversation_id", "revision", "from?", "compacted?", "reserved_sequence?",
            "replay?"];
    /// Someone read up to a message.
    MessageRead = "message:read", State, Senders,
        ["user_id", "conversation_id", "message_id", "reader_id", "sequence_number"];
    /// Someone's device has everything up to a message.
    MessageDelivered = "message:delivered", State, Senders,
        ["user_id", "conversation_id", "message_id", "recipient_id", "sequence_number"];
    /// The own read cursor moved, on this or another device.
    ConversationRead = "conversation:read", State, Own,
        ["user_id", "conversation_id", "last_read_sequence", "unread_count"];
    /// Something of the account changed: read `GET /v1/sync` or what concerns you.
    AccountChanged = "account:changed", State, Own, ["account_revision"];
    /// An own contact or block changed; `contact` is `null` once it is no contact any more.
    ContactUpdated = "contact:updated", State, Own, ["user_id", "contact_user_id", "contact"];
    /// Someone signed in to the account.
    SessionNew = "session:new", State, Own, ["user_id", "session"];
    /// This device has few one-time prekeys left.
    PrekeysLow = "prekeys:low", State, Device, ["device_id", "count", "threshold"];
    /// Somebody calls. Every device of the one who is asked rings, until one of the following.
    CallIncoming = "call:incoming", State, Invited,
        ["user_id", "conversation_id", "call_id", "call"];
    /// Somebody has joined a call, on one of their devices.
    CallAccepted = "call:accepted", State, InCall,
        ["user_id", "conversation_id", "call_id", "participant", "call"];
    /// Another own device has joined the call (`status` is `JOINED`) or declined it: stop ringing.
    CallAnsweredElsewhere = "call:answered_elsewhere", State, Own,
        ["user_id", "conversation_id", "call_id", "status", "call"];
    /// Somebody does not take the call; `reason` is `DECLINED` or `BUSY`.
    CallDeclined = "call:declined", State, InCall,
        ["user_id", "conversation_id", "call_id", "reason", "participant", "call"];
    /// Somebody was asked, is being reached, has left, is muted, or the call is connected: how they
    /// and the call are now.
    CallParticipant = "call:participant", State, InCall,
        ["user_id", "conversation_id", "call_id", "participant", "call"];
    /// A call is over. `reason` is in lower case; who ended it is `null` if nobody did.
    CallEnded = "call:ended", State, InCall, ["user_id?", "conversation_id", "call_id",
        "ended_by", "reason", "duration_seconds", "call"];
    /// An offer of a connection, relayed untouched.
    CallOffer = "call:offer", Ephemeral, Called, ["user_id", "conversation_id", "call_id",
        "from_id", "from_device_id", "to_id", "signal_type", "data"];
    /// The answer to an offer, relayed untouched.
    CallAnswer = "call:answer", Ephemeral, Called, ["user_id", "conversation_id", "call_id",
        "from_id", "from_device_id", "to_id", "signal_type", "data"];
    /// A way to connect, relayed untouched.
    CallIce = "call:ice", Ephemeral, Called, ["user_id", "conversation_id", "call_id",
        "from_id", "from_device_id", "to_id", "signal_type", "data"];
    /// A message's time has run out: its content is shown no more.
    MessageExpired = "message:expired", Ephemeral, Participants,
        ["conversation_id", "message_id", "sequence_number"];
    /// An own upload is complete.
    UploadCompleted = "upload:completed", Ephemeral, Own, ["user_id", "upload"];
    /// Someone is writing.
    TypingStarted = "typing:started", Ephemeral, Others,
        ["user_id", "conversation_id", "display_name", "is_typing"];
    /// Someone stopped writing.
    TypingStopped = "typing:stopped", Ephemeral, Others,
        ["user_id", "conversation_id", "display_name", "is_typing"];
    /// Someone is here, or `away` or `busy` by `status`.
    PresenceOnline = "presence:online", Ephemeral, Watchers, ["user_id", "is_online", "status"];
    /// Someone has been gone for 10 s.
    PresenceOffline = "presence:offline", Ephemeral, Watchers,
        ["user_id", "is_online", "status", "last_seen_at"];
    /// The first frame after authentication.
    Hello = "hello", Protocol, Socket, ["connection_id", "user_id", "device_id", "session_id",
        "server_time", "heartbeat_seconds", "account_revision", "behind"];
    /// A request of the client succeeded.
    Ok = "ok", Protocol, Socket, ["id", "duplicate?", "data?"];
    /// A request of the client failed, or a frame could not be understood.
    Error = "error", Protocol, Socket, ["id?", "code", "error", "details?", "retry_after_ms?"];
    /// The answer to `ping`.
    Pong = "pong", Protocol, Socket, ["id?", "server_time"];
    /// The token was renewed.
    AuthOk = "auth:ok", Protocol, Socket, ["id?", "expires_at"];
    /// The token ends soon: send `auth` with a new one.
    AuthExpiring = "auth:expiring", Protocol, Socket, ["expires_at"];
    /// Every conversation has reached the head that it had at `hello`.
    SyncComplete = "sync:complete", Protocol, Socket, [];
    /// This node goes away; come back after the given time.
    ServerDraining = "server:draining", Protocol, Socket, ["reconnect_after_ms"];
}

impl EventKind {
    /// Its row in [`TABLE`].
    pub fn row(self) -> Option<&'static EventRow> {
        TABLE.iter().find(|row| row.kind == self)
    }
}

/// Any frame of the server, as a client reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerFrame {
    /// An [`EventKind`], or something newer than this library.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was said (replayed: when it happened).
    pub timestamp: Timestamp,
    /// The conversation, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// The conversation's revision, for durable events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Read from the log instead of told live.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
    /// Everything else.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl ServerFrame {
    /// Its kind, if this library knows it.
    pub fn event(&self) -> Option<EventKind> {
        EventKind::parse(&self.kind)
    }

    /// A field that is a string.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// A field that is a whole number.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.fields.get(field).and_then(Value::as_u64)
    }
}

/// The part of `message:new` that is the same for every device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageNew {
    /// Always `message:new`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was stored.
    pub timestamp: Timestamp,
    /// The sender.
    pub user_id: UserId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its revision.
    pub revision: u64,
    /// The message.
    pub message_id: MessageId,
    /// The sender.
    pub sender_id: UserId,
    /// The client's string of the sending device.
    pub sender_device_id: Option<String>,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// The files that belong to it.
    #[serde(default)]
    pub attachments: Vec<UploadId>,
    /// As sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
}

/// The part of `message:new` and `message:updated` that differs between devices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MessageContent {
    /// This device's content.
    pub content: Option<Base64>,
    /// Its header, as sent.
    pub header: Option<Box<RawValue>>,
    /// The device it is for; `null` without content or if it is shared.
    pub recipient_device_id: Option<String>,
    /// For this device beside a shared content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ciphertext: Option<Base64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_one_row_and_reads_back() {
        for row in TABLE {
            assert_eq!(EventKind::parse(row.kind.as_str()), Some(row.kind));
            let rows = TABLE.iter().filter(|other| other.kind == row.kind).count();
            assert_eq!(rows, 1, "{}", row.kind.as_str());
            if row.class == Class::Durable {
                for field in ["conversation_id", "revision"] {
                    assert!(row.fields.contains(&field), "{} {field}", row.kind.as_str());
                }
            }
        }
    }
}
