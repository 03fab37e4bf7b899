//! Whose password is looked at next: a bounded queue before the cores, fair between networks.
//!
//! - A core is given to one network after the other, so that a flood from one of them makes another's
//!   login wait for a single check and not for the flood.
//! - Devices that prove that they were signed in before, and people who are signed in, come first; but
//!   one turn in [`TURNS_PER_STRANGER`] is left to the others.
//! - Where the queue is full, the network that has most in it gives up its newest place: a newcomer
//!   of another network always finds room.
//! - One account has [`PLACES_PER_ACCOUNT`] at once, so that those who guess at it leave the cores to
//!   the owners of others.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinal_protocol::UserId;
use tokio::sync::oneshot;

use crate::ApiError;
use crate::rate_limits::{Subject, network};

/// How long a check waits for a core.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// Checks that may wait per core; at cost 12 (290 ms) more would not be served within [`WAIT_MAX`].
const WAITING_PER_CORE: usize = 10;
/// Checks of one account's password that may run and wait at once, of those who prove nothing: more
/// than a person has devices that sign in at the same moment.
const PLACES_PER_ACCOUNT: usize = 4;
/// Of so many turns one goes to somebody who proves nothing, whoever else waits.
const TURNS_PER_STRANGER: u32 = 4;

/// Who wants a password looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    share: Share,
    account: Option<Subject>,
    is_known: bool,
}

/// Who shares turns with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Share {
    Network(IpAddr),
    User(UserId),
}

impl Asker {
    /// Somebody from this address, who proves nothing and names no account.
    pub(crate) fn at(address: IpAddr) -> Self {
        Self {
            share: Share::Network(network(address)),
            account: None,
            is_known: false,
        }
    }

    /// The same, about this account.
    pub(crate) fn about(self, account: Subject) -> Self {
        Self {
            account: Some(account),
            ..self
        }
    }

    /// A user who is signed in, or whose device was.
    pub(crate) fn known(user_id: UserId) -> Self {
        Self {
            share: Share::User(user_id),
            account: None,
            is_known: true,
        }
    }
}

/// The queue. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<Queue>>);

struct Queue {
    cores: usize,
    running: usize,
    /// Turns given since a stranger had one.
    since_stranger: u32,
    known: Lane,
    strangers: Lane,
    accounts: HashMap<Subject, usize>,
    next_place: u64,
}

/// Those who wait, by share, and the shares in the order of their turns. No share in it is empty.
#[derive(Default)]
struct Lane {
    waiting: HashMap<Share, VecDeque<Place>>,
    order: VecDeque<Share>,
    len: usize,
}

struct Place {
    number: u64,
    /// Dropped without a word: there is no room any more.
    call: oneshot::Sender<()>,
}

impl Turns {
    /// For so many checks at once.
    pub(crate) fn new(cores: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            cores: cores.max(1),
            running: 0,
            since_stranger: 0,
            known: Lane::default(),
            strangers: Lane::default(),
            accounts: HashMap::new(),
            next_place: 0,
        })))
    }

    /// Waits for a core, for a limited time; 503 `OVERLOADED` where there is no room or none comes
    /// free. Dropped, it gives its place up.
    pub(crate) async fn wait(&self, asker: Asker) -> Result<Turn, ApiError> {
        let mut wait = self.enter(asker)?;
        match tokio::time::timeout(WAIT_MAX, &mut wait.called).await {
            Ok(Ok(())) => {
                wait.is_over = true;
                Ok(Turn {
                    turns: self.clone(),
                    account: wait.account.take(),
                })
            }
            Ok(Err(_)) | Err(_) => Err(ApiError::overloaded()),
        }
    }

    fn enter(&self, asker: Asker) -> Result<Wait, ApiError> {
        let mut queue = self.lock();
        // Counted until the check is done, or was given up.
        let account = match asker.account {
            Some(account) => {
                let places = queue.accounts.entry(account).or_insert(0);
                if *places >= PLACES_PER_ACCOUNT {
                    return Err(ApiError::overloaded());
                }
                *places += 1;
                Some(AccountPlace {
                    turns: self.clone(),
                    account,
                })
            }
            None => None,
        };
        let (call, called) = oneshot::channel();
        let number = queue.next_place;
        queue.next_place += 1;
        queue.add(asker, Place { number, call });
        queue.give_turns();
        drop(queue);
        Ok(Wait {
            turns: self.clone(),
            asker,
            number,
            called,
            account,
            is_over: false,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn lane(&mut self, asker: Asker) -> &mut Lane {
        if asker.is_known {
            &mut self.known
        } else {
            &mut self.strangers
        }
    }

    fn add(&mut self, asker: Asker, place: Place) {
        let len_max = self.cores * WAITING_PER_CORE;
        let lane = self.lane(asker);
        lane.add(asker.share, place);
        if lane.len > len_max {
            lane.drop_newest_of_longest();
        }
    }

    /// Gives free cores to those who wait.
    fn give_turns(&mut self) {
        while self.running < self.cores {
            let strangers_turn = self.since_stranger + 1 >= TURNS_PER_STRANGER;
            let lanes = if strangers_turn {
                [&mut self.strangers, &mut self.known]
            } else {
                [&mut self.known, &mut self.strangers]
            };
            let Some(next) = lanes.into_iter().find_map(Lane::next) else {
                return;
            };
            // One who went away has taken its place with it, or is about to give the core back.
            if next.call.send(()).is_ok() {
                self.running += 1;
            }
            self.since_stranger = if strangers_turn {
                0
            } else {
                self.since_stranger + 1
            };
        }
    }
}

impl Lane {
    fn add(&mut self, share: Share, place: Place) {
        let waiting = self.waiting.entry(share).or_default();
        if waiting.is_empty() {
            self.order.push_back(share);
        }
        waiting.push_back(place);
        self.len += 1;
    }

    /// The oldest of the share whose turn it is, which goes to the end of the order.
    fn next(&mut self) -> Option<Place> {
        let share = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&share)?;
        let place = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&share);
        } else {
            self.order.push_back(share);
        }
        self.len -= usize::from(place.is_some());
        place
    }

    fn drop_newest_of_longest(&mut self) {
        let longest = self.waiting.iter().max_by_key(|(_, waiting)| waiting.len());
        let newest = longest.and_then(|(share, waiting)| Some((*share, waiting.back()?.number)));
        if let Some((share, number)) = newest {
            self.remove(share, number);
        }
    }

    /// Whether it was there still.
    fn remove(&mut self, share: Share, number: u64) -> bool {
        let Some(waiting) = self.waiting.get_mut(&share) else {
            return false;
        };
        let before = waiting.len();
        waiting.retain(|place| place.number != number);
        let removed = before - waiting.len();
        if waiting.is_empty() {
            self.waiting.remove(&share);
            self.order.retain(|other| *other != share);
        }
        self.len -= removed;
        removed > 0
    }
}

/// One who waits. Dropped before it was called, it is out of the queue; dropped after, the core goes
/// to the next.
struct Wait {
    turns: Turns,
    asker: Asker,
    number: u64,
    called: oneshot::Receiver<()>,
    account: Option<AccountPlace>,
    is_over: bool,
}

impl Drop for Wait {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut queue = self.turns.lock();
        let (share, number) = (self.asker.share, self.number);
        if !queue.lane(self.asker).remove(share, number) && self.called.try_recv().is_ok() {
            queue.running -= 1;
            queue.give_turns();
        }
    }
}

/// A core, until dropped.
pub(crate) struct Turn {
    turns: Turns,
    account: Option<AccountPlace>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.account.take());
        let mut queue = self.turns.lock();
        queue.running -= 1;
        queue.give_turns();
    }
}

/// One of an account's places.
struct AccountPlace {
    turns: Turns,
    account: Subject,
}

impl Drop for AccountPlace {
    fn drop(&mut self) {
        let mut queue = self.turns.lock();
        if let Some(places) = queue.accounts.get_mut(&self.account) {
            *places -= 1;
            if *places == 0 {
                queue.accounts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests;
