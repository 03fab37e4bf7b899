//! The actors of a node, put together.

use std::sync::Arc;
use std::time::Duration;

use sentinal_protocol::limits::FRAME_BYTES_HARD_MAX;
use sentinal_protocol::{Clock, UserId};
use sentinal_store::Store;

use crate::bus::BusSettings;
use crate::byte_budget::{ByteBudget, ByteLimits};
use crate::call::Calls;
use crate::connects::Connects;
use crate::cursors::Cursors;
use crate::error::ApiError;
use crate::journal::{Journal, Recheck};
use crate::messages::ToHub;
use crate::node::Node;
use crate::presence::Presence;
use crate::push::{Push, PushError, PushSettings};
use crate::receipt_writer::ReceiptWriter;
use crate::registry::{Listeners, Registry};
use crate::room::Room;

/// How long a drain waits for sockets to go, and for journal and receipt writer to commit what they
/// have.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// Unfinished messages of sockets, bytes: 32 of the largest at once, of which one network has a quarter.
/// A message that arrives in one piece is never among them.
const UNFINISHED: ByteLimits = ByteLimits {
    all: 32 * FRAME_BYTES_HARD_MAX,
    large: 24 * FRAME_BYTES_HARD_MAX,
    network: 8 * FRAME_BYTES_HARD_MAX,
    small: 16 * 1024,
};
/// How often a drain looks.
const DRAIN_LOOK: Duration = Duration::from_millis(20);

/// The way to every actor of a node. Cloning it is cheap.
#[derive(Clone)]
pub struct Live {
    /// What they stand on.
    pub node: Node,
    /// The door through which conversations change.
    pub journal: Journal,
    /// Acks that are not written yet.
    pub cursors: Cursors,
    /// The lane in which receipts move.
    pub receipts: ReceiptWriter,
    /// The calls of this node.
    pub calls: Calls,
    /// Who is here, as others may hear of it.
    pub presence: Presence,
    /// Waking devices without a live socket.
    pub push: Push,
    /// What routes presence, typing and signaling.
    pub registry: Registry,
    /// Who may connect now.
    pub connects: Connects,
    /// What unfinished messages of sockets hold in memory.
    pub unfinished: Arc<ByteBudget>,
}

/// Why the actors were not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Push cannot be set up as configured.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The calls in the database could not be read.
    #[error("the calls of an earlier process could not be ended: {0}")]
    Calls(#[source] ApiError),
}

impl Live {
    /// Starts the actors of a node over an open database whose migrations have run. `recheck` is made
    /// of what they stand on; `revoked` is told whose logins have ended on another node. Must be called within an actix system; hubs and sessions are started by
    /// the worker threads.
    pub async fn start(
        store: Store,
        clock: Clock,
        push: &PushSettings,
        bus: Option<&BusSettings>,
        recheck: impl FnOnce(&Node) -> Recheck,
        revoked: Arc<dyn Fn(UserId) + Send + Sync>,
    ) -> Result<Self, StartError> {
        let node = Node::new(store, clock, bus, Room::start_on);
        let push = Push::new(push)?;
        let calls = Calls::new(node.clone(), push.clone());
        let recheck = recheck(&node);
        let registry = Registry::default();
        let live = Self {
            journal: Journal::start(node.clone(), calls.clone(), push.clone(), recheck),
            cursors: Cursors::default(),
            receipts: ReceiptWriter::default(),
            presence: Presence::new(node.clone(), registry.clone()),
            connects: Connects::default(),
            unfinished: ByteBudget::new(UNFINISHED),
            registry,
            calls,
            push,
            node,
        };
        // Before anybody can ask for them.
        let remembered = live.calls.remember_recent().await;
        remembered.map_err(StartError::Calls)?;
        live.calls.end_lost().await.map_err(StartError::Calls)?;
        let presence = live.presence.clone();
        let listeners = Listeners {
            revoked,
            presence: Arc::new(move |message| presence.hear(message)),
        };
        live.registry
            .start(live.node.clone(), live.calls.clone(), listeners);
        live.receipts.start(live.node.clone(), live.cursors.clone());
        live.presence.start();
        live.push.start(live.node.clone());
        Ok(live)
    }

    /// Which of the actors that a node cannot do without has ended, if any has. actix does not
    /// restart an actor that panicked, and its callers only see messages vanish: whoever runs the
    /// node looks from time to time and ends the process, so that its clients come back to a
    /// whole one.
    pub fn ended_actor(&self) -> Option<&'static str> {
        let hubs = self.node.directory.workers();
        if !self.journal.is_alive() {
            Some("journal")
        } else if !self.registry.is_alive() {
            Some("registry")
        } else if !self.receipts.is_alive() {
            Some("receipt writer")
        } else if !self.presence.is_alive() {
            Some("presence")
        } else if !self.node.bus.is_alive() {
            Some("bus")
        } else if !self.push.is_alive() {
            Some("push")
        } else if hubs.iter().any(|(_, worker)| !worker.hub.connected()) {
            Some("hub")
        } else {
            None
        }
    }

    /// Live actors: sessions, rooms, calls, hubs, the journal, the receipt writer, the registry,
    /// presence, the bus and push if they are configured.
    pub fn count(&self) -> usize {
        let directory = &self.node.directory;
        directory.sockets()
            + directory.rooms_running()
            + directory.calls_running()
            + directory.workers().len()
            + 4
            + usize::from(self.push.is_configured())
            + usize::from(self.node.bus.is_on())
    }

    /// Says goodbye to all sockets, and lets journal and receipt writer commit what they have.
    pub async fn drain(&self) {
        let directory = &self.node.directory;
        directory.start_draining();
        self.connects.close();
        self.calls.drain().await;
        let drains = directory.workers().into_iter().map(|(_, worker)| {
            let (reply, drained) = tokio::sync::oneshot::channel();
            // A control message: it must arrive, and there is one.
            worker.hub.do_send(ToHub::Drain(reply));
            drained
        });
        for drained in drains.collect::<Vec<_>>() {
            if drained.await.is_err() {
                tracing::warn!("drain: a worker is gone already");
            }
        }
        let waiting = || self.journal.waiting() + self.receipts.waiting();
        let settled = async {
            while directory.users_online() > 0 || self.connects.waiting() > 0 || waiting() > 0 {
                actix_rt::time::sleep(DRAIN_LOOK).await;
            }
        };
        if tokio::time::timeout(DRAIN_WITHIN, settled).await.is_err() {
            tracing::warn!(
                users = directory.users_online(),
                changes = waiting(),
                "drain: not everything settled in time"
            );
        }
        self.receipts.flush().await;
    }

    /// Ends the actors that work by timers: none of them runs once the store is closed.
    pub async fn stop(&self) {
        tokio::join!(self.registry.stop(), self.presence.stop(), self.push.stop());
        self.node.bus.stop().await;
    }
}
