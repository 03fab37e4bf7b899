//! Acks on their way to the database: kept per (device, conversation), written once a second.
//!
//! Losing the last second of them only repeats deliveries. A socket that connects to this node
//! sees what has not been written yet.

use std::sync::Arc;

use dashmap::DashMap;
use sentinal_protocol::{ConversationId, DeviceId, UserId};
use sentinal_store::AckedCursor;

/// An ack that is not in the database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Whose device.
    pub user_id: UserId,
    /// What it has.
    pub cursor: AckedCursor,
}

/// What waits to be written. Bounded by the conversations that live sockets follow.
#[derive(Clone, Debug, Default)]
pub struct Cursors {
    waiting: Arc<DashMap<(DeviceId, ConversationId), Ack>>,
}

impl Cursors {
    /// Notes an ack; an older one of the same device and conversation never undoes a newer.
    pub fn ack(&self, ack: Ack) {
        let key = (ack.cursor.device_id, ack.cursor.conversation_id);
        self.waiting
            .entry(key)
            .and_modify(|known| {
                known.cursor.revision = known.cursor.revision.max(ack.cursor.revision);
                known.cursor.receipt_version =
                    known.cursor.receipt_version.max(ack.cursor.receipt_version);
            })
            .or_insert(ack);
    }

    /// What a device has acknowledged and is not written yet.
    pub fn waiting(
        &self,
        device_id: DeviceId,
        conversation_id: ConversationId,
    ) -> Option<AckedCursor> {
        self.waiting
            .get(&(device_id, conversation_id))
            .map(|ack| ack.cursor)
    }

    /// Everything that waits; it stays visible until [`Cursors::written`].
    pub fn snapshot(&self) -> Vec<Ack> {
        self.waiting.iter().map(|entry| *entry.value()).collect()
    }

    /// Forgets what was written, unless it has grown meanwhile.
    pub fn written(&self, acks: &[Ack]) {
        for ack in acks {
            let key = (ack.cursor.device_id, ack.cursor.conversation_id);
            self.waiting.remove_if(&key, |_, known| known == ack);
        }
    }
}
