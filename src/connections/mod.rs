//! How many connections there may be, and whose.
//!
//! - **All together**: `CONNECTIONS_MAX`, WebSockets included. A connection past it is answered 503 and
//!   closed, rather than left in the kernel: `actix-server` stops accepting at its own limit, and then
//!   nobody gets in, a supervisor that asks `/livez` neither.
//! - **Of one network**: anything while less than half of all are taken; beyond that a share
//!   (`CONNECTIONS_PER_NETWORK`), so that whoever opens as many as there are gets half of them at most.
//!   Up to three quarters a network is an IPv4 address or a /64 of IPv6, beyond that a /24 or a /48:
//!   what one party can have many of.
//! - **Idle ones**: from half on, connections that wait for their next request are closed the earlier
//!   the fewer are left, the oldest first ([`idle`]).
//!
//! A proxy of `TRUSTED_PROXIES` has no share. Its connections count for the client that the first
//! request on each came from, and for nobody as long as it names none.

mod door;
mod idle;
mod stream;

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use ipnet::IpNet;
use sentinal_app::rate_limits::network;

pub(crate) use door::Door;
pub(crate) use idle::{HttpConnection, RunningRequest, WorkerConnections};
pub(crate) use stream::Admitted;

/// How long an idle connection is kept for the next request while there are enough.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Connections beyond those that are served, over all workers: accepted, and about to be served or
/// refused. `actix-server` stops accepting where each worker has its part of both, which the door
/// keeps from happening.
pub(crate) const UNDECIDED_MAX: usize = 128;
/// How long one is kept that nobody else has a place because of. A client that has just connected
/// gets as long to say what it wants.
const KEEP_ALIVE_MIN: Duration = Duration::from_secs(2);

/// What the connections of one server keep to.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionLimits {
    /// Connections at once, WebSockets included.
    pub(crate) all: usize,
    /// Those of one network once half of all are taken; `None` for no limit.
    pub(crate) per_network: Option<usize>,
    /// Peers that connect on behalf of others.
    pub(crate) trusted_proxies: Vec<IpNet>,
}

/// The connections of a server, over all worker threads.
#[derive(Debug)]
pub(crate) struct Connections {
    limits: ConnectionLimits,
    open: AtomicUsize,
    /// By address, or /64.
    near: Counts,
    /// By /24, or /48.
    wide: Counts,
    refused: AtomicU64,
    shed: AtomicU64,
}

impl Default for Connections {
    /// Without limits.
    fn default() -> Self {
        Self::new(ConnectionLimits {
            all: usize::MAX,
            per_network: None,
            trusted_proxies: Vec::new(),
        })
    }
}

/// There is no room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Connections {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            open: AtomicUsize::new(0),
            near: Counts::default(),
            wide: Counts::default(),
            refused: AtomicU64::new(0),
            shed: AtomicU64::new(0),
        }
    }

    /// Connections that are open, WebSockets included.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Connections that were refused since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Idle connections that were closed since the start so that others have a place.
    pub(crate) fn shed(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    /// Counts a connection from this peer for as long as what it gives lives.
    fn admit(self: &Arc<Self>, peer: Option<SocketAddr>) -> Result<OpenConnection, Full> {
        let took = self
            .open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| {
                (open < self.limits.all).then_some(open + 1)
            });
        if took.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Full);
        }
        let connection = OpenConnection {
            connections: Arc::clone(self),
            counted_for: Cell::new(None),
            is_released: Cell::new(false),
        };
        let address = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| {
            peer.ip().to_canonical()
        });
        connection.count_for(address)?;
        Ok(connection)
    }

    /// Whether a network that has so many connections may have one more.
    fn has_share(&self, near: usize, wide: usize) -> bool {
        let Some(share) = self.limits.per_network else {
            return true;
        };
        // The one that asks is among them already.
        let (open, all) = (self.open().saturating_sub(1), self.limits.all);
        if open < all / 2 {
            true
        } else if open < all / 4 * 3 {
            near < share
        } else {
            wide < share
        }
    }

    /// How long a connection may be idle now; `None` for as long as ever.
    fn keep_alive(&self) -> Option<Duration> {
        let all = self.limits.all;
        let half = all / 2;
        let beyond = self.open().checked_sub(half).filter(|it| *it > 0)?;
        let left = u32::try_from((all - half).saturating_sub(beyond)).unwrap_or(u32::MAX);
        let of = u32::try_from(all - half).unwrap_or(u32::MAX).max(1);
        Some(KEEP_ALIVE_MIN + KEEP_ALIVE.saturating_sub(KEEP_ALIVE_MIN) * left / of)
    }
}

/// A connection in the counts, until it is dropped or released.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    connections: Arc<Connections>,
    /// Whose it is; `None` while only its proxy is known.
    counted_for: Cell<Option<IpAddr>>,
    is_released: Cell<bool>,
}

impl OpenConnection {
    /// Counts it for this address, unless that is a proxy's or it is known whose it is.
    pub(crate) fn count_for(&self, address: IpAddr) -> Result<(), Full> {
        let connections = &self.connections;
        let mut proxies = connections.limits.trusted_proxies.iter();
        let is_known = self.counted_for.get().is_some() || self.is_released.get();
        if is_known || proxies.any(|it| it.contains(&address)) {
            return Ok(());
        }
        let (near, wide) = (network(address), wide_network(address));
        // Taken first and then looked at: those who come at once must not all pass.
        let before = (connections.near.add(near), connections.wide.add(wide));
        if !connections.has_share(before.0, before.1) {
            connections.near.remove(near);
            connections.wide.remove(wide);
            connections.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Full);
        }
        self.counted_for.set(Some(address));
        Ok(())
    }

    /// One that is not limited.
    #[cfg(test)]
    pub(crate) fn for_test() -> std::rc::Rc<Self> {
        let connections = Arc::new(Connections::default());
        std::rc::Rc::new(connections.admit(None).expect("no limit"))
    }

    /// Gives its place up before it is gone: it is about to be closed for somebody else.
    fn release(&self) {
        if self.is_released.replace(true) {
            return;
        }
        self.connections.open.fetch_sub(1, Ordering::AcqRel);
        if let Some(address) = self.counted_for.take() {
            self.connections.near.remove(network(address));
            self.connections.wide.remove(wide_network(address));
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.release();
    }
}

/// The /24 of an IPv4 address, the /48 of an IPv6 address.
fn wide_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0xff).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
    }
}

/// Connections of each network that has any.
#[derive(Debug, Default)]
struct Counts(DashMap<IpAddr, usize>);

impl Counts {
    /// Counts one more and answers how many there were before.
    fn add(&self, network: IpAddr) -> usize {
        let mut count = self.0.entry(network).or_insert(0);
        *count += 1;
        *count - 1
    }

    fn remove(&self, network: IpAddr) {
        if let Entry::Occupied(mut occupied) = self.0.entry(network) {
            *occupied.get_mut() = occupied.get().saturating_sub(1);
            if *occupied.get() == 0 {
                occupied.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(all: usize, per_network: Option<usize>) -> Arc<Connections> {
        Arc::new(Connections::new(ConnectionLimits {
            all,
            per_network,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        }))
    }

    /// As many connections from an address as there may be.
    fn fill(connections: &Arc<Connections>, address: &str) -> Vec<OpenConnection> {
        let peer = Some(SocketAddr::new(address.parse().unwrap(), 1));
        std::iter::from_fn(|| connections.admit(peer).ok()).collect()
    }

    #[test]
    fn one_network_gets_half_and_the_others_a_share_each_of_the_rest() {
        let connections = connections(1_000, Some(100));
        let attacker = fill(&connections, "192.0.2.1");
        assert_eq!(attacker.len(), 500);
        let other = fill(&connections, "198.51.100.1");
        assert_eq!(other.len(), 100);
        // Of the same /24: up to three quarters it counts by itself, beyond that with its neighbours.
        let neighbours: Vec<_> = (2..9)
            .map(|last| fill(&connections, &format!("198.51.100.{last}")))
            .collect();
        let held: Vec<usize> = neighbours.iter().map(Vec::len).collect();
        assert_eq!(held, [100, 50, 0, 0, 0, 0, 0]);
        assert_eq!(fill(&connections, "203.0.113.1").len(), 100);
        drop(attacker);
        assert_eq!(fill(&connections, "192.0.2.9").len(), 250);
    }

    #[test]
    fn whoever_has_an_ipv6_network_has_one_share() {
        let connections = connections(100, Some(10));
        let attacker: Vec<_> = (0..200)
            .flat_map(|host| fill(&connections, &format!("2001:db8::{host:x}")))
            .collect();
        assert_eq!(attacker.len(), 50);
        assert_eq!(fill(&connections, "2001:db8:0:1::1").len(), 10);
    }

    #[test]
    fn everybody_together_gets_what_there_is_and_it_comes_back() {
        let connections = connections(100, None);
        let all = fill(&connections, "192.0.2.1");
        assert_eq!((all.len(), connections.open()), (100, 100));
        assert_eq!(connections.refused(), 1);
        drop(all);
        assert_eq!(connections.open(), 0);
        assert!(connections.near.0.is_empty() && connections.wide.0.is_empty());
    }

    #[test]
    fn behind_a_proxy_the_client_counts() {
        let connections = connections(100, Some(10));
        let proxy = Some(SocketAddr::new("10.0.0.1".parse().unwrap(), 1));
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        let mut held = Vec::new();
        let refused = loop {
            let connection = connections.admit(proxy).unwrap();
            if connection.count_for(client).is_err() {
                break connection;
            }
            // The next request on it may be somebody else's.
            connection.count_for("192.0.2.77".parse().unwrap()).unwrap();
            held.push(connection);
        };
        assert_eq!(held.len(), 50);
        refused.count_for("192.0.2.2".parse().unwrap()).unwrap();
    }

    #[test]
    fn the_fuller_it_is_the_shorter_an_idle_connection_is_kept() {
        let connections = connections(100, None);
        let mut held = Vec::new();
        let mut kept = Vec::new();
        while let Ok(connection) = connections.admit(None) {
            held.push(connection);
            kept.push(connections.keep_alive());
        }
        assert!(kept[..50].iter().all(Option::is_none));
        assert!(kept[50..].is_sorted_by(|one, next| one > next));
        assert_eq!(kept[99], Some(KEEP_ALIVE_MIN));
    }
}
