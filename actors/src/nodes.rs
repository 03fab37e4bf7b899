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

/// For so long a process that has gone is remembered as gone: longer than what it has said elsewhere is
/// kept.
const BURIED_FOR: Duration = Duration::from_mins(2);

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
pub(crate) struct Nodes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    watched: HashMap<Uuid, Watched>,
    /// Those that are gone, and since when, by the steady clock.
    buried: HashMap<Uuid, Duration>,
    /// Those of them of whom nobody was told.
    just_gone: Vec<Uuid>,
}

impl Nodes {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was read of the others at a moment of the steady clock.
    pub(crate) fn watch(&self, others: &[NodeBeat], now: Duration) {
        let mut known = self.known();
        let Known {
            watched,
            buried,
            just_gone,
        } = &mut *known;
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
        let seen: HashMap<_, _> = seen.collect();
        let is_gone = |id: &Uuid| seen.get(id).is_none_or(|it| it.is_dead);
        let gone = watched.iter().filter(|(id, it)| !it.is_dead && is_gone(id));
        let gone: Vec<Uuid> = gone.map(|(id, _)| *id).collect();
        *watched = seen;
        buried.retain(|_, since| now.saturating_sub(*since) < BURIED_FOR);
        buried.extend(gone.iter().map(|id| (*id, now)));
        just_gone.extend(gone);
    }

    /// Those that have gone since this was last asked.
    pub(crate) fn take_gone(&self) -> Vec<Uuid> {
        std::mem::take(&mut self.known().just_gone)
    }

    /// Whether another process was seen to live, and does no more.
    pub(crate) fn is_buried(&self, id: Uuid) -> bool {
        self.known().buried.contains_key(&id)
    }

    /// Whether another process lives. One that has no mark does not.
    pub(crate) fn is_alive(&self, id: Uuid) -> bool {
        self.known().watched.get(&id).is_some_and(|it| !it.is_dead)
    }

    /// The others that live.
    pub(crate) fn alive(&self) -> Vec<Uuid> {
        let known = self.known();
        let alive = known.watched.iter().filter(|(_, it)| !it.is_dead);
        alive.map(|(id, _)| *id).collect()
    }

    /// Those that are dead.
    pub(crate) fn dead(&self) -> Vec<NodeBeat> {
        let known = self.known();
        let dead = known.watched.iter().filter(|(_, it)| it.is_dead);
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
            assert!(nodes.is_buried(id));
            assert_eq!(nodes.take_gone(), [id]);
        }
        let moved = [NodeBeat { id, beat: 1 }];
        nodes.watch(&moved, NODE_GONE_AFTER);
        assert!(nodes.is_alive(id) && nodes.alive() == [id]);
        nodes.watch(&[], NODE_GONE_AFTER);
        assert!(!nodes.is_alive(id));
    }
}
