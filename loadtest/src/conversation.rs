//! One conversation under load: which messages were answered, which were heard, and how far its
//! sockets are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sentinal_protocol::ConversationId;
use tokio::sync::Notify;

use crate::meter::Meter;

/// What the `client_message_id` of every message under load begins with; its number follows.
const ID_PREFIX: &str = "load-";

/// A conversation into which messages are published while sockets listen.
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// How far each socket that follows it is.
    positions: Vec<AtomicU64>,
    /// The highest revision that was answered.
    head: AtomicU64,
    /// Messages that were published, answered or not.
    published: AtomicU64,
    /// Messages that came, on all sockets together.
    delivered: AtomicU64,
    /// Messages by which publishers may be ahead of what came on an average socket.
    lag_max: u64,
    /// Rung whenever the sockets have come further by a message.
    moved: Notify,
    /// By number of the message.
    messages: Mutex<Vec<Known>>,
}

/// Revisions under which a message is known; 0 is none.
#[derive(Clone, Copy, Default)]
struct Known {
    answered: u64,
    heard: u64,
}

impl Conversation {
    /// A conversation at revision `start`, which so many sockets follow.
    pub fn new(id: ConversationId, start: u64, sockets: usize, lag_max: u64) -> Self {
        Self {
            id,
            positions: (0..sockets).map(|_| AtomicU64::new(start)).collect(),
            head: AtomicU64::new(start),
            published: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            lag_max,
            moved: Notify::new(),
            messages: Mutex::default(),
        }
    }

    /// The number of the next message, once the sockets are near enough.
    pub async fn next_number(&self) -> u64 {
        loop {
            let moved = self.moved.notified();
            let sockets = (self.positions.len() as u64).max(1);
            let came = self.delivered.load(Ordering::Relaxed) / sockets;
            if self.published.load(Ordering::Relaxed) < came + self.lag_max {
                break;
            }
            moved.await;
        }
        let mut messages = self.messages();
        messages.push(Known::default());
        self.published.fetch_add(1, Ordering::Relaxed);
        messages.len() as u64 - 1
    }

    /// What a message with this number is sent under.
    pub fn client_message_id(number: u64) -> String {
        format!("{ID_PREFIX}{number}")
    }

    /// A message was answered.
    pub fn answered(&self, number: u64, revision: u64) {
        self.head.fetch_max(revision, Ordering::Relaxed);
        if let Some(known) = self.messages().get_mut(index(number)) {
            known.answered = revision;
        }
    }

    /// A revision came on a socket; whether that is its first and in order is counted.
    pub fn came(&self, socket: usize, revision: u64, meter: &Meter) {
        let Some(position) = self.positions.get(socket) else {
            return;
        };
        // Only the task of this socket moves it.
        let before = position.load(Ordering::Relaxed);
        if revision == before + 1 {
            position.store(revision, Ordering::Relaxed);
        } else if revision == before {
            meter.doubled.fetch_add(1, Ordering::Relaxed);
        } else if revision < before {
            meter.misordered.fetch_add(1, Ordering::Relaxed);
        } else {
            meter
                .lost
                .fetch_add(revision - before - 1, Ordering::Relaxed);
            position.store(revision, Ordering::Relaxed);
        }
    }

    /// A message came on a socket. The first socket also keeps account of which ones.
    pub fn message_came(
        &self,
        socket: usize,
        client_message_id: &str,
        revision: u64,
        meter: &Meter,
    ) {
        let came = self.delivered.fetch_add(1, Ordering::Relaxed) + 1;
        if came.is_multiple_of(self.positions.len() as u64) {
            self.moved.notify_waiters();
        }
        if socket != 0 {
            return;
        }
        let number = client_message_id.strip_prefix(ID_PREFIX);
        let Some(number) = number.and_then(|number| number.parse().ok()) else {
            return;
        };
        if let Some(known) = self.messages().get_mut(index(number)) {
            if known.heard != 0 {
                meter.doubled.fetch_add(1, Ordering::Relaxed);
            }
            known.heard = revision;
        }
    }

    /// Revisions that were answered and have not come, over all sockets.
    pub fn missing(&self) -> u64 {
        let head = self.head.load(Ordering::Relaxed);
        let behind = |at: &AtomicU64| head.saturating_sub(at.load(Ordering::Relaxed));
        self.positions.iter().map(behind).sum()
    }

    /// Compares what was answered with what the first socket heard.
    pub fn check(&self, meter: &Meter) {
        for known in self.messages().iter() {
            if known.answered != 0 && known.heard == 0 {
                meter.lost.fetch_add(1, Ordering::Relaxed);
            } else if known.answered != 0 && known.heard != known.answered {
                meter.doubled.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn messages(&self) -> MutexGuard<'_, Vec<Known>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers are places in the list of messages, which is in memory.
fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn conversation() -> (Conversation, Meter) {
        let id = ConversationId(Uuid::from_u128(1));
        (Conversation::new(id, 10, 2, 3), Meter::new())
    }

    fn came(conversation: &Conversation, meter: &Meter, number: u64, revision: u64) {
        for socket in 0..2 {
            conversation.came(socket, revision, meter);
            let id = Conversation::client_message_id(number);
            conversation.message_came(socket, &id, revision, meter);
        }
    }

    #[tokio::test]
    async fn what_is_answered_and_heard_once_in_order_is_no_fault() {
        let (conversation, meter) = conversation();
        for number in 0..20 {
            assert_eq!(conversation.next_number().await, number);
            conversation.answered(number, 11 + number);
            assert_eq!(conversation.missing(), 2);
            came(&conversation, &meter, number, 11 + number);
            assert_eq!(conversation.missing(), 0);
        }
        conversation.check(&meter);
        assert!(meter.faults().none());
    }

    #[tokio::test]
    async fn what_is_missing_doubled_or_early_is_counted() {
        let (conversation, meter) = conversation();
        for number in 0..3 {
            conversation.next_number().await;
            conversation.answered(number, 11 + number);
        }
        // The message of revision 12 is left out.
        came(&conversation, &meter, 0, 11);
        came(&conversation, &meter, 2, 13);
        assert_eq!(meter.faults().lost, 2);
        conversation.came(1, 13, &meter);
        conversation.came(1, 12, &meter);
        assert_eq!((meter.faults().doubled, meter.faults().misordered), (1, 1));
        conversation.check(&meter);
        assert_eq!(meter.faults().lost, 3);
        assert_eq!(conversation.missing(), 0);
    }

    #[tokio::test]
    async fn publishers_wait_for_the_sockets() {
        let (conversation, meter) = conversation();
        for number in 0..3 {
            assert_eq!(conversation.next_number().await, number);
        }
        let waiting = conversation.next_number();
        let waiting = std::pin::pin!(waiting);
        let both = tokio::join!(waiting, async {
            came(&conversation, &meter, 0, 11);
        });
        assert_eq!(both.0, 3);
    }
}
