//! A frame of the server: what all events have in common, and the event.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Event, EventKind, ServerEvent};
use crate::{ConversationId, Timestamp, UserId};

/// How a frame is written: `type`, `timestamp` and perhaps `replay` beside the fields of an event.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Frame<'a, E> {
    /// The `type`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// When it was said (replayed: when it happened).
    pub timestamp: Timestamp,
    /// Read from the log instead of told live.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
    /// The event's own fields.
    #[serde(flatten)]
    pub event: E,
}

impl<'a, E: Event> Frame<'a, &'a E> {
    /// An event that is told live.
    pub fn live(event: &'a E, timestamp: Timestamp) -> Self {
        Self {
            kind: E::KIND.as_str(),
            timestamp,
            replay: false,
            event,
        }
    }
}

/// Any frame of the server, as a client reads it.
#[derive(Clone, Debug)]
pub struct ServerFrame {
    /// When it was said (replayed: when it happened).
    pub timestamp: Timestamp,
    /// Read from the log instead of told live.
    pub replay: bool,
    /// What it says.
    pub event: ServerEvent,
}

impl ServerFrame {
    /// Reads a frame from JSON text: its `type` first, then the struct that belongs to it, because
    /// serde's own tagging cannot carry a [`RawValue`]. An error if it is no frame at all.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let head: Head = serde_json::from_str(text)?;
        let event = match EventKind::parse(&head.kind).map(|kind| kind.read(text)) {
            Some(Ok(event)) => event,
            // That a newer server says more than this library can read must not lose a revision.
            Some(Err(_)) | None => ServerEvent::Unknown {
                kind: head.kind,
                fields: other_fields(text)?,
            },
        };
        Ok(Self {
            timestamp: head.timestamp,
            replay: head.replay,
            event,
        })
    }

    /// Which event it is, if this library knows it.
    pub const fn kind(&self) -> Option<EventKind> {
        self.event.kind()
    }

    /// The conversation in whose log it is, if it is durable.
    pub fn conversation_id(&self) -> Option<ConversationId> {
        self.event.place().map(|place| place.conversation_id)
    }

    /// Its revision, if it is durable.
    pub fn revision(&self) -> Option<u64> {
        self.event.place().map(|place| place.revision)
    }

    /// Who did it, if it is durable and somebody did.
    pub fn user_id(&self) -> Option<UserId> {
        self.event.place().and_then(|place| place.user_id)
    }
}

impl Serialize for ServerFrame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let frame = Frame {
            kind: self.event.name(),
            timestamp: self.timestamp,
            replay: self.replay,
            event: &self.event,
        };
        frame.serialize(serializer)
    }
}

/// What every frame has.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Timestamp,
    #[serde(default)]
    replay: bool,
}

impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(text.get()).map_err(D::Error::custom)
    }
}

fn other_fields(text: &str) -> serde_json::Result<Map<String, Value>> {
    let mut fields: Map<String, Value> = serde_json::from_str(text)?;
    fields.retain(|name, _| !matches!(name.as_str(), "type" | "timestamp" | "replay"));
    Ok(fields)
}
