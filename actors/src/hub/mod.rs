//! The hub actor: the sockets of one worker thread.
//!
//! - **State** — the thread's sockets by slot, those with frames to write. Nothing durable.
//! - **Messages in** — [`Deliver`] and [`Offer`] from rooms, [`CloseSockets`], [`Drain`].
//! - **Messages out** — none; it writes to sockets and wakes their sessions.
//! - **Lifecycle** — started with its worker thread, lives as long.
//! - **Supervisor** — the process: a hub that panicked is noticed within a second and ends it
//!   ([`App::ended_actor`]).
//! - **Backpressure** — [`MAILBOX_LEN`] messages; a room that finds it full keeps "behind from r"
//!   and offers again. A socket with too much unsent falls behind and reads from the log.
//! - **Invariants** — a turn does no I/O but writes that cannot block; a frame is queued only if
//!   [`crate::position`] says so; a socket's frames leave in the order they were queued.
//!
//! A room sends it one message per event, not one per member. Frames that arrive within one turn
//! leave in one write: at once for a quiet socket, on a tick under load.

mod slots;

pub use slots::{SharedSlots, Slots};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::{Class, EventKind};
use sentinal_protocol::limits::{HEARTBEAT_SECONDS, SILENCE_SECONDS_MAX};
use sentinal_protocol::{CloseCode, ConversationId};

use crate::app::App;
use crate::position::{Membership, Verdict};
use crate::session::{Close, Warn};
use crate::wire;

/// Messages that may wait. A room's event is one, so this is seconds of the busiest worker.
const MAILBOX_LEN: usize = 4_096;
/// A socket that was written to within this time waits for the tick.
const TICK: Duration = Duration::from_millis(10);
/// How often sockets are looked at for pings, silence and expiry.
const HEARTBEAT_SCAN: Duration = Duration::from_secs(1);
/// A client hears this long before its token ends.
const EXPIRY_WARNING: Duration = Duration::from_mins(1);
/// How often heads are compared with positions: the sweep finds what no hint told.
const SWEEP: Duration = Duration::from_secs(30);
/// Sockets that are told to go per slice of a drain.
const DRAIN_SLICE: usize = 200;
/// Time between slices of a drain.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);
/// Clients are asked to come back within this time, spread evenly.
const RECONNECT_SPREAD_MS: u64 = 5_000;

/// A frame for the targets of one hub.
#[derive(Clone, Debug)]
pub enum Frames {
    /// The same for all.
    Same(Bytes),
    /// One for each target, in order.
    Each(Vec<Bytes>),
}

impl Frames {
    fn get(&self, index: usize) -> Option<&Bytes> {
        match self {
            Self::Same(frame) => Some(frame),
            Self::Each(frames) => frames.get(index),
        }
    }
}

/// How a frame is treated on the way to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// A revision of the log; the one whose slot is given joins or leaves by it.
    Durable {
        /// Its place in the log.
        revision: u64,
    },
    /// News of receipts with their counter; an empty frame only moves the counter on.
    Receipts {
        /// The conversation's receipt counter.
        version: u64,
    },
    /// May be dropped when too much lies unsent; goes out on the tick.
    Ephemeral,
}

/// From a room: one event for its sockets on this hub.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Deliver {
    /// Whose event.
    pub conversation_id: ConversationId,
    /// How to treat it.
    pub treatment: Treatment,
    /// What to queue.
    pub frames: Frames,
    /// To whom.
    pub targets: Arc<[u64]>,
    /// Targets whose membership it changes.
    pub membership: Option<(Membership, Arc<[u64]>)>,
}

/// From a room: the conversation has got to this revision; whose position is below is behind.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Offer {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its revision.
    pub revision: u64,
    /// Its receipt counter.
    pub receipt_version: u64,
    /// To whom.
    pub targets: Arc<[u64]>,
}

/// A frame for single sockets, outside any conversation.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Notify {
    /// What to queue.
    pub frame: Bytes,
    /// What happens where it cannot be queued.
    pub class: Class,
    /// To whom.
    pub targets: Vec<u64>,
}

/// Closes sockets.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct CloseSockets {
    /// Which.
    pub targets: Vec<u64>,
    /// Why.
    pub code: CloseCode,
}

/// Sends every socket away, in slices; answers how many it had.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "usize")]
pub struct Drain;

/// Frames queued in this turn leave now.
#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

/// The actor.
pub struct Hub {
    app: App,
    slots: SharedSlots,
    dirty: Vec<u64>,
    flush_due: bool,
    tick_due: bool,
}

impl Hub {
    /// Over the sockets of this thread.
    pub fn new(app: App, slots: SharedSlots) -> Self {
        Self {
            app,
            slots,
            dirty: Vec::new(),
            flush_due: false,
            tick_due: false,
        }
    }

    fn mark_dirty(&mut self, slot_id: u64, slot_dirty: &mut bool) {
        if !*slot_dirty {
            *slot_dirty = true;
            self.dirty.push(slot_id);
        }
    }

    /// Lets what this turn queued go out after the messages that are already waiting.
    fn flush_soon(&mut self, ctx: &mut Context<Self>) {
        if !self.dirty.is_empty() && !self.flush_due {
            self.flush_due = true;
            ctx.notify(Flush);
        }
    }

    fn flush(&mut self, quiet_since: Duration, ctx: &mut Context<Self>) {
        let now = Instant::now();
        let mut later = Vec::new();
        let mut slots = self.slots.borrow_mut();
        for id in std::mem::take(&mut self.dirty) {
            let Some(slot) = slots.slots.get_mut(&id) else {
                continue;
            };
            let mut socket = slot.socket.borrow_mut();
            if now.duration_since(socket.written_at()) < quiet_since {
                later.push(id);
            } else {
                slot.dirty = false;
                socket.flush(now);
            }
        }
        self.dirty = later;
        if !self.dirty.is_empty() && !self.tick_due {
            self.tick_due = true;
            ctx.run_later(TICK, |hub, ctx| {
                hub.tick_due = false;
                hub.flush(Duration::ZERO, ctx);
            });
        }
    }

    /// Pings the quiet, closes the silent.
    fn scan(&mut self) {
        let now = Instant::now();
        let heartbeat = Duration::from_secs(HEARTBEAT_SECONDS);
        let silence = Duration::from_secs(SILENCE_SECONDS_MAX);
        let time = self.app.clock.now();
        let mut slots = self.slots.borrow_mut();
        for slot in slots.slots.values_mut() {
            if slot.expires_at <= time {
                slot.session.do_send(Close(CloseCode::Unauthorized));
                continue;
            }
            if !slot.warned && slot.expires_at <= time.plus(EXPIRY_WARNING) {
                slot.warned = true;
                slot.session.do_send(Warn(slot.expires_at));
            }
            let mut socket = slot.socket.borrow_mut();
            let silent = !socket.is_paused() && now.duration_since(socket.heard_at()) >= silence;
            let stuck = now.duration_since(socket.taken_at()) >= silence;
            if silent || stuck {
                drop(socket);
                slot.session.do_send(Close(CloseCode::Idle));
            } else if now.duration_since(slot.pinged_at) >= heartbeat && !socket.is_closing() {
                slot.pinged_at = now;
                // Behind 256 KiB of unsent frames a ping says nothing.
                if socket.may_queue() {
                    socket.queue(wire::ping());
                    socket.flush(now);
                }
            }
        }
    }

    /// Compares the heads of all conversations that sockets here follow with their positions.
    fn sweep(&mut self, ctx: &mut Context<Self>) {
        let mut ids: Vec<ConversationId> = Vec::new();
        for slot in self.slots.borrow().slots.values() {
            ids.extend(slot.socket.borrow().positions.conversations());
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return;
        }
        let store = self.app.store.clone();
        let read = async move { store.list_heads(&ids).await };
        ctx.spawn(read.into_actor(self).map(|heads, hub, _| match heads {
            Ok(heads) => hub.compare(&heads),
            Err(error) => tracing::warn!(%error, "sweep: the heads could not be read"),
        }));
    }

    fn compare(&mut self, heads: &[(ConversationId, u64, u64)]) {
        let heads: HashMap<_, _> = heads
            .iter()
            .map(|(id, revision, receipts)| (*id, (*revision, *receipts)))
            .collect();
        for slot in self.slots.borrow().slots.values() {
            let mut socket = slot.socket.borrow_mut();
            if !socket.positions.is_started() {
                continue;
            }
            let followed: Vec<_> = socket.positions.conversations().collect();
            let mut behind = false;
            for id in followed {
                if let Some((revision, receipts)) = heads.get(&id) {
                    behind |= socket.positions.hear(id, *revision)
                        || socket.positions.hear_receipts(id, *receipts);
                }
            }
            if behind {
                socket.want_catch_up();
            }
        }
    }
}

impl Actor for Hub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        ctx.run_interval(HEARTBEAT_SCAN, |hub, _| hub.scan());
        ctx.run_interval(SWEEP, Hub::sweep);
    }
}

impl Handler<Deliver> for Hub {
    type Result = ();

    fn handle(&mut self, event: Deliver, ctx: &mut Self::Context) {
        let slots = self.slots.clone();
        let mut slots = slots.borrow_mut();
        for (index, id) in event.targets.iter().enumerate() {
            // A target that is gone has left its rooms already or is about to.
            let (Some(slot), Some(frame)) = (slots.slots.get_mut(id), event.frames.get(index))
            else {
                continue;
            };
            let mut socket = slot.socket.borrow_mut();
            let may_queue = socket.may_queue();
            let queue = match event.treatment {
                Treatment::Durable { revision } => {
                    let membership = match &event.membership {
                        Some((membership, whom)) if whom.contains(id) => *membership,
                        Some(_) | None => Membership::Same,
                    };
                    let conversation_id = event.conversation_id;
                    match socket
                        .positions
                        .offer(conversation_id, revision, membership, may_queue)
                    {
                        Verdict::Send => true,
                        Verdict::Drop => false,
                        Verdict::FellBehind => {
                            socket.want_catch_up();
                            false
                        }
                    }
                }
                Treatment::Receipts { version } => {
                    let conversation_id = event.conversation_id;
                    match socket
                        .positions
                        .receipts(conversation_id, version, may_queue)
                    {
                        Verdict::Send => !frame.is_empty(),
                        Verdict::Drop => false,
                        Verdict::FellBehind => {
                            socket.want_catch_up();
                            false
                        }
                    }
                }
                Treatment::Ephemeral => may_queue && socket.positions.is_started(),
            };
            if queue {
                socket.queue(frame.clone());
                drop(socket);
                self.mark_dirty(*id, &mut slot.dirty);
            }
        }
        drop(slots);
        self.flush_soon(ctx);
    }
}

impl Handler<Offer> for Hub {
    type Result = ();

    fn handle(&mut self, offer: Offer, _: &mut Self::Context) {
        let slots = self.slots.borrow();
        for id in offer.targets.iter() {
            let Some(slot) = slots.slots.get(id) else {
                continue;
            };
            let mut socket = slot.socket.borrow_mut();
            let behind = socket.positions.hear(offer.conversation_id, offer.revision)
                || socket
                    .positions
                    .hear_receipts(offer.conversation_id, offer.receipt_version);
            if behind {
                socket.want_catch_up();
            }
        }
    }
}

impl Handler<Notify> for Hub {
    type Result = ();

    fn handle(&mut self, notify: Notify, ctx: &mut Self::Context) {
        let slots = self.slots.clone();
        let mut slots = slots.borrow_mut();
        for id in &notify.targets {
            let Some(slot) = slots.slots.get_mut(id) else {
                continue;
            };
            let mut socket = slot.socket.borrow_mut();
            if !socket.positions.is_started() {
                // It is told at `hello`.
                continue;
            }
            if socket.may_queue() {
                socket.queue(notify.frame.clone());
                drop(socket);
                self.mark_dirty(*id, &mut slot.dirty);
            } else if notify.class == Class::State && !socket.is_closing() {
                socket.miss_state();
            }
        }
        drop(slots);
        self.flush_soon(ctx);
    }
}

impl Handler<Flush> for Hub {
    type Result = ();

    fn handle(&mut self, _: Flush, ctx: &mut Self::Context) {
        self.flush_due = false;
        self.flush(TICK, ctx);
    }
}

impl Handler<CloseSockets> for Hub {
    type Result = ();

    fn handle(&mut self, close: CloseSockets, _: &mut Self::Context) {
        let slots = self.slots.borrow();
        for slot in close.targets.iter().filter_map(|id| slots.slots.get(id)) {
            slot.session.do_send(Close(close.code));
        }
    }
}

impl Handler<Drain> for Hub {
    type Result = ResponseActFuture<Self, usize>;

    fn handle(&mut self, _: Drain, _: &mut Self::Context) -> Self::Result {
        let ids: Vec<u64> = self.slots.borrow().slots.keys().copied().collect();
        let count = ids.len();
        let now = self.app.clock.now();
        let slots = self.slots.clone();
        let drain = async move {
            for slice in ids.chunks(DRAIN_SLICE) {
                for id in slice {
                    let session = {
                        let slots = slots.borrow();
                        let Some(slot) = slots.slots.get(id) else {
                            continue;
                        };
                        let delay = rand::random_range(0..RECONNECT_SPREAD_MS);
                        let mut socket = slot.socket.borrow_mut();
                        let fields = serde_json::json!({"reconnect_after_ms": delay});
                        socket.queue(wire::event(EventKind::ServerDraining, now, fields));
                        slot.session.clone()
                    };
                    session.do_send(Close(CloseCode::Draining));
                }
                actix_rt::time::sleep(DRAIN_PAUSE).await;
            }
            count
        };
        Box::pin(drain.into_actor(self))
    }
}
