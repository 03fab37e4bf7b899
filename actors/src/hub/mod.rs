//! The hub actor: the sockets of one worker thread.
//!
//! - **State** — the thread's sockets by slot, those with frames to write. Nothing durable.
//! - **Messages in** — [`ToHub`]: from rooms, from [`crate::publish`], from a drain.
//! - **Messages out** — [`ToSession`]; it writes to sockets itself.
//! - **Lifecycle** — started with its worker thread, lives as long.
//! - **Supervisor** — the process: a hub that panicked is noticed within a second and ends it
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)).
//! - **Backpressure** — [`MAILBOX_LEN`] messages; a room that finds it full keeps "behind from r"
//!   and offers again. A socket with too much unsent falls behind and reads from the log.
//! - **Invariants** — a turn does no I/O but writes that cannot block; a frame is queued only if
//!   [`crate::position`] says so; a socket's frames leave in the order they were queued.
//!
//! A room sends it one message per event, not one per member. Frames of one turn leave in one write,
//! at the end of the turn, or a little later while the hub is busy writing ([`pace`]). Typing and
//! presence wait for company ([`EPHEMERAL_TICK`]).

mod pace;
mod slots;
mod sweep;

pub use slots::{SharedSlots, Slots};

use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_protocol::CloseCode;
use sentinal_protocol::event::{Class, ServerDraining};
use sentinal_protocol::limits::{HEARTBEAT_SECONDS, SILENCE_SECONDS_MAX};
use tokio::sync::oneshot;

use self::pace::Pace;
use self::sweep::Sweeps;
use crate::messages::{Deliver, Notify, Offer, ToHub, ToSession, Treatment};
use crate::node::Node;
use crate::position::{Membership, Verdict};
use crate::wire;

/// Messages that may wait. A room's event is one, so this is seconds of the busiest worker.
const MAILBOX_LEN: usize = 4_096;
/// How long an ephemeral event waits for company: nobody sees that typing shows 10 ms later, and
/// there is a lot of it.
const EPHEMERAL_TICK: Duration = Duration::from_millis(10);
/// How often sockets are looked at for pings, silence and expiry.
const HEARTBEAT_SCAN: Duration = Duration::from_secs(1);
/// A client hears this long before its token ends.
const EXPIRY_WARNING: Duration = Duration::from_mins(1);
/// Sockets that are told to go per slice of a drain.
const DRAIN_SLICE: usize = 200;
/// Time between slices of a drain.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);
/// Clients are asked to come back within this time, spread evenly.
const RECONNECT_SPREAD_MS: u64 = 5_000;

/// The turn has ended: what it queued leaves.
#[derive(Message)]
#[rtype(result = "()")]
struct EndTurn;

/// The actor.
pub struct Hub {
    node: Node,
    slots: SharedSlots,
    /// Slots with frames that are not written yet.
    dirty: Vec<u64>,
    pace: Pace,
    /// Whether [`EndTurn`] is on its way.
    turn_ending: bool,
    /// The timer of the next round of writes, and when it fires.
    next_round: Option<(SpawnHandle, Instant)>,
    sweeps: Sweeps,
}

impl Hub {
    /// Over the sockets of this thread.
    pub fn new(node: Node, slots: SharedSlots) -> Self {
        Self {
            node,
            slots,
            dirty: Vec::new(),
            pace: Pace::default(),
            turn_ending: false,
            next_round: None,
            sweeps: Sweeps::default(),
        }
    }

    fn mark_dirty(&mut self, slot_id: u64, slot_dirty: &mut bool) {
        if !*slot_dirty {
            *slot_dirty = true;
            self.dirty.push(slot_id);
        }
    }

    /// Writes what this turn queues once the messages that are already in the mailbox are handled.
    fn write_after_turn(&mut self, ctx: &mut Context<Self>) {
        if !self.dirty.is_empty() && !self.turn_ending {
            self.turn_ending = true;
            ctx.notify(EndTurn);
        }
    }

    /// Writes what is queued after this time at the latest.
    fn write_within(&mut self, time: Duration, ctx: &mut Context<Self>) {
        if self.dirty.is_empty() {
            return;
        }
        let at = Instant::now() + time;
        match self.next_round {
            Some((_, due)) if due <= at => return,
            Some((timer, _)) => {
                ctx.cancel_future(timer);
            }
            None => {}
        }
        let timer = ctx.run_later(time, |hub, _| {
            hub.next_round = None;
            hub.write();
        });
        self.next_round = Some((timer, at));
    }

    /// One round: every socket gets what is queued for it, as far as the kernel takes it.
    fn write(&mut self) {
        if self.dirty.is_empty() {
            return;
        }
        let began = Instant::now();
        let mut slots = self.slots.borrow_mut();
        for id in self.dirty.drain(..) {
            if let Some(slot) = slots.slots.get_mut(&id) {
                slot.dirty = false;
                slot.socket.borrow_mut().flush(began);
            }
        }
        self.pace.wrote(began, Instant::now());
    }

    /// Pings the quiet, closes the silent.
    fn scan(&mut self) {
        let now = Instant::now();
        let heartbeat = Duration::from_secs(HEARTBEAT_SECONDS);
        let silence = Duration::from_secs(SILENCE_SECONDS_MAX);
        let time = self.node.clock.now();
        let mut slots = self.slots.borrow_mut();
        for slot in slots.slots.values_mut() {
            if slot.expires_at <= time {
                slot.session
                    .do_send(ToSession::Close(CloseCode::Unauthorized));
                continue;
            }
            if !slot.warned && slot.expires_at <= time.plus(EXPIRY_WARNING) {
                slot.warned = true;
                slot.session.do_send(ToSession::Warn(slot.expires_at));
            }
            let mut socket = slot.socket.borrow_mut();
            let silent = !socket.is_paused() && now.duration_since(socket.heard_at()) >= silence;
            let stuck = now.duration_since(socket.taken_at()) >= silence;
            if silent || stuck {
                drop(socket);
                slot.session.do_send(ToSession::Close(CloseCode::Idle));
            } else if socket.is_message_overdue(now) && !socket.is_closing() {
                drop(socket);
                slot.session.do_send(ToSession::Close(CloseCode::Protocol));
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

    fn deliver(&mut self, event: Deliver, ctx: &mut Context<Self>) {
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
        match event.treatment {
            Treatment::Durable { .. } | Treatment::Receipts { .. } => self.write_after_turn(ctx),
            Treatment::Ephemeral => self.write_within(EPHEMERAL_TICK, ctx),
        }
    }

    fn offer(&self, offer: Offer) {
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

    fn notify(&mut self, notify: Notify, ctx: &mut Context<Self>) {
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
        match notify.class {
            Class::Ephemeral => self.write_within(EPHEMERAL_TICK, ctx),
            Class::State | Class::Durable | Class::Protocol => self.write_after_turn(ctx),
        }
    }

    fn close(&self, targets: &[u64], code: CloseCode) {
        let slots = self.slots.borrow();
        for slot in targets.iter().filter_map(|id| slots.slots.get(id)) {
            slot.session.do_send(ToSession::Close(code));
        }
    }

    fn drain(&self, reply: oneshot::Sender<usize>, ctx: &mut Context<Self>) {
        let ids: Vec<u64> = self.slots.borrow().slots.keys().copied().collect();
        let now = self.node.clock.now();
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
                        let event = ServerDraining {
                            reconnect_after_ms: delay,
                        };
                        socket.queue(wire::event(now, &event));
                        slot.session.clone()
                    };
                    session.do_send(ToSession::Close(CloseCode::Draining));
                }
                actix_rt::time::sleep(DRAIN_PAUSE).await;
            }
            // Who drains may have given up.
            let _ = reply.send(ids.len());
        };
        ctx.spawn(drain.into_actor(self));
    }
}

impl Actor for Hub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        ctx.run_interval(HEARTBEAT_SCAN, |hub, _| hub.scan());
        self.start_sweeps(ctx);
    }
}

impl Handler<ToHub> for Hub {
    type Result = ();

    fn handle(&mut self, message: ToHub, ctx: &mut Self::Context) {
        match message {
            ToHub::Deliver(event) => self.deliver(event, ctx),
            ToHub::Offer(offer) => self.offer(offer),
            ToHub::Sweep => self.sweep_soon(ctx),
            ToHub::Notify(notify) => self.notify(notify, ctx),
            ToHub::Close { targets, code } => self.close(&targets, code),
            ToHub::Drain(reply) => self.drain(reply, ctx),
        }
    }
}
impl Handler<EndTurn> for Hub {
    type Result = ();

    fn handle(&mut self, _: EndTurn, ctx: &mut Self::Context) {
        self.turn_ending = false;
        let rest = self.pace.rest(Instant::now());
        if rest.is_zero() {
            self.write();
        } else {
            self.write_within(rest, ctx);
        }
    }
}

#[cfg(test)]
mod tests;
