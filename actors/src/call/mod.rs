//! The call actor: keeps the time of one live call, on the process where it began.
//!
//! - **State** — the call ([`machine::Call`]), whose durable part is in the database; signals kept
//!   for those who are asked; what waits for its turn.
//! - **Messages in** — [`ToCall`](crate::messages::ToCall): from use cases, sessions, the registry.
//! - **Messages out** — none by itself; what devices are told leaves through [`crate::publish`].
//! - **Lifecycle** — started by a request for a call, which it makes in the database itself; ends
//!   with the call. Then it takes itself out of the directory.
//! - **Supervisor** — the registry: a call whose actor has ended before it, or whose process is gone,
//!   is ended in the database within seconds ([`Calls::end_lost`]).
//! - **Backpressure** — [`QUEUE_MAX`] requests wait, more are refused; one step is written at a time.
//! - **Invariants** — a step is in the database before anybody is told of it or answered; a turn does
//!   no I/O; one timer, and none once the call has ended.

mod announce;
mod calls;
mod inbox;
mod lost;
pub mod machine;
mod recent;
mod show;
pub mod signals;
mod work;
mod writer;

pub use calls::Calls;
pub use show::{duration, participant_resource, participant_resources};
pub use writer::CallWriter;

use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{
    CallId, CallParticipantStatus, ConversationId, DeviceId, Timeline, Timestamp, UserId,
};
use sentinal_store::{CallSaved, CallWrite};

use self::machine::{Call, Input, Refusal, Step};
use self::signals::KeptSignals;
use self::work::{Waiter, Work};
use crate::error::ApiError;
use crate::messages::{Answer, CallFailure, Reply};

/// Requests that may wait. A call has eight people at most, each with few devices.
const QUEUE_MAX: usize = 256;
/// A deadline is looked at this often, at least: the timer and the clock need not agree. What the
/// database refused is tried again after the same time.
const LOOK: Duration = Duration::from_secs(1);

/// Makes a call in the database, by the time that it is given: who may call whom is decided above the
/// actors.
pub type Make = Box<
    dyn FnOnce(Timeline) -> Pin<Box<dyn Future<Output = Result<Step, ApiError>> + Send>> + Send,
>;

/// The actor.
pub struct CallActor {
    calls: Calls,
    id: CallId,
    /// All its times are measured by it, from when it was made.
    timeline: Timeline,
    /// `None` until it is in the database.
    call: Option<Arc<Call>>,
    /// Whom the directory knows as concerned.
    users: BTreeSet<UserId>,
    queue: VecDeque<Work>,
    /// What the database refused and nobody waits for.
    again: Vec<Input>,
    kept: KeptSignals,
    /// Something is being read or written; the queue waits.
    busy: bool,
    timer: Option<SpawnHandle>,
}

impl CallActor {
    /// Starts the actor of a new call of `initiator`; `reply` is answered once the call is in the
    /// database. False before the first worker is up.
    pub fn start_new(
        calls: &Calls,
        id: CallId,
        (initiator, place): (UserId, ConversationId),
        make: Make,
        reply: Reply,
    ) -> bool {
        let directory = calls.node.directory.clone();
        let calls = calls.clone();
        let timeline = Timeline::start(&calls.node.clock);
        let started = directory.start_call(id, place, timeline, |worker| {
            let call = Self::start_in_arbiter(&worker.arbiter, move |ctx| {
                let mut actor = Self {
                    calls,
                    id,
                    timeline,
                    call: None,
                    users: BTreeSet::new(),
                    queue: VecDeque::new(),
                    again: Vec::new(),
                    kept: KeptSignals::default(),
                    busy: true,
                    timer: None,
                };
                actor.make(initiator, make, reply, ctx);
                actor
            });
            call.recipient()
        });
        started.is_some()
    }

    /// Makes the call in the database. Whose call it is stands in the directory before their rights
    /// are read, so that who is removed or blocks at this moment is seen here or finds the call.
    fn make(&mut self, initiator: UserId, make: Make, reply: Reply, ctx: &mut Context<Self>) {
        self.enter(initiator);
        let make = make(self.timeline);
        ctx.spawn(make.into_actor(self).map(|made, actor, ctx| {
            actor.busy = false;
            match made {
                Ok(step) => {
                    // From now on the call is there: the answer first, then the news of it.
                    let _ = reply.send(Ok(Answer {
                        call: Arc::new(step.next.clone()),
                        changed: true,
                    }));
                    actor.adopt(step);
                    actor.look_at_sockets();
                    actor.next(ctx);
                }
                Err(error) => {
                    actor.queue.clear();
                    actor
                        .calls
                        .node
                        .directory
                        .retire_call(actor.id, actor.users.iter().copied());
                    let _ = reply.send(Err(CallFailure::Error(error)));
                    ctx.stop();
                }
            }
        }));
    }

    /// The present of the call, which no setting of the wall clock moves.
    fn now(&self) -> Timestamp {
        self.timeline.now(&self.calls.node.clock)
    }

    fn enter(&mut self, user: UserId) {
        if self.users.insert(user) {
            self.calls.node.directory.enter_call(user, self.id);
        }
    }

    fn online(&self, user: UserId) -> BTreeSet<DeviceId> {
        let sessions = self.calls.node.directory.sessions(user).into_iter();
        sessions.map(|entry| entry.device_id).collect()
    }

    /// Queues how many devices of everybody in it have sockets: who is asked is reached by one.
    fn look_at_sockets(&mut self) {
        for user in self.users.clone() {
            let online = self.online(user);
            self.queue
                .push_back(Work::Step(Input::Sockets { user, online }, None));
        }
    }

    fn push(&mut self, work: Work, ctx: &mut Context<Self>) {
        if self.queue.len() >= QUEUE_MAX {
            let failure = CallFailure::Error(ApiError::overloaded());
            match work {
                Work::Step(_, Some(waiter)) => waiter.fail(failure),
                Work::Signal(_, reply) => Waiter { reply, then: None }.fail(failure),
                // What happens by itself is tried again; sockets are looked at whenever one comes
                // or goes.
                Work::Step(input, None) if self.again.len() < QUEUE_MAX => self.again.push(input),
                Work::Step(_, None) | Work::State(_) => {}
            }
            return;
        }
        self.queue.push_back(work);
        self.next(ctx);
    }

    /// Takes what waits, one after the other.
    fn next(&mut self, ctx: &mut Context<Self>) {
        while !self.busy {
            let (Some(call), Some(work)) = (self.call.clone(), self.queue.pop_front()) else {
                break;
            };
            match work {
                Work::Step(input, waiter) => self.check(&call, input, waiter, ctx),
                Work::Signal(signal, reply) => self.signal(&call, signal, reply, ctx),
                Work::State(socket) => self.tell_state(&call, socket),
            }
        }
        self.look_at_time(ctx);
    }

    /// Who comes new into the call must be in its conversation. As for a new call, the directory
    /// knows of them before that is read.
    fn check(
        &mut self,
        call: &Arc<Call>,
        input: Input,
        waiter: Option<Waiter>,
        ctx: &mut Context<Self>,
    ) {
        let Some((newcomer, device)) = call.newcomer(&input) else {
            return self.step(call, input, waiter, ctx);
        };
        self.enter(newcomer);
        self.busy = true;
        let (node, place) = (self.calls.node.clone(), call.record.conversation_id);
        let read = async move { node.rosters.read(place).await };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| {
            actor.busy = false;
            let roster = read.map(|roster| roster.filter(|it| it.member(newcomer).is_some()));
            let failure = match (roster, actor.call.clone()) {
                (Ok(Some(roster)), _) if device.is_some_and(|it| !roster.has(newcomer, it)) => {
                    CallFailure::Refused(Refusal::NotInCall)
                }
                (Ok(Some(roster)), Some(call)) => {
                    let call = match roster.name(newcomer) {
                        Some(name) => Arc::new(call.with_name(newcomer, name)),
                        None => call,
                    };
                    let call = device.map_or(call.clone(), |it| Arc::new(call.with_device(it)));
                    actor.step(&call, input, waiter, ctx);
                    actor.forget_strangers();
                    actor.next(ctx);
                    return;
                }
                (Ok(_), _) => CallFailure::Error(ApiError::invalid(
                    "user_id",
                    "does not take part in the conversation",
                )),
                (Err(error), _) => CallFailure::Error(error.into()),
            };
            if let Some(waiter) = waiter {
                waiter.fail(failure);
            }
            actor.forget_strangers();
            actor.next(ctx);
        }));
    }

    /// Takes those out of the directory who came to nothing in the call, or are not in the
    /// conversation any more. While a step is written nobody goes: it may bring them in.
    fn forget_strangers(&mut self) {
        let Some(call) = self.call.clone().filter(|_| !self.busy) else {
            return;
        };
        let is_concerned = |user: &UserId| {
            let is_hidden = call.record.is_hidden_from(*user);
            call.party(*user).is_some() && (is_hidden || !call.is_unknown_to(*user))
        };
        let (directory, id) = (&self.calls.node.directory, self.id);
        self.users.retain(|user| {
            let stays = is_concerned(user);
            if !stays {
                directory.leave_call(*user, id);
            }
            stays
        });
    }

    /// One step: what it makes of the call is written, and only then told.
    fn step(
        &mut self,
        call: &Arc<Call>,
        input: Input,
        waiter: Option<Waiter>,
        ctx: &mut Context<Self>,
    ) {
        let step = match call.apply(self.now(), input.clone()) {
            Ok(step) => step,
            Err(refusal) => {
                if let Some(waiter) = waiter {
                    waiter.fail(CallFailure::Refused(refusal));
                }
                return;
            }
        };
        if step.next.record == call.record {
            let next = Arc::new(step.next);
            self.call = Some(Arc::clone(&next));
            self.succeed(waiter, &next, false);
            return;
        }
        self.busy = true;
        let write = CallWrite::Step {
            call: step.next.record.clone(),
            changed: step.next.changed_since(call),
        };
        let writer = self.calls.writer.clone();
        let save = async move { writer.save(write).await };
        ctx.spawn(save.into_actor(self).map(move |saved, actor, ctx| {
            actor.busy = false;
            match saved {
                Ok(CallSaved::Done) => actor.done(step, waiter, ctx),
                Ok(CallSaved::Busy(_) | CallSaved::Stale) => actor.reload(input, waiter, ctx),
                Err(error) => actor.failed(input, waiter, error),
            }
            actor.next(ctx);
        }));
    }

    /// Answers who waits; a signal that waited for the step goes out.
    fn succeed(&mut self, waiter: Option<Waiter>, call: &Arc<Call>, changed: bool) {
        match waiter {
            None => {}
            Some(Waiter {
                reply,
                then: Some(signal),
            }) => self.relay(call, &signal, reply),
            Some(Waiter { reply, then: None }) => {
                // Who waits may have gone.
                let call = Arc::clone(call);
                let _ = reply.send(Ok(Answer { call, changed }));
            }
        }
    }

    fn done(&mut self, step: Step, waiter: Option<Waiter>, ctx: &mut Context<Self>) {
        let asked = step.next.record.parties.iter();
        let asked: Vec<_> = asked
            .filter(|party| party.status == CallParticipantStatus::Invited)
            .map(|party| party.user_id)
            .collect();
        let ended = step.next.is_ended();
        let next = self.adopt(step);
        self.succeed(waiter, &next, true);
        if ended {
            self.finish(&next, ctx);
            return;
        }
        for user in asked {
            let online = self.online(user);
            if !online.is_empty() {
                self.queue
                    .push_front(Work::Step(Input::Sockets { user, online }, None));
            }
        }
    }

    /// The step is in the database: it is the call from now on, and is told.
    fn adopt(&mut self, step: Step) -> Arc<Call> {
        let next = Arc::new(step.next);
        for party in &next.record.parties {
            self.enter(party.user_id);
            if !party.status.is_live() {
                self.kept.forget_from(party.user_id);
            }
            let has_all = match (&party.device, party.status) {
                (Some(device), CallParticipantStatus::Joined) => {
                    self.online(party.user_id).contains(&device.id)
                }
                (_, status) => !status.is_live(),
            };
            if has_all {
                self.kept.forget(party.user_id);
            }
        }
        if next.is_ended() {
            // Before it is told: a socket that connects now finds it here, or is told.
            self.calls.remember(&next);
        }
        self.call = Some(Arc::clone(&next));
        self.forget_strangers();
        self.calls.announce(&next, &step.effects);
        next
    }

    fn failed(&mut self, input: Input, waiter: Option<Waiter>, error: ApiError) {
        self.forget_strangers();
        if let Some(waiter) = waiter {
            waiter.fail(CallFailure::Error(error));
            return;
        }
        tracing::warn!(%error, call = %self.id, "call: a step could not be written, it waits");
        // Time comes back by itself.
        if input != Input::Deadline && self.again.len() < QUEUE_MAX {
            self.again.push(input);
        }
    }

    /// Somebody else has written the call meanwhile (or a commit of ours that was taken for lost had
    /// happened): goes on from there.
    fn reload(&mut self, input: Input, waiter: Option<Waiter>, ctx: &mut Context<Self>) {
        self.busy = true;
        let (node, id) = (self.calls.node.clone(), self.id);
        let read = async move { node.store.find_call(id).await };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| {
            actor.busy = false;
            match (read, actor.call.clone()) {
                (Ok(Some(record)), Some(call)) => {
                    let next = Arc::new(call.overtaken_by(record));
                    actor.call = Some(Arc::clone(&next));
                    if next.is_ended() {
                        actor.calls.remember(&next);
                    }
                    actor.calls.announce_states(&next);
                    actor.queue.push_front(Work::Step(input, waiter));
                    if next.is_ended() {
                        actor.finish(&next, ctx);
                    }
                }
                // Its conversation was erased.
                (Ok(_), _) => {
                    actor.leave_directory();
                    ctx.stop();
                }
                (Err(error), _) => actor.failed(input, waiter, error.into()),
            }
            actor.next(ctx);
        }));
    }

    fn leave_directory(&mut self) {
        self.calls
            .node
            .directory
            .retire_call(self.id, self.users.iter().copied());
    }

    /// The call has ended: what waits is answered from what is known, and the actor goes.
    fn finish(&mut self, call: &Arc<Call>, ctx: &mut Context<Self>) {
        self.leave_directory();
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        for work in std::mem::take(&mut self.queue) {
            match work {
                Work::Step(input, Some(waiter)) => match call.apply(self.now(), input) {
                    Ok(_) => self.succeed(Some(waiter), call, false),
                    Err(refusal) => waiter.fail(CallFailure::Refused(refusal)),
                },
                Work::Signal(signal, reply) => self.relay(call, &signal, reply),
                Work::State(socket) => self.tell_state(call, socket),
                Work::Step(_, None) => {}
            }
        }
        self.busy = true;
        ctx.stop();
    }

    /// Arms the one timer for what time does next.
    fn look_at_time(&mut self, ctx: &mut Context<Self>) {
        let Some(deadline) = self.call.as_ref().and_then(|call| call.deadline()) else {
            return;
        };
        if self.timer.is_some() {
            return;
        }
        let left = deadline.since(self.now());
        // A millisecond more, so that it has passed for sure; a whole look if it has passed already
        // and could not be written.
        let pause = if left.is_zero() {
            LOOK
        } else {
            (left + Duration::from_millis(1)).min(LOOK)
        };
        self.timer = Some(ctx.run_later(pause, |actor, ctx| {
            actor.timer = None;
            for input in std::mem::take(&mut actor.again) {
                actor.queue.push_back(Work::Step(input, None));
            }
            let deadline = actor.call.as_ref().and_then(|call| call.deadline());
            if deadline.is_some_and(|at| at <= actor.now()) && !actor.busy {
                actor.queue.push_front(Work::Step(Input::Deadline, None));
            }
            actor.next(ctx);
        }));
    }
}

impl Actor for CallActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(QUEUE_MAX);
    }
}
