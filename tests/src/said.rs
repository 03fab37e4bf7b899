//! What a frame of the server says, as the event that a test expects.

use sentinal_protocol::ConversationId;
use sentinal_protocol::event::{Durable, Event, ServerFrame};
use serde_json::json;

/// Looks into a frame; another event than the expected one fails the test.
pub trait Said {
    /// What an event says that is in no log.
    fn says<E: Event>(&self) -> &E;

    /// What an entry of a log says, beside its place.
    fn entry<E>(&self) -> &E
    where
        Durable<E>: Event;

    /// Whether it names this conversation, in its log or not.
    fn is_about(&self, chat: ConversationId) -> bool;
}

impl Said for ServerFrame {
    fn says<E: Event>(&self) -> &E {
        E::of(&self.event).unwrap_or_else(|| panic!("{:?} was expected, not {self:?}", E::KIND))
    }

    fn entry<E>(&self) -> &E
    where
        Durable<E>: Event,
    {
        &self.says::<Durable<E>>().entry
    }

    fn is_about(&self, chat: ConversationId) -> bool {
        json!(self)["conversation_id"] == json!(chat)
    }
}
