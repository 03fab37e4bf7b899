//! Acks on their way to the database: kept per (device, conversation), written within a second.
//!
//! Losing the last second of them only repeats deliveries. A socket that connects to this node
//! sees what has not been written yet.
//!
//! They lie in [`TURNS`] buckets, by conversation; each has its turn once a second. So a cursor is
//! written at most once a second however often it moves, at most a second after its first ack, and
//! what comes in one burst is written spread over the second. The members of one conversation
//! lie together, because together they raise its receipt counter in one statement. Rejected: a queue
//! by age, which writes a burst as a burst, a second later.
//!
//! What a socket that has closed acknowledged lies apart and is taken along with the next turn.
//!
//! What is written stays visible for [`KEPT_TURNS`]: a socket that connects reads the database first and
//! looks here then, and what was written between the two would be in neither.
//!
//! Bounded by the conversations that live sockets follow, times their devices, and those of sockets
//! that closed since the last turn. No new socket gets in while the database does not answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sentinal_protocol::{ConversationId, DeviceId, UserId};
use sentinal_store::AckedCursor;

/// Buckets. A divisor of 256, because the last byte of an id says where it belongs.
pub const TURNS: usize = 16;

/// Turns for which a written ack stays visible: 3 s, longer than a connect may read.
const KEPT_TURNS: u64 = 50;

/// An ack that is not in the database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Whose device.
    pub user_id: UserId,
    /// What it has.
    pub cursor: AckedCursor,
}

impl Ack {
    fn key(&self) -> Key {
        (self.cursor.device_id, self.cursor.conversation_id)
    }

    /// The further one of each counter.
    fn merge(&mut self, other: &Self) {
        self.cursor.revision = self.cursor.revision.max(other.cursor.revision);
        self.cursor.receipt_version = self
            .cursor
            .receipt_version
            .max(other.cursor.receipt_version);
    }
}

type Key = (DeviceId, ConversationId);
type Bucket = Mutex<HashMap<Key, Kept>>;

/// An ack, and at which turn it was written, if it was.
#[derive(Clone, Copy, Debug)]
struct Kept {
    ack: Ack,
    written_at: Option<u64>,
}

/// What waits to be written. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Cursors(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    turns: [Bucket; TURNS],
    /// Of sockets that have closed.
    closed: Bucket,
    /// Turns that have been.
    now: AtomicU64,
}

impl Buckets {
    fn turn(&self, turn: usize) -> MutexGuard<'_, HashMap<Key, Kept>> {
        lock(self.turns.get(turn % TURNS).unwrap_or(&self.closed))
    }

    fn of(&self, conversation_id: ConversationId) -> MutexGuard<'_, HashMap<Key, Kept>> {
        // The last byte of an id is random.
        let [.., last] = *conversation_id.0.as_bytes();
        self.turn(usize::from(last))
    }
}

fn lock(bucket: &Bucket) -> MutexGuard<'_, HashMap<Key, Kept>> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(bucket: &mut HashMap<Key, Kept>, ack: Ack) {
    let new = Kept {
        ack,
        written_at: None,
    };
    let kept = bucket.entry(ack.key()).or_insert(new);
    let before = kept.ack;
    kept.ack.merge(&ack);
    if kept.ack != before {
        kept.written_at = None;
    }
}

impl Cursors {
    /// Notes an ack; an older one of the same device and conversation never undoes a newer.
    pub fn ack(&self, ack: Ack) {
        add(&mut self.0.of(ack.cursor.conversation_id), ack);
    }

    /// What a device has acknowledged and is not written yet, or was a moment ago.
    pub fn waiting(
        &self,
        device_id: DeviceId,
        conversation_id: ConversationId,
    ) -> Option<AckedCursor> {
        let key = (device_id, conversation_id);
        let closed = lock(&self.0.closed).get(&key).map(|kept| kept.ack);
        let mut known = self.0.of(conversation_id).get(&key).map(|kept| kept.ack);
        if let (Some(known), Some(closed)) = (&mut known, &closed) {
            known.merge(closed);
        }
        known.or(closed).map(|ack| ack.cursor)
    }

    /// A socket of this device has closed: what waits of these conversations is written with the
    /// next turn.
    pub fn hurry(
        &self,
        device_id: DeviceId,
        conversations: impl IntoIterator<Item = ConversationId>,
    ) {
        for conversation_id in conversations {
            let mut bucket = self.0.of(conversation_id);
            let key = (device_id, conversation_id);
            if bucket
                .get(&key)
                .is_some_and(|kept| kept.written_at.is_none())
                && let Some(kept) = bucket.remove(&key)
            {
                // Under the bucket's lock, so that it is always in one of the two.
                add(&mut lock(&self.0.closed), kept.ack);
            }
        }
    }

    /// Everything whose turn it is.
    pub fn due(&self, turn: usize) -> Vec<Ack> {
        let now = self.0.now.fetch_add(1, Ordering::AcqRel);
        let mut due = Vec::new();
        for mut bucket in [self.0.turn(turn), lock(&self.0.closed)] {
            bucket.retain(|_, kept| {
                kept.written_at
                    .is_none_or(|at| now.saturating_sub(at) < KEPT_TURNS)
            });
            let waiting = bucket.values().filter(|kept| kept.written_at.is_none());
            due.extend(waiting.map(|kept| kept.ack));
        }
        due
    }

    /// Notes that these were written: they are not due any more, unless they have grown meanwhile.
    pub fn written(&self, acks: &[Ack]) {
        let now = self.0.now.load(Ordering::Acquire);
        for ack in acks {
            for mut bucket in [self.0.of(ack.cursor.conversation_id), lock(&self.0.closed)] {
                if let Some(kept) = bucket.get_mut(&ack.key())
                    && kept.ack == *ack
                {
                    kept.written_at = Some(now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn ack(conversation_id: ConversationId, device_id: DeviceId, revision: u64) -> Ack {
        Ack {
            user_id: UserId::new(Timestamp(0)),
            cursor: AckedCursor {
                device_id,
                conversation_id,
                revision,
                receipt_version: 0,
            },
        }
    }

    fn all(cursors: &Cursors) -> Vec<Ack> {
        (0..TURNS).flat_map(|turn| cursors.due(turn)).collect()
    }

    #[test]
    fn every_ack_has_one_turn_and_stays_visible_until_it_is_written() {
        let cursors = Cursors::default();
        let device = DeviceId::new(Timestamp(0));
        let chats: Vec<_> = (0..100)
            .map(|n| ConversationId::new(Timestamp(n)))
            .collect();
        for chat in &chats {
            let first = ack(*chat, device, 3);
            cursors.ack(first);
            // An older one changes nothing.
            cursors.ack(Ack {
                cursor: AckedCursor {
                    revision: 2,
                    ..first.cursor
                },
                ..first
            });
        }
        let due = all(&cursors);
        assert_eq!(due.len(), chats.len());
        let waiting = |chat| cursors.waiting(device, chat).map(|it| it.revision);
        assert_eq!(waiting(chats[0]), Some(3));
        // One that grows while it is being written waits again.
        let of_first = *due
            .iter()
            .find(|it| it.cursor.conversation_id == chats[0])
            .unwrap();
        cursors.ack(Ack {
            cursor: AckedCursor {
                revision: 4,
                ..of_first.cursor
            },
            ..of_first
        });
        cursors.written(&due);
        // Whoever has read the database before it was written finds it here.
        assert_eq!((waiting(chats[0]), waiting(chats[1])), (Some(4), Some(3)));
        let rest = all(&cursors);
        assert_eq!(rest.len(), 1);
        cursors.written(&rest);
        for _ in 0..KEPT_TURNS.div_ceil(TURNS as u64) {
            assert_eq!(waiting(chats[0]), Some(4));
            assert_eq!(all(&cursors), []);
        }
        all(&cursors);
        assert_eq!((waiting(chats[0]), waiting(chats[1])), (None, None));
    }

    #[test]
    fn what_a_closed_socket_acknowledged_is_due_at_every_turn() {
        let cursors = Cursors::default();
        let (chat, device) = (
            ConversationId::new(Timestamp(1)),
            DeviceId::new(Timestamp(0)),
        );
        let first = ack(chat, device, 3);
        cursors.ack(first);
        cursors.hurry(device, [chat, ConversationId::new(Timestamp(2))]);
        for turn in 0..TURNS {
            assert_eq!(cursors.due(turn), [first]);
        }
        // The device is back and has more.
        let second = Ack {
            cursor: AckedCursor {
                revision: 5,
                ..first.cursor
            },
            ..first
        };
        cursors.ack(second);
        let waiting = || cursors.waiting(device, chat).map(|it| it.revision);
        assert_eq!(waiting(), Some(5));
        cursors.written(&[second]);
        assert_eq!(waiting(), Some(5));
        assert!(all(&cursors).contains(&first), "each of the two is written");
        cursors.written(&[first]);
        assert_eq!(all(&cursors), []);
        assert_eq!(waiting(), Some(5));
        // The same again is nothing new.
        cursors.ack(second);
        assert_eq!(all(&cursors), []);
    }
}
