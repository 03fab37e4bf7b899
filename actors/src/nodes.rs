//! Which processes that share the database live.
//!
//! Each raises a mark of its own in the database from time to time. Whether one is dead is measured
//! by whoever asks: its mark has not moved for [`NODE_GONE_AFTER`] of the asking process's own
//! steady clock. So neither a wall clock that is set nor one that differs between machines makes a
//! live process look dead, or a dead one alive. The price: a process that has just started knows
//! nobody dead before that time is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinal_store::NodeBeat;
use uuid::Uuid;

/// A process whose mark has not moved for so long is dead: three of its beats have failed.
pub(crate) const NODE_GONE_AFTER: Duration = Duration::from_secs(10);

/// The mark of a process.
#[derive(Clone, Copy, Debug)]
struct Watched {
    beat: i64,
    /// When it was first read, by the steady clock.
    since: Duration,
    is_dead: bool,
}

/// The other processes, as they were last read. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes(Arc<Mutex<HashMap<Uuid, Watched>>>);

impl Nodes {
    fn watched(&self) -> MutexGuard<'_, HashMap<Uuid, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was read of the others at a moment of the steady clock.
    pub(crate) fn watch(&self, others: &[NodeBeat], now: Duration) {
        let mut watched = self.watched();
        let seen = others.iter().map(|node| {
            let known = watched.get(&node.id).filter(|it| it.beat == node.beat);
            let since = known.map_or(now, |it| it.since);
            let is_dead = now.saturating_sub(since) >= NODE_GONE_AFTER;
            let beat = node.beat;
            (
                node.id,
                Watched {
                    beat,
                    since,
                    is_dead,
                },
            )
        });
        *watched = seen.collect();
    }

    /// Whether another process lives. One that has no mark does not.
    pub(crate) fn is_alive(&self, id: Uuid) -> bool {
        self.watched().get(&id).is_some_and(|it| !it.is_dead)
    }

    /// The others that live.
    pub(crate) fn alive(&self) -> Vec<Uuid> {
        let watched = self.watched();
        let alive = watched.iter().filter(|(_, it)| !it.is_dead);
        alive.map(|(id, _)| *id).collect()
    }

    /// Those that are dead.
    pub(crate) fn dead(&self) -> Vec<NodeBeat> {
        let watched = self.watched();
        let dead = watched.iter().filter(|(_, it)| it.is_dead);
        dead.map(|(id, it)| NodeBeat {
            id: *id,
            beat: it.beat,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_dead_once_its_mark_has_stood_still_for_long_enough() {
        let nodes = Nodes::default();
        let id = Uuid::from_u128(1);
        let almost = NODE_GONE_AFTER.saturating_sub(Duration::from_millis(1));
        assert!(!nodes.is_alive(id), "without a mark");
        // Two days ahead of everybody's clock, or long past: marks are only compared with themselves.
        for beat in [i64::MAX, 0] {
            let others = [NodeBeat { id, beat }];
            nodes.watch(&others, Duration::ZERO);
            nodes.watch(&others, almost);
            assert!(nodes.is_alive(id));
            nodes.watch(&others, NODE_GONE_AFTER);
            assert!(!nodes.is_alive(id));
            assert_eq!(nodes.dead(), others);
        }
        let moved = [NodeBeat { id, beat: 1 }];
        nodes.watch(&moved, NODE_GONE_AFTER);
        assert!(nodes.is_alive(id) && nodes.alive() == [id]);
        nodes.watch(&[], NODE_GONE_AFTER);
        assert!(!nodes.is_alive(id));
    }
}
