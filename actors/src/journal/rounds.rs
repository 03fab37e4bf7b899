//! Rounds in which rosters follow what has happened to a device: a turn of the journal each, between
//! those of everybody else.
//!
//! The database knows which are due ([`Store::find_pending_rosters`]); here is only of whom one is in the
//! queue, and who waits until the last one.

use std::collections::HashMap;
use std::time::Instant;

use sentinal_protocol::UserId;
use sentinal_store::{Committed, Rounds, StoreError};
use tokio::sync::oneshot;

use super::RETRY_PAUSE;
use super::commit::RETRIES;
use crate::node::Node;

/// Users of whom a round is in the queue at the same time. Of others the database is asked later.
const USERS_MAX: usize = 1_024;

/// Told by being dropped, once no round is due any more or it is not known.
pub(super) type Waiter = oneshot::Sender<()>;

/// The rosters that follow a change of a device.
#[derive(Debug)]
pub struct Following {
    pub(super) followed: oneshot::Receiver<()>,
    pub(super) until: Instant,
}

impl Following {
    /// Waits until the last of them has followed, or 2.5 s since the change was handed in: the rest is
    /// done then without anybody who waits.
    pub async fn finished(self) {
        // Not charged to the request: it has got what it wanted of the database.
        let left = self.until.saturating_duration_since(Instant::now());
        // Told by being dropped.
        let _ = tokio::time::timeout(left, self.followed).await;
    }
}

/// Whose rosters are followed now.
#[derive(Default)]
pub(super) struct RosterRounds {
    /// Of each a round is in the queue, or has its turn.
    waiting: HashMap<UserId, Vec<Waiter>>,
    /// The user that was found last in the database.
    pub(super) found: Option<UserId>,
}

impl RosterRounds {
    /// Notes that rounds of a user are due; whether one must be put into the queue.
    #[must_use]
    pub(super) fn begin(&mut self, user_id: UserId, waiter: Option<Waiter>) -> bool {
        if let Some(waiters) = self.waiting.get_mut(&user_id) {
            waiters.extend(waiter);
            return false;
        }
        if self.waiting.len() >= USERS_MAX {
            return false;
        }
        self.waiting.insert(user_id, waiter.into_iter().collect());
        true
    }

    /// Notes that no round of a user is due, or that the database does not say.
    pub(super) fn end(&mut self, user_id: UserId) {
        self.waiting.remove(&user_id);
    }
}

/// One round. `None`: it failed, and is due as before.
pub(super) async fn follow(node: &Node, user_id: UserId) -> Option<(Rounds, Vec<Committed>)> {
    for _ in 0..RETRIES {
        match node.store.follow_devices(user_id, node.clock.now()).await {
            Ok(round) => return Some(round),
            Err(StoreError::Contended(_)) => actix_rt::time::sleep(RETRY_PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "journal: rosters could not follow a device, they are tried again");
                return None;
            }
        }
    }
    None
}
