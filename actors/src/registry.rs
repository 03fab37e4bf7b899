//! The registry actor: routes presence, typing and signaling to where their people are, and
//! supervises rooms and calls. The control plane of a node: no message passes through it.
//!
//! - **State** — nothing of its own. The [directory](crate::directory) is its shared part, which
//!   others read without asking.
//! - **Messages in** — [`Route`] from presence, sessions and use cases, [`Heard`] from the bus, its own
//!   timer, [`Stop`] from a drain.
//! - **Messages out** — [`ToRoom::Typing`] to rooms, [`ToCall::Relay`] to calls, events to hubs through
//!   [`crate::publish`].
//! - **Lifecycle** — one per node, from start to drain.
//! - **Supervisor** — the process: a registry that panicked ends it within a second
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)). It holds nothing that could be lost.
//! - **Backpressure** — [`MAILBOX_LEN`] messages. Past that, typing and presence are dropped, which are
//!   told at most once; who sends a signal is told to come back. A room that is full misses typing.
//! - **Invariants** — a turn does no I/O; signals of one socket keep their order.
//!
//! As a supervisor it says every few seconds that this process lives, ends calls whose actor or whose
//! process is gone ([`Calls::end_lost`]), and starts rooms anew that panicked while people were here.

mod hear;
mod repair;
mod sizes;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::dev::SendError;
use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::Class;
use sentinal_protocol::{CallId, ConversationId, UserId};
use tokio::sync::oneshot;

use self::hear::{HandedOn, Heard};
use self::sizes::Sizes;
use crate::bus::{News, TypingNews};
use crate::call::Calls;
use crate::call::signals::Signal;
use crate::error::ApiError;
use crate::messages::{Answer, CallFailure, Elsewhere, Reply, ToCall, ToRoom, Typing};
use crate::node::Node;
use crate::stop::{self, STOP_WITHIN, Stop};

/// Messages that may wait. Each takes a few microseconds.
const MAILBOX_LEN: usize = 4_096;
/// How often this process says that it lives, and looks after rooms and calls.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// What goes to where its people are.
#[derive(Message)]
#[rtype(result = "()")]
enum Route {
    /// Somebody of a conversation writes, or has stopped.
    Typing(ConversationId, Typing),
    /// A signal between devices of a call.
    Signal(CallId, Signal, Reply),
    /// Somebody of these conversations is here.
    Follow(Vec<ConversationId>),
    /// How somebody is, for those who may know.
    Presence { whom: Vec<UserId>, frame: Bytes },
}

/// Who else hears of what other nodes say: neither is known here.
#[derive(Clone)]
pub struct Listeners {
    /// Forgets what is remembered of a user's logins, some of which have ended.
    pub revoked: Arc<dyn Fn(UserId) + Send + Sync>,
    /// Learns how users are on other nodes.
    pub presence: Arc<dyn Fn(Elsewhere) + Send + Sync>,
}

impl Default for Listeners {
    /// Nobody.
    fn default() -> Self {
        Self {
            revoked: Arc::new(|_| {}),
            presence: Arc::new(|_| {}),
        }
    }
}

/// The way to the actor. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Registry(Arc<OnceLock<Addr<RegistryActor>>>);

impl Registry {
    /// Starts the actor, and the bus for it. Called once.
    pub(crate) fn start(&self, node: Node, calls: Calls, listeners: Listeners) {
        let bus = node.bus.clone();
        let actor = RegistryActor {
            node,
            calls,
            listeners,
            handed_on: HandedOn::default(),
            access: HashMap::new(),
            repairing: false,
            sizes: Sizes::default(),
            beating: false,
            stopping: false,
        };
        let actor = self.0.get_or_init(|| actor.start()).clone();
        bus.start(Arc::new(move |channel, envelope| {
            actor.try_send(Heard { channel, envelope }).is_ok()
        }));
    }

    /// Tells those whom it concerns that somebody writes, or has stopped. At most once, and never
    /// waits. Whoever calls this has checked that they take part.
    pub fn typing(&self, conversation_id: ConversationId, typing: Typing) {
        self.route(Route::Typing(conversation_id, typing));
    }

    /// Lets this node hear of those of these conversations that have channels of their own: somebody of
    /// them is here. Never waits.
    pub fn follow(&self, ids: Vec<ConversationId>) {
        self.route(Route::Follow(ids));
    }

    /// Tells these users by this frame how somebody is. At most once, and never waits.
    pub fn presence(&self, whom: Vec<UserId>, frame: Bytes) {
        self.route(Route::Presence { whom, frame });
    }

    /// Hands a signal to its call. Signals that are handed in one after the other arrive so. The answer
    /// is dropped if the call is not live here.
    pub fn signal(
        &self,
        id: CallId,
        signal: Signal,
    ) -> oneshot::Receiver<Result<Answer, CallFailure>> {
        let (reply, answer) = oneshot::channel();
        if let Some(actor) = self.0.get()
            && let Err(SendError::Full(Route::Signal(_, _, reply))) =
                actor.try_send(Route::Signal(id, signal, reply))
        {
            refuse(reply);
        }
        answer
    }

    fn route(&self, route: Route) {
        if let Some(actor) = self.0.get() {
            // At most once: a registry with a full mailbox has better things to do.
            let _ = actor.try_send(route);
        }
    }

    /// Ends the actor, before the database is closed.
    pub(crate) async fn stop(&self) {
        stop::stop("registry", self.0.get()).await;
    }

    /// Whether the actor lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.get().is_some_and(Addr::connected)
    }
}

fn refuse(reply: Reply) {
    // Nobody but us holds the other end, or they have gone.
    let _ = reply.send(Err(CallFailure::Error(ApiError::overloaded())));
}

/// The actor.
pub struct RegistryActor {
    node: Node,
    calls: Calls,
    listeners: Listeners,
    handed_on: HandedOn,
    /// How often who may do what had changed in the running rooms when that was last read.
    access: HashMap<ConversationId, u64>,
    /// Whether the database is being asked what other nodes have changed.
    repairing: bool,
    sizes: Sizes,
    /// Whether a heartbeat is under way.
    beating: bool,
    stopping: bool,
}

impl RegistryActor {
    fn typing(&self, conversation_id: ConversationId, typing: Typing) {
        self.node.tell_elsewhere(conversation_id, || {
            News::Typing(TypingNews {
                conversation_id,
                user_id: typing.user_id,
                is_typing: typing.is_typing,
            })
        });
        if let Some(room) = self.node.start_room(conversation_id) {
            // At most once: a room with a full mailbox has better things to do.
            let _ = room.try_send(ToRoom::Typing(typing));
        }
    }

    fn signal(&self, id: CallId, signal: Signal, reply: Reply) {
        // A call that is not there drops the reply, which says so.
        if let Some(call) = self.node.directory.call(id)
            && let Err(SendError::Full(ToCall::Relay { reply, .. })) =
                call.try_send(ToCall::Relay { signal, reply })
        {
            refuse(reply);
        }
    }

    fn heartbeat(&mut self, ctx: &mut Context<Self>) {
        if self.stopping {
            return;
        }
        if self.node.bus.is_away() {
            self.repair(ctx);
        }
        for id in self.node.directory.ended_rooms() {
            self.node.start_room(id);
        }
        self.beating = true;
        let calls = self.calls.clone();
        let beat = async move { calls.end_lost().await };
        ctx.spawn(beat.into_actor(self).map(|beat, registry, ctx| {
            registry.beating = false;
            if let Err(error) = beat {
                tracing::warn!(%error, "registry: lost calls could not be looked for");
            }
            for dead in registry.node.nodes.take_gone() {
                (registry.listeners.presence)(Elsewhere::Died(dead));
            }
            if registry.stopping {
                ctx.stop();
            }
            ctx.run_later(HEARTBEAT, Self::heartbeat);
        }));
    }
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        ctx.run_later(HEARTBEAT, Self::heartbeat);
    }
}

impl Handler<Route> for RegistryActor {
    type Result = ();

    fn handle(&mut self, route: Route, ctx: &mut Self::Context) {
        match route {
            Route::Follow(ids) => self.follow_large(ids, ctx),
            Route::Typing(conversation_id, typing) => self.typing(conversation_id, typing),
            Route::Signal(id, signal, reply) => self.signal(id, signal, reply),
            Route::Presence { whom, frame } => {
                self.node.frame_for(&whom, Class::Ephemeral, &frame);
            }
        }
    }
}

impl Handler<Stop> for RegistryActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        self.stopping = true;
        if !self.beating {
            ctx.stop();
        }
        ctx.run_later(STOP_WITHIN, |_, ctx| ctx.stop());
    }
}

#[cfg(test)]
mod tests;
