//! The order in which what waits gets its turn: fair between users, first come first served within
//! one.
//!
//! Start-time fair queuing (Goyal, Vin, Cheng 1996). Each item gets a tag when it comes: the queue's
//! own time, or where the items before it of the same user end, whichever is later; and it ends so
//! much later as it costs. The lowest tag is next, and its tag is the queue's time. So of a user who
//! hands in much at once only the first item competes with what others hand in, and a user who comes
//! now is next, whatever waits already. Tags of one user never fall, so nothing overtakes within one.

use std::collections::{BTreeMap, HashMap};

use sentinal_protocol::UserId;

/// Users with nothing waiting who are remembered.
const REMEMBERED: usize = 1_024;

/// What waits, in order.
pub(super) struct Queue<T> {
    /// By tag, and among equals by arrival.
    waiting: BTreeMap<(u64, u64), (UserId, T)>,
    /// Of each user with something that waits, and of some who had their turn lately.
    lanes: HashMap<UserId, Lane>,
    /// The queue's own time: the tag of what had its turn last.
    now: u64,
    arrivals: u64,
}

/// What is known of one user.
#[derive(Default)]
struct Lane {
    /// Where the last item ends.
    end: u64,
    waiting: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            lanes: HashMap::new(),
            now: 0,
            arrivals: 0,
        }
    }
}

impl<T> Queue<T> {
    /// Puts an item behind those of the same user.
    pub(super) fn push(&mut self, owner: UserId, cost: u64, item: T) {
        if self.lanes.len() > REMEMBERED + self.waiting.len() {
            // That they have had something costs the others one turn at most.
            self.lanes.retain(|_, lane| lane.waiting > 0);
        }
        let lane = self.lanes.entry(owner).or_default();
        let tag = self.now.max(lane.end);
        lane.end = tag.saturating_add(cost);
        lane.waiting += 1;
        self.arrivals += 1;
        self.waiting.insert((tag, self.arrivals), (owner, item));
    }

    /// Takes the item whose turn it is.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.pop_if(|_| true)
    }

    /// Takes the item whose turn it is, if it is such a one.
    pub(super) fn pop_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let first = self
            .waiting
            .first_entry()
            .filter(|it| wanted(&it.get().1))?;
        self.now = first.key().0;
        let (owner, item) = first.remove();
        if let Some(lane) = self.lanes.get_mut(&owner) {
            lane.waiting -= 1;
        }
        if self.waiting.is_empty() {
            // Nobody waits, so nobody has had too much.
            self.lanes.clear();
            self.now = 0;
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn user(number: i64) -> UserId {
        UserId::new(Timestamp(number))
    }

    fn drained(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn one_user_is_served_in_order() {
        let mut queue = Queue::default();
        let alice = user(1);
        for (cost, name) in [(900, "a"), (1, "b"), (500, "c"), (1, "d")] {
            queue.push(alice, cost, name);
        }
        assert_eq!(drained(&mut queue), ["a", "b", "c", "d"]);
    }

    #[test]
    fn who_comes_now_is_next_whatever_another_has_waiting() {
        let mut queue = Queue::default();
        let (alice, mallory) = (user(1), user(2));
        for name in ["m1", "m2", "m3"] {
            queue.push(mallory, 1_000, name);
        }
        assert_eq!(queue.pop(), Some("m1"));
        queue.push(alice, 1, "a1");
        queue.push(alice, 1, "a2");
        assert_eq!(drained(&mut queue), ["a1", "a2", "m2", "m3"]);
    }

    #[test]
    fn shares_go_by_cost_and_not_by_number() {
        let mut queue = Queue::default();
        let (alice, mallory) = (user(1), user(2));
        for name in ["m1", "m2"] {
            queue.push(mallory, 300, name);
        }
        for name in ["a1", "a2", "a3", "a4"] {
            queue.push(alice, 100, name);
        }
        assert_eq!(drained(&mut queue), ["m1", "a1", "a2", "a3", "m2", "a4"]);
    }

    #[test]
    fn an_empty_queue_holds_nothing_against_anybody() {
        let mut queue = Queue::default();
        let (alice, mallory) = (user(1), user(2));
        queue.push(mallory, 1_000, "m1");
        assert_eq!(queue.pop(), Some("m1"));
        assert!(queue.lanes.is_empty());
        queue.push(mallory, 1, "m2");
        queue.push(alice, 1, "a1");
        assert_eq!(drained(&mut queue), ["m2", "a1"]);
    }

    #[test]
    fn what_is_not_wanted_keeps_its_turn() {
        let mut queue = Queue::default();
        queue.push(user(1), 1, "a1");
        assert_eq!(queue.pop_if(|item| *item == "b1"), None);
        assert_eq!(queue.pop(), Some("a1"));
        assert_eq!(queue.pop(), None);
    }

    /// Many users come and go while somebody always waits: what is known of them has a bound.
    #[test]
    fn users_of_the_past_are_forgotten() {
        let mut queue = Queue::default();
        queue.push(user(0), 1, "first");
        for number in 1..=5_000 {
            queue.push(user(number), 10, "next");
            assert!(queue.pop().is_some());
            assert!(queue.lanes.len() <= REMEMBERED + 2);
        }
    }
}
