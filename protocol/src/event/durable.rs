//! What all revisions of a conversation have in common.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::openapi::schema::AllOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Event, EventKind, MessageEdit};
use crate::{ConversationId, UserId};

/// Where in which log something is, and who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogPlace {
    /// Who did it; left out where nobody did, and once their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its number among the changes of the conversation.
    pub revision: u64,
}

impl LogPlace {
    /// The place that these fields of an event name, if it is durable.
    pub(super) fn among(fields: &Map<String, Value>) -> Option<Self> {
        Self::deserialize(fields).ok()
    }
}

/// An entry of a conversation's log as it is told: its place, and what it tells.
#[derive(Clone, Debug, Serialize)]
pub struct Durable<E> {
    /// Where it is.
    #[serde(flatten)]
    pub place: LogPlace,
    /// What it tells.
    #[serde(flatten)]
    pub entry: E,
}

/// What the log keeps of an event.
pub trait Logged: Serialize {
    /// The event that tells of it.
    const KIND: EventKind;
}

impl<E: Serialize> Logged for E
where
    Durable<E>: Event,
{
    const KIND: EventKind = <Durable<E> as Event>::KIND;
}

impl Logged for MessageEdit {
    const KIND: EventKind = EventKind::MessageUpdated;
}

impl<E: DeserializeOwned> Durable<E> {
    /// Reads place and entry one after the other from JSON text: serde's own `flatten` cannot carry a
    /// [`RawValue`].
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        Ok(Self {
            place: serde_json::from_str(text)?,
            entry: serde_json::from_str(text)?,
        })
    }
}

impl<'de, E: DeserializeOwned> Deserialize<'de> for Durable<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(text.get()).map_err(D::Error::custom)
    }
}

impl<E: ToSchema> PartialSchema for Durable<E> {
    fn schema() -> RefOr<Schema> {
        let parts = AllOfBuilder::new().item(E::schema());
        Schema::AllOf(parts.item(LogPlace::schema()).build()).into()
    }
}

impl<E: ToSchema> ToSchema for Durable<E> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        E::schemas(schemas);
        LogPlace::schemas(schemas);
    }
}
