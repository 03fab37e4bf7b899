//! What waits for the journal, and how much of it one user may have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sentinal_protocol::UserId;

use crate::error::ApiError;

/// Changes that may wait.
pub const QUEUE_LEN: usize = 4_096;
/// Bytes of ciphertext that may wait.
pub const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Changes of one user that may wait: nobody fills the queue alone.
pub const OWN_LEN: usize = QUEUE_LEN / 4;
/// Bytes of ciphertext of one user that may wait.
pub const OWN_BYTES: usize = QUEUE_BYTES / 4;
/// Bytes that changes above [`SMALL_BYTES`] leave to the others.
const KEPT_FOR_SMALL: usize = QUEUE_BYTES / 4;
/// What counts as small: a message to some dozens of devices.
const SMALL_BYTES: usize = 16 * 1024;

/// What waits, counted where it is handed in and taken off where it is answered.
#[derive(Debug, Default)]
pub(super) struct Load(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: Count,
    /// Of each user with something that waits.
    owners: HashMap<UserId, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    changes: usize,
    bytes: usize,
}

impl Count {
    fn with(self, bytes: usize) -> Self {
        Self {
            changes: self.changes + 1,
            bytes: self.bytes + bytes,
        }
    }

    fn without(self, bytes: usize) -> Self {
        Self {
            changes: self.changes.saturating_sub(1),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }
}

impl Load {
    /// Changes that wait now.
    pub(super) fn changes(&self) -> usize {
        self.counts().all.changes
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    load: Arc<Load>,
    owner: UserId,
    bytes: usize,
}

impl Place {
    /// Takes a place for a change of a user with so many bytes of ciphertext.
    pub(super) fn take(load: &Arc<Load>, owner: UserId, bytes: usize) -> Result<Self, ApiError> {
        let mut counts = load.counts();
        let all = counts.all.with(bytes);
        let own = counts.owners.get(&owner).copied().unwrap_or_default();
        let own = own.with(bytes);
        let kept = if bytes > SMALL_BYTES {
            KEPT_FOR_SMALL
        } else {
            0
        };
        if all.changes > QUEUE_LEN
            || all.bytes + kept > QUEUE_BYTES
            || own.changes > OWN_LEN
            || own.bytes > OWN_BYTES
        {
            return Err(ApiError::overloaded());
        }
        counts.all = all;
        counts.owners.insert(owner, own);
        drop(counts);
        Ok(Self {
            load: load.clone(),
            owner,
            bytes,
        })
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> UserId {
        self.owner
    }

    /// Bytes of ciphertext in it.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.load.counts();
        counts.all = counts.all.without(self.bytes);
        if let Entry::Occupied(mut own) = counts.owners.entry(self.owner) {
            let left = own.get().without(self.bytes);
            if left.changes == 0 {
                own.remove();
            } else {
                own.insert(left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn user(number: i64) -> UserId {
        UserId::new(Timestamp(number))
    }

    #[test]
    fn nobody_fills_the_queue_alone() {
        let load = Arc::new(Load::default());
        let (alice, mallory) = (user(1), user(2));
        let taken: Vec<_> = (0..OWN_LEN)
            .map(|_| Place::take(&load, mallory, 0).unwrap())
            .collect();
        assert!(Place::take(&load, mallory, 0).is_err());
        let place = Place::take(&load, alice, 0).unwrap();
        assert_eq!(load.changes(), OWN_LEN + 1);
        drop((taken, place));
        assert_eq!(load.changes(), 0);
        assert!(load.counts().owners.is_empty());
        let large = Place::take(&load, mallory, OWN_BYTES).unwrap();
        assert!(Place::take(&load, mallory, 1).is_err());
        drop(large);
        Place::take(&load, mallory, 1).unwrap();
    }

    #[test]
    fn large_changes_leave_room_for_small_ones() {
        let load = Arc::new(Load::default());
        let large: Vec<_> = (0..4)
            .map_while(|number| Place::take(&load, user(number), OWN_BYTES).ok())
            .collect();
        assert_eq!(large.len(), 3);
        Place::take(&load, user(9), SMALL_BYTES).unwrap();
    }
}
