//! Everything the server says on a socket: one struct per event, and the table of all of them.
//!
//! Every frame is one JSON object with `type` and `timestamp` ([`ServerFrame`]). `user_id` is the
//! actor. A durable event ([`Durable`]) carries `conversation_id` and `revision`, and
//! `"replay":true` when it is read from the log instead of told live. A field that need not be there
//! is an `Option` that is left out, never `null`; one that is always there and may be `null` is an
//! `Option` marked `required`.

pub mod account;
pub mod calls;
pub mod conversations;
mod durable;
mod examples;
pub mod messages;
pub mod presence;
mod server_frame;
pub mod socket;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use account::{AccountChanged, ContactUpdated, PrekeysLow, SessionNew, UploadCompleted};
pub use calls::{
    CallAccepted, CallAnswer, CallAnsweredElsewhere, CallDeclined, CallEnded, CallIce,
    CallIncoming, CallOffer, CallParticipantChanged, CallSignal, SignalType,
};
pub use conversations::{
    ChangedConversation, ConversationCreated, ConversationDeleted, ConversationRead,
    ConversationUpdated, CreatedConversation, DeletedConversation, DeviceAdded, DeviceRemoved,
    IdentityChanged, ParticipantAdded, ParticipantRemoved, ParticipantRole, PresentParticipant,
    RosterDevice,
};
pub use durable::{Durable, LogPlace, Logged};
pub use messages::{
    ControlSender, MessageControl, MessageDeleted, MessageDelivered, MessageEdit, MessageExpired,
    MessageNew, MessagePinned, MessageReaction, MessageRead, MessageUpdated, PollUpdated,
    ReactionAction, Revision,
};
pub use presence::{PresenceOffline, PresenceOnline, TypingStarted, TypingStopped};
pub use server_frame::{Frame, ServerFrame};
pub use socket::{
    AuthExpiring, AuthOk, ErrorAnswer, Hello, OkAnswer, Pong, ServerDraining, SyncComplete,
};

use crate::example::{self, Example};
use crate::schema::Shape;

/// What happens to an event that could not be delivered at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// The struct of one event. Which it is follows from the type, so that a name and the fields of
/// another event cannot meet.
pub trait Event: Serialize + DeserializeOwned + ToSchema + Example {
    /// The event.
    const KIND: EventKind;

    /// This event, if it is what a server said.
    fn of(event: &ServerEvent) -> Option<&Self>;
}

macro_rules! events {
    ($($name:ident($type:ty) = $text:literal, $class:ident, $audience:ident;)+) => {
        /// The type of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $(#[doc = concat!("`", $text, "`")] $name),+ }

        impl Serialize for EventKind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for EventKind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let unknown = || serde::de::Error::custom("an event of a newer version");
                Self::parse(&text).ok_or_else(unknown)
            }
        }

        impl EventKind {
            /// Every event, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The `type` on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The event behind a `type`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }

            /// How it is delivered.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),+ }
            }

            /// To whom.
            pub const fn audience(self) -> Audience {
                match self { $(Self::$name => Audience::$audience),+ }
            }

            /// Its fields beside those of [`Frame`].
            pub fn shape(self) -> Shape {
                match self { $(Self::$name => Shape::of::<$type>().never_null()),+ }
            }

            /// What it looks like.
            pub fn example(self) -> ServerFrame {
                let event = match self { $(Self::$name => <$type>::example().into()),+ };
                ServerFrame {
                    timestamp: example::AT,
                    replay: false,
                    event,
                }
            }

            /// Reads the fields of this event from the JSON text of its frame.
            fn read(self, text: &str) -> serde_json::Result<ServerEvent> {
                match self { $(Self::$name => read!($class, text).map(ServerEvent::$name)),+ }
            }
        }

        /// What a server says.
        #[derive(Clone, Debug)]
        pub enum ServerEvent {
            $(#[doc = concat!("`", $text, "`")] $name($type),)+
            /// Something newer than this library: of a type that it does not know, or with fields that
            /// it cannot read.
            Unknown {
                /// The `type`.
                kind: String,
                /// Everything beside `type`, `timestamp` and `replay`.
                fields: Map<String, Value>,
            },
        }

        impl ServerEvent {
            /// Which it is, if this library knows it and could read it.
            pub const fn kind(&self) -> Option<EventKind> {
                match self {
                    $(Self::$name(_) => Some(EventKind::$name),)+
                    Self::Unknown { .. } => None,
                }
            }

            /// The `type` on the wire.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$name(_) => $text,)+
                    Self::Unknown { kind, .. } => kind,
                }
            }

            /// Its place in the log of a conversation, if it is durable.
            pub fn place(&self) -> Option<LogPlace> {
                match self {
                    $(Self::$name(event) => place!($class, event),)+
                    Self::Unknown { fields, .. } => LogPlace::among(fields),
                }
            }
        }

        impl Serialize for ServerEvent {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$name(event) => event.serialize(serializer),)+
                    Self::Unknown { fields, .. } => fields.serialize(serializer),
                }
            }
        }

        $(
            impl Event for $type {
                const KIND: EventKind = EventKind::$name;

                fn of(event: &ServerEvent) -> Option<&Self> {
                    match event { ServerEvent::$name(event) => Some(event), _ => None }
                }
            }

            impl From<$type> for ServerEvent {
                fn from(event: $type) -> Self {
                    Self::$name(event)
                }
            }
        )+
    };
}

/// Durable events are read in parts.
macro_rules! read {
    (Durable, $text:ident) => {
        Durable::read($text)
    };
    ($class:ident, $text:ident) => {
        serde_json::from_str($text)
    };
}

/// Only durable events are in a log.
macro_rules! place {
    (Durable, $event:ident) => {
        Some($event.place)
    };
    ($class:ident, $event:ident) => {{
        let _ = $event;
        None
    }};
}

events! {
    MessageNew(Durable<MessageNew>) = "message:new", Durable, Participants;
    MessageControl(Durable<MessageControl>) = "message:control", Durable, Participants;
    MessageUpdated(Durable<MessageUpdated>) = "message:updated", Durable, Participants;
    MessageDeleted(Durable<MessageDeleted>) = "message:deleted", Durable, Participants;
    MessageReaction(Durable<MessageReaction>) = "message:reaction", Durable, Participants;
    MessagePinned(Durable<MessagePinned>) = "message:pinned", Durable, Participants;
    PollUpdated(Durable<PollUpdated>) = "poll:updated", Durable, Participants;
    ConversationCreated(Durable<ConversationCreated>) = "conversation:created", Durable, Participants;
    ConversationUpdated(Durable<ConversationUpdated>) = "conversation:updated", Durable, Participants;
    ConversationDeleted(Durable<ConversationDeleted>) = "conversation:deleted", Durable, Participants;
    ParticipantAdded(Durable<ParticipantAdded>) = "participant:added", Durable, Participants;
    ParticipantRemoved(Durable<ParticipantRemoved>) = "participant:removed", Durable, Participants;
    ParticipantRole(Durable<ParticipantRole>) = "participant:role", Durable, Participants;
    DeviceAdded(Durable<DeviceAdded>) = "device:added", Durable, Participants;
    DeviceRemoved(Durable<DeviceRemoved>) = "device:removed", Durable, Participants;
    IdentityChanged(Durable<IdentityChanged>) = "identity:changed", Durable, Participants;
    Revision(Durable<Revision>) = "revision", Durable, Participants;
    MessageRead(MessageRead) = "message:read", State, Senders;
    MessageDelivered(MessageDelivered) = "message:delivered", State, Senders;
    ConversationRead(ConversationRead) = "conversation:read", State, Own;
    AccountChanged(AccountChanged) = "account:changed", State, Own;
    ContactUpdated(ContactUpdated) = "contact:updated", State, Own;
    SessionNew(SessionNew) = "session:new", State, Own;
    PrekeysLow(PrekeysLow) = "prekeys:low", State, Device;
    CallIncoming(CallIncoming) = "call:incoming", State, Invited;
    CallAccepted(CallAccepted) = "call:accepted", State, InCall;
    CallAnsweredElsewhere(CallAnsweredElsewhere) = "call:answered_elsewhere", State, Own;
    CallDeclined(CallDeclined) = "call:declined", State, InCall;
    CallParticipant(CallParticipantChanged) = "call:participant", State, InCall;
    CallEnded(CallEnded) = "call:ended", State, InCall;
    CallOffer(CallOffer) = "call:offer", Ephemeral, Called;
    CallAnswer(CallAnswer) = "call:answer", Ephemeral, Called;
    CallIce(CallIce) = "call:ice", Ephemeral, Called;
    MessageExpired(MessageExpired) = "message:expired", Ephemeral, Participants;
    UploadCompleted(UploadCompleted) = "upload:completed", Ephemeral, Own;
    TypingStarted(TypingStarted) = "typing:started", Ephemeral, Others;
    TypingStopped(TypingStopped) = "typing:stopped", Ephemeral, Others;
    PresenceOnline(PresenceOnline) = "presence:online", Ephemeral, Watchers;
    PresenceOffline(PresenceOffline) = "presence:offline", Ephemeral, Watchers;
    Hello(Hello) = "hello", Protocol, Socket;
    Ok(OkAnswer) = "ok", Protocol, Socket;
    Error(ErrorAnswer) = "error", Protocol, Socket;
    Pong(Pong) = "pong", Protocol, Socket;
    AuthOk(AuthOk) = "auth:ok", Protocol, Socket;
    AuthExpiring(AuthExpiring) = "auth:expiring", Protocol, Socket;
    SyncComplete(SyncComplete) = "sync:complete", Protocol, Socket;
    ServerDraining(ServerDraining) = "server:draining", Protocol, Socket;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_reads_back_and_tells_what_it_is_about() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
            let shape = kind.shape();
            assert!(!shape.about.is_empty(), "{kind:?}");
            let has_place = ["conversation_id", "revision"]
                .iter()
                .all(|name| shape.required.contains(*name));
            assert_eq!(has_place, kind.class() == Class::Durable, "{kind:?}");
        }
    }

    /// What is read from an example is what was written, with all its fields in their places.
    #[test]
    fn every_example_reads_back() {
        for kind in EventKind::ALL {
            let example = kind.example();
            assert_eq!(example.kind(), Some(*kind));
            let written = serde_json::to_string(&example).unwrap();
            let read: ServerFrame = serde_json::from_str(&written).unwrap();
            assert_eq!(read.kind(), Some(*kind), "{written}");
            assert_eq!(serde_json::to_string(&read).unwrap(), written);
            let fields: Map<String, Value> = serde_json::from_str(&written).unwrap();
            let shape = kind.shape();
            for name in fields.keys() {
                let is_common = ["type", "timestamp", "replay"].contains(&name.as_str());
                assert!(
                    is_common || shape.properties.contains_key(name),
                    "{name} of {written}"
                );
            }
            for name in &shape.required {
                assert!(fields.contains_key(name), "{written} lacks {name}");
            }
        }
    }

    #[test]
    fn what_is_newer_than_this_library_stays_readable() {
        let id = crate::ConversationId(uuid::Uuid::from_u128(7));
        let newer = format!(
            r#"{{"type":"message:sung","timestamp":"2026-01-01T00:00:00.000Z","conversation_id":"{id}","revision":4,"key":"C"}}"#
        );
        let other = newer.replace("message:sung", "message:deleted");
        for (text, name) in [(newer, "message:sung"), (other, "message:deleted")] {
            let frame: ServerFrame = serde_json::from_str(&text).unwrap();
            assert_eq!((frame.kind(), frame.event.name()), (None, name));
            assert_eq!(
                (frame.conversation_id(), frame.revision()),
                (Some(id), Some(4))
            );
            let ServerEvent::Unknown { fields, .. } = &frame.event else {
                panic!("{frame:?}");
            };
            assert_eq!(fields["key"], "C");
            let again: Value = serde_json::to_value(&frame).unwrap();
            assert_eq!(again, serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
