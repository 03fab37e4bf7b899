//! Slots of which each party has a share: what lasts as long as its client likes must not be held by
//! a few.
//!
//! A slot counts for its user and for the network that it comes from, and is given back when it is
//! dropped, however its request ended.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sentinal_protocol::{ErrorCode, UserId};

use crate::ApiError;
use crate::rate_limits::network;

/// When somebody whose share is taken comes again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How many slots there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// In all.
    pub(crate) all: usize,
    /// Of one user.
    pub(crate) per_user: usize,
    /// Of one IPv4 address, or one /64 of IPv6.
    pub(crate) per_network: usize,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    users: HashMap<UserId, usize>,
    networks: HashMap<IpAddr, usize>,
}

/// The slots of a node.
#[derive(Debug)]
pub(crate) struct Slots {
    shares: Shares,
    held: Mutex<Held>,
}

impl Slots {
    /// All of them free.
    pub(crate) fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self {
            shares,
            held: Mutex::default(),
        })
    }

    /// Takes a slot: 429 if those of this user or of this network are taken, 503 if all are.
    pub(crate) fn acquire(
        self: &Arc<Self>,
        user_id: UserId,
        address: IpAddr,
    ) -> Result<Slot, ApiError> {
        let network = network(address);
        let mut held = self.held();
        let of_user = held.users.get(&user_id).copied().unwrap_or_default();
        let of_network = held.networks.get(&network).copied().unwrap_or_default();
        if of_user >= self.shares.per_user || of_network >= self.shares.per_network {
            return Err(ApiError::new(
                ErrorCode::RateLimitExceeded,
                "Too many of yours at once; try again when one has ended.",
            )
            .with_retry_after(RETRY_AFTER));
        }
        if held.all >= self.shares.all {
            return Err(ApiError::overloaded());
        }
        held.all += 1;
        held.users.insert(user_id, of_user + 1);
        held.networks.insert(network, of_network + 1);
        Ok(Slot {
            slots: Arc::clone(self),
            user_id,
            network,
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing in here panics half-way through a change.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot that is held; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    user_id: UserId,
    network: IpAddr,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.slots.held();
        held.all = held.all.saturating_sub(1);
        give_back(&mut held.users, self.user_id);
        give_back(&mut held.networks, self.network);
    }
}

fn give_back<K: std::hash::Hash + Eq>(held: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = held.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            held.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    #[test]
    fn a_user_and_a_network_have_shares_and_what_is_dropped_is_free() {
        let slots = Slots::new(Shares {
            all: 4,
            per_user: 2,
            per_network: 3,
        });
        let user = |number| UserId::new(Timestamp(number));
        let (alice, bob, carol) = (user(1), user(2), user(3));
        let here = IpAddr::from([192, 0, 2, 1]);
        let there = IpAddr::from([192, 0, 2, 2]);
        let code = |outcome: Result<Slot, ApiError>| outcome.map(|_| ()).map_err(|it| it.code);
        let first = slots.acquire(alice, here).unwrap();
        let second = slots.acquire(alice, there).unwrap();
        let full = Err(ErrorCode::RateLimitExceeded);
        assert_eq!(code(slots.acquire(alice, there)), full);
        let third = slots.acquire(bob, here).unwrap();
        let fourth = slots.acquire(bob, here).unwrap();
        assert_eq!(code(slots.acquire(carol, here)), full);
        assert_eq!(
            code(slots.acquire(carol, there)),
            Err(ErrorCode::Overloaded)
        );
        drop(fourth);
        let fifth = slots.acquire(carol, here).unwrap();
        drop((first, second, third, fifth));
        let held = slots.held();
        assert_eq!(held.all, 0);
        assert!(held.users.is_empty() && held.networks.is_empty());
    }
}
