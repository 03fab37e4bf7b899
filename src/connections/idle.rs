//! The HTTP connections of one worker thread: which of them are idle, and since when.
//!
//! A connection is idle from the moment it is accepted, and from the moment the last answer on it was
//! handed to the transport, until a request begins. When somebody connects while more than half of
//! all connections are taken, those that have been idle for longer than they may now are closed.
//! Nothing runs while nobody connects, and nobody is looked at who is not closed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::Notify;

use super::{Connections, Full, OpenConnection};

/// Idle connections that are closed for one that comes, at most.
const SHED_AT_ONCE: usize = 16;

/// The connections of one worker thread.
pub(crate) struct WorkerConnections {
    all: Arc<Connections>,
    next_id: Cell<u64>,
    /// By the time since which they are idle.
    idle: RefCell<BTreeMap<(Instant, u64), Weak<HttpConnection>>>,
}

impl WorkerConnections {
    /// Of a worker without connections.
    pub(crate) fn new(all: Arc<Connections>) -> Rc<Self> {
        Rc::new(Self {
            all,
            next_id: Cell::new(0),
            idle: RefCell::default(),
        })
    }

    /// Takes a connection from this peer, closing idle ones for it.
    pub(super) fn admit(
        self: &Rc<Self>,
        peer: Option<SocketAddr>,
        now: Instant,
    ) -> Result<Rc<HttpConnection>, Full> {
        self.shed(now);
        let open = Rc::new(self.all.admit(peer)?);
        let id = self.next_id.replace(self.next_id.get() + 1);
        let connection = Rc::new(HttpConnection {
            id,
            open,
            worker: Rc::clone(self),
            running: Cell::new(0),
            idle_since: Cell::new(None),
            close: Notify::new(),
        });
        connection.rest(now);
        Ok(connection)
    }

    /// Closes those that have been idle for too long as things are now, the oldest first.
    fn shed(&self, now: Instant) {
        for _ in 0..SHED_AT_ONCE {
            let Some(kept) = self.all.keep_alive() else {
                return;
            };
            let mut idle = self.idle.borrow_mut();
            let Some(oldest) = idle.first_entry() else {
                return;
            };
            if now.saturating_duration_since(oldest.key().0) < kept {
                return;
            }
            let connection = oldest.remove().upgrade();
            drop(idle);
            if let Some(connection) = connection {
                connection.idle_since.set(None);
                // Its place is free at once, and not only when its task gets its turn.
                connection.open.release();
                connection.close.notify_one();
                self.all.shed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A connection that speaks HTTP.
pub(crate) struct HttpConnection {
    id: u64,
    open: Rc<OpenConnection>,
    worker: Rc<WorkerConnections>,
    /// Requests that are not answered yet.
    running: Cell<usize>,
    idle_since: Cell<Option<Instant>>,
    close: Notify,
}

impl HttpConnection {
    /// Its entry in the counts, for whoever keeps it beyond HTTP.
    pub(crate) fn open(&self) -> Rc<OpenConnection> {
        Rc::clone(&self.open)
    }

    /// Notes that a request is being answered, until what it gives is dropped.
    pub(crate) fn begin_request(self: &Rc<Self>) -> RunningRequest {
        self.running.set(self.running.get() + 1);
        self.wake();
        RunningRequest(Rc::clone(self))
    }

    /// The connection is one of this client's, if a proxy brought it and this is its first request.
    pub(crate) fn count_for(&self, client: IpAddr) -> Result<(), Full> {
        self.open.count_for(client)
    }

    /// Ends when the connection is to be closed for others.
    pub(super) async fn closed(self: Rc<Self>) {
        self.close.notified().await;
    }

    /// It is idle from now on.
    fn rest(self: &Rc<Self>, now: Instant) {
        self.idle_since.set(Some(now));
        let mut idle = self.worker.idle.borrow_mut();
        idle.insert((now, self.id), Rc::downgrade(self));
    }

    /// It is idle no more.
    pub(super) fn wake(&self) {
        if let Some(since) = self.idle_since.take() {
            self.worker.idle.borrow_mut().remove(&(since, self.id));
        }
    }
}

impl Drop for HttpConnection {
    fn drop(&mut self) {
        self.wake();
    }
}

/// A request that is being answered; dropped with the body of its answer.
pub(crate) struct RunningRequest(Rc<HttpConnection>);

impl Drop for RunningRequest {
    fn drop(&mut self) {
        let left = self.0.running.get().saturating_sub(1);
        self.0.running.set(left);
        if left == 0 && !self.0.open.is_released.get() {
            self.0.rest(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::connections::{ConnectionLimits, KEEP_ALIVE, KEEP_ALIVE_MIN};

    fn worker(all: usize) -> Rc<WorkerConnections> {
        WorkerConnections::new(Arc::new(Connections::new(ConnectionLimits {
            all,
            per_network: None,
            trusted_proxies: Vec::new(),
        })))
    }

    fn is_closed(connection: &Rc<HttpConnection>) -> bool {
        Rc::clone(connection).closed().now_or_never().is_some()
    }

    #[test]
    fn the_oldest_idle_connections_make_room_and_busy_ones_do_not() {
        let worker = worker(4);
        let start = Instant::now();
        let connections: Vec<_> = (0..4)
            .map(|second| {
                let now = start + Duration::from_secs(second);
                worker.admit(None, now).unwrap()
            })
            .collect();
        let request = connections[0].begin_request();
        let soon = start + Duration::from_secs(1);
        assert!(worker.admit(None, soon).is_err(), "nobody is idle for long");
        let later = start + Duration::from_secs(1) + KEEP_ALIVE_MIN;
        let fifth = worker.admit(None, later).unwrap();
        let closed: Vec<bool> = connections.iter().map(is_closed).collect();
        assert_eq!(closed, [false, true, false, false]);
        assert_eq!((worker.all.open(), worker.all.shed()), (4, 1));
        drop((connections, fifth));
        // Its answer is on its way still.
        assert_eq!(worker.all.open(), 1);
        drop(request);
        assert_eq!(worker.all.open(), 0);
        assert!(worker.idle.borrow().is_empty());
    }

    #[test]
    fn below_half_of_all_nobody_is_closed() {
        let worker = worker(6);
        let start = Instant::now();
        let connections: Vec<_> = (0..3).map(|_| worker.admit(None, start).unwrap()).collect();
        let next = worker.admit(None, start + 2 * KEEP_ALIVE).unwrap();
        assert!(!connections.iter().any(is_closed));
        drop(next);
    }
}
