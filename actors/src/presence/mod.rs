//! The presence actor: who is here, and telling those who may know.
//!
//! - **State** — [`Standings`]: the sockets of each user and what was told of them. Nothing durable:
//!   when somebody was last seen is written with the logins (`store/src/seen.rs`).
//! - **Messages in** — [`Entered`], [`Left`] and [`Says`] from sessions, [`Ask`] and [`Kept`] from
//!   use cases, [`Elsewhere`](crate::messages::Elsewhere) from the bus, [`Stop`] from a drain.
//! - **Messages out** — events for those who may know, through [`Registry`].
//! - **Lifecycle** — one per node, from start to drain. A node that starts knows nobody: everyone is
//!   offline until they connect.
//! - **Supervisor** — the process: one that panicked ends it within a second
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)).
//! - **Backpressure** — [`MAILBOX_LEN`] messages; who says something past that is told to come back.
//!   What a socket's beginning and end say is never refused: one of each per socket. What is to be
//!   told waits once per user (`audiences.rs`) and is told a page of an audience at a time, one round
//!   of users after the other; what changes meanwhile is coalesced.
//! - **Invariants** — a turn does no I/O; one timer for all users, and none while nothing is to come.

mod audiences;
mod nodes;
mod standings;
mod watchers;

pub use self::watchers::Sight;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{Availability, UserId};
use sentinal_store::{AUDIENCES_PER_PAGE, StoreError};

use self::audiences::{Audience, Audiences};
use self::standings::Standings;
use self::watchers::Watchers;
use crate::address::SessionKey;
use crate::bus::Followed;
use crate::error::ApiError;
use crate::node::Node;
use crate::registry::Registry;
use crate::stop::{self, STOP_WITHIN, Stop};

/// Messages that may wait. Each takes about a microsecond.
const MAILBOX_LEN: usize = 4_096;
/// Changes that are taken up in one turn; the others come with the next one.
const BATCH: usize = 1_024;
/// How often it is looked for what has come due, while something will.
const TICK: Duration = Duration::from_millis(100);

/// A socket is live.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Entered(UserId, SessionKey);

/// A socket has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Left(UserId, SessionKey);

/// What a client says of its user.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
struct Says(UserId, SessionKey, Availability);

/// What are these users? Answered in order; `None`: offline.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Vec<Option<Availability>>")]
struct Ask(Vec<UserId>);

/// Of how many users is something kept?
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "usize")]
struct Kept;

/// The way to the actor. Cloning it is cheap.
#[derive(Clone)]
pub struct Presence {
    actor: Arc<OnceLock<Addr<PresenceActor>>>,
    watchers: Watchers,
}

impl Presence {
    /// Of a node where nobody is yet. What is told goes through the registry.
    pub fn new(node: Node, registry: Registry) -> Self {
        Self {
            actor: Arc::default(),
            watchers: Watchers { node, registry },
        }
    }

    /// Starts the actor. Called once.
    pub(crate) fn start(&self) {
        let actor = PresenceActor {
            watchers: self.watchers.clone(),
            standings: Standings::of_node(self.watchers.node.bus.node()),
            followed: HashMap::new(),
            unwritten: BTreeSet::new(),
            writing: false,
            audiences: Audiences::default(),
            ticking: false,
            telling: false,
            stopping: false,
        };
        self.actor.get_or_init(|| actor.start());
    }

    /// A socket of this user is live.
    pub fn enter(&self, user_id: UserId, key: SessionKey) {
        if let Some(actor) = self.actor.get() {
            // A control message: it must arrive, and there is one per socket.
            actor.do_send(Entered(user_id, key));
        }
    }

    /// A socket has ended.
    pub fn leave(&self, user_id: UserId, key: SessionKey) {
        if let Some(actor) = self.actor.get() {
            // A control message: it must arrive, and there is one per socket.
            actor.do_send(Left(user_id, key));
        }
    }

    /// What the client of a socket says of its user.
    pub fn set(&self, user_id: UserId, key: SessionKey, to: Availability) -> Result<(), ApiError> {
        let actor = self.actor.get().ok_or_else(ApiError::overloaded)?;
        actor
            .try_send(Says(user_id, key, to))
            .map_err(|_| ApiError::overloaded())
    }

    /// What these users are, in order; `None`: offline.
    pub async fn ask(&self, users: Vec<UserId>) -> Result<Vec<Option<Availability>>, ApiError> {
        let actor = self.actor.get().ok_or_else(ApiError::overloaded)?;
        let answer = actor.send(Ask(users.clone())).await;
        let mut answer = answer.map_err(|_| ApiError::overloaded())?;
        self.ask_elsewhere(&users, &mut answer).await;
        Ok(answer)
    }

    /// Of how many users something is kept: those who are here or have just gone.
    pub async fn kept(&self) -> usize {
        match self.actor.get() {
            Some(actor) => actor.send(Kept).await.unwrap_or(0),
            None => 0,
        }
    }

    /// Ends the actor, before the database is closed.
    pub(crate) async fn stop(&self) {
        stop::stop("presence", self.actor.get()).await;
    }

    /// Whether the actor lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.actor.get().is_some_and(Addr::connected)
    }
}

/// The actor.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one kind of work whether it is under way"
)]
pub struct PresenceActor {
    watchers: Watchers,
    standings: Standings,
    /// Channels of users who have, or had a moment ago, a socket here.
    followed: HashMap<UserId, Followed>,
    /// Users whose state here is still to be written to Redis.
    unwritten: BTreeSet<UserId>,
    writing: bool,
    audiences: Audiences,
    ticking: bool,
    telling: bool,
    stopping: bool,
}

impl PresenceActor {
    fn now(&self) -> Duration {
        self.watchers.node.clock.steady()
    }

    /// Takes up what is due, tells it round by round, and comes back as long as more will be.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        if self.stopping {
            // Those who would be told are gone.
            if !self.telling {
                ctx.stop();
            }
            return;
        }
        for news in self.standings.take_news(self.now(), BATCH) {
            let frame = self.watchers.frame(&news);
            self.audiences.enter(news.user_id, frame);
        }
        self.say_elsewhere();
        self.write(ctx);
        if !self.telling && !self.audiences.is_empty() {
            self.telling = true;
            let mut round = self.audiences.take(AUDIENCES_PER_PAGE);
            let watchers = self.watchers.clone();
            let reading = async move {
                let whom = watchers.read(&mut round).await;
                (round, whom)
            };
            ctx.spawn(reading.into_actor(self).map(|(round, whom), actor, ctx| {
                actor.telling = false;
                actor.tell(round, whom);
                actor.go_on(ctx);
            }));
        }
        if !self.ticking && self.standings.is_waiting() {
            self.ticking = true;
            ctx.run_later(TICK, |actor, ctx| {
                actor.ticking = false;
                actor.go_on(ctx);
            });
        }
    }

    /// Tells a page of each audience of a round, and puts back those that have more.
    fn tell(&mut self, mut round: Vec<Audience>, whom: Result<Vec<Vec<UserId>>, StoreError>) {
        match whom {
            Ok(whom) => {
                for (audience, whom) in round.iter().zip(whom) {
                    self.watchers.send(&whom, audience.frame.clone());
                }
            }
            Err(error) => {
                // At most once: whoever missed it asks, or hears of the next change.
                tracing::warn!(%error, "presence: who may know could not be read");
                for audience in &mut round {
                    audience.contacts.finish();
                    audience.dms.finish();
                }
            }
        }
        for audience in &round {
            self.audiences.give_back(audience);
        }
    }
}

impl Actor for PresenceActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        self.start_writing(ctx);
    }
}

impl Handler<Entered> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Entered(user_id, key): Entered, ctx: &mut Self::Context) {
        if self.standings.enter(user_id, key, self.now()) {
            self.follow(user_id, ctx);
        }
        self.unwritten.insert(user_id);
        self.go_on(ctx);
    }
}

impl Handler<Left> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Left(user_id, key): Left, ctx: &mut Self::Context) {
        self.standings.leave(user_id, key, self.now());
        self.unwritten.insert(user_id);
        self.go_on(ctx);
    }
}

impl Handler<Says> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Says(user_id, key, to): Says, ctx: &mut Self::Context) {
        self.standings.set(user_id, key, to, self.now());
        self.unwritten.insert(user_id);
        self.go_on(ctx);
    }
}

impl Handler<Ask> for PresenceActor {
    type Result = MessageResult<Ask>;

    fn handle(&mut self, Ask(users): Ask, _: &mut Self::Context) -> Self::Result {
        let now = self.now();
        let present = users.into_iter().map(|it| self.standings.present(it, now));
        MessageResult(present.collect())
    }
}

impl Handler<Kept> for PresenceActor {
    type Result = usize;

    fn handle(&mut self, _: Kept, _: &mut Self::Context) -> usize {
        self.standings.kept()
    }
}

impl Handler<Stop> for PresenceActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        self.stopping = true;
        self.go_on(ctx);
        ctx.run_later(STOP_WITHIN, |_, ctx| ctx.stop());
    }
}

#[cfg(test)]
mod tests;
