//! Turns of the journal that commit no messages, and what follows from one.

use sentinal_protocol::UserId;
use sentinal_store::{Committed, Rounds};

use super::Work;
use super::commit::refresh_rosters;
use super::rounds::{Waiter, follow};
use crate::node::Node;

/// What one turn has done.
pub(super) struct Turn {
    pub(super) committed: Vec<Committed>,
    pub(super) then: Then,
}

/// What follows from a turn.
pub(super) enum Then {
    Nothing,
    /// Rosters of the user are to follow.
    Follow(UserId, Waiter),
    /// A round of the user's rosters is over; `None`: it failed.
    Followed(UserId, Option<Rounds>),
}

/// A change that is no message.
pub(super) async fn run_work(node: Node, work: Work) -> Turn {
    let Work { run, rounds, place } = work;
    let committed = run(node.store.clone()).await;
    let owner = place.owner();
    drop(place);
    hand_on(&node, &committed).await;
    let then = match rounds {
        Some(waiter) => match node.store.has_pending_rosters(owner).await {
            Ok(false) => Then::Nothing,
            Ok(true) => Then::Follow(owner, waiter),
            Err(error) => {
                // A round finds it out.
                tracing::warn!(%error, "journal: it is not known whether rosters are to follow a device");
                Then::Follow(owner, waiter)
            }
        },
        None => Then::Nothing,
    };
    Turn { committed, then }
}

/// A round in which rosters of a user follow a device.
pub(super) async fn run_round(node: Node, user_id: UserId) -> Turn {
    if node.directory.is_draining() {
        // The next process does it.
        return Turn {
            committed: Vec::new(),
            then: Then::Followed(user_id, None),
        };
    }
    let (rounds, committed) = match follow(&node, user_id).await {
        Some((rounds, committed)) => (Some(rounds), committed),
        None => (None, Vec::new()),
    };
    hand_on(&node, &committed).await;
    Turn {
        committed,
        then: Then::Followed(user_id, rounds),
    }
}

/// What must be known before the rooms hear of changes.
async fn hand_on(node: &Node, committed: &[Committed]) {
    refresh_rosters(node, committed).await;
    for change in committed {
        if let Err(error) = node.offer_to_all_departed(change).await {
            // The sweep finds it.
            tracing::warn!(%error, "journal: who was in a deleted group is not known");
        }
    }
}
