//! Bytes that many connections hold in memory together, with shares.
//!
//! What is charged is given back when it is dropped. Two shares keep a few from taking all of a
//! budget: one network has a part of it, and a part is left to small things, which nearly all are.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

/// How much a budget allows, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteLimits {
    /// Everything at once.
    pub all: usize,
    /// Of that what is larger than small.
    pub large: usize,
    /// Everything of one network.
    pub network: usize,
    /// What is small.
    pub small: usize,
}

/// A budget.
#[derive(Debug)]
pub struct ByteBudget {
    limits: ByteLimits,
    held: AtomicUsize,
    networks: DashMap<IpAddr, usize>,
}

/// There is no room for so many bytes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl ByteBudget {
    /// Of which nothing is held.
    pub fn new(limits: ByteLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            held: AtomicUsize::new(0),
            networks: DashMap::new(),
        })
    }

    /// Starts the account of something that comes from this network.
    pub fn open(self: &Arc<Self>, network: IpAddr) -> ByteCharge {
        ByteCharge {
            budget: Arc::clone(self),
            network,
            bytes: 0,
        }
    }

    /// Whether something of `before` bytes may have so many more.
    fn take(&self, network: IpAddr, before: usize, more: usize) -> bool {
        let most = if before + more > self.limits.small {
            self.limits.large
        } else {
            self.limits.all
        };
        let mut of_network = self.networks.entry(network).or_insert(0);
        let fits = *of_network + more <= self.limits.network
            && self
                .held
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |held| {
                    (held + more <= most).then_some(held + more)
                })
                .is_ok();
        if fits {
            *of_network += more;
        }
        fits
    }

    fn give_back(&self, network: IpAddr, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::AcqRel);
        if let Entry::Occupied(mut occupied) = self.networks.entry(network) {
            *occupied.get_mut() = occupied.get().saturating_sub(bytes);
            if *occupied.get() == 0 {
                occupied.remove();
            }
        }
    }
}

/// What one thing holds, given back when dropped.
#[derive(Debug)]
pub struct ByteCharge {
    budget: Arc<ByteBudget>,
    network: IpAddr,
    bytes: usize,
}

impl ByteCharge {
    /// So many bytes more have come; an error where there is no room for them.
    pub fn add(&mut self, bytes: usize) -> Result<(), Full> {
        if !self.budget.take(self.network, self.bytes, bytes) {
            return Err(Full);
        }
        self.bytes += bytes;
        Ok(())
    }

    /// It holds so many bytes now; an error where there is no room for them.
    pub fn set(&mut self, bytes: usize) -> Result<(), Full> {
        match bytes.checked_sub(self.bytes) {
            Some(0) => Ok(()),
            Some(more) => self.add(more),
            None => {
                self.budget.give_back(self.network, self.bytes - bytes);
                self.bytes = bytes;
                Ok(())
            }
        }
    }
}

impl Drop for ByteCharge {
    fn drop(&mut self) {
        self.budget.give_back(self.network, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const KIB: usize = 1024;
    const LIMITS: ByteLimits = ByteLimits {
        all: 64 * KIB,
        large: 48 * KIB,
        network: 16 * KIB,
        small: 16,
    };

    fn network(number: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, number).into()
    }

    #[test]
    fn a_network_has_a_share_and_small_things_have_a_reserve() {
        let budget = ByteBudget::new(LIMITS);
        let fill = |number: u8| {
            let mut charges = Vec::new();
            loop {
                let mut charge = budget.open(network(number));
                if charge.add(KIB).is_err() {
                    return charges;
                }
                charges.push(charge);
            }
        };
        let mut first = fill(1);
        assert_eq!(first.len() * KIB, LIMITS.network);
        let others: Vec<_> = (2..10).flat_map(fill).collect();
        assert_eq!((first.len() + others.len()) * KIB, LIMITS.large);
        // A small thing of somebody else fits, and does not grow.
        let mut small = budget.open(network(20));
        small.add(LIMITS.small).unwrap();
        assert!(small.add(1).is_err());
        assert!(budget.open(network(1)).add(1).is_err(), "its share is full");
        first[0].set(KIB / 2).unwrap();
        assert!(first[1].set(KIB + KIB / 2 + 1).is_err());
        first[0].set(0).unwrap();
        drop(first);
        assert!(budget.open(network(1)).add(KIB).is_ok());
        drop((others, small));
        assert_eq!(budget.held.load(Ordering::Acquire), 0);
        assert!(budget.networks.is_empty());
    }
}
