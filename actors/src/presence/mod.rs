//! The presence actor: who is here, and telling those who may know.
//!
//! - **State** — [`Standings`]: the sockets of each user and what was told of them. Nothing durable:
//!   when somebody was last seen is written with the logins (`store/src/seen.rs`).
//! - **Messages in** — [`Entered`], [`Left`] and [`Says`] from sessions, [`Ask`] and [`Kept`] from
//!   use cases.
//! - **Messages out** — none to actors; events leave through [`App::tell_watchers`].
//! - **Lifecycle** — one per node, from start to stop. A node that starts knows nobody: everyone is
//!   offline until they connect.
//! - **Supervisor** — the process: one that panicked ends it within a second
//!   ([`App::ended_actor`]).
//! - **Backpressure** — [`MAILBOX_LEN`] messages; who says something past that is told to come back.
//!   What a socket's beginning and end say is never refused: one of each per socket. News are told
//!   one batch of [`BATCH`] users at a time; what changes meanwhile is coalesced.
//! - **Invariants** — a turn does no I/O; one timer for all users, and none while nothing is to come.

mod standings;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{Availability, UserId};

pub use self::standings::News;
use self::standings::Standings;
use crate::app::{ApiError, App};
use crate::directory::SessionKey;

/// Messages that may wait. Each takes about a microsecond.
const MAILBOX_LEN: usize = 4_096;
/// Users who are told of together: one query for all of them.
const BATCH: usize = 64;
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
#[derive(Clone, Default)]
pub struct Presence(Arc<OnceLock<Addr<PresenceActor>>>);

impl Presence {
    /// Starts the actor. Called once, with the use cases that this handle belongs to.
    pub(crate) fn start(&self, app: App) {
        let actor = PresenceActor {
            app,
            standings: Standings::default(),
            ticking: false,
            telling: false,
        };
        self.0.get_or_init(|| actor.start());
    }

    /// A socket of this user is live.
    pub fn enter(&self, user_id: UserId, key: SessionKey) {
        if let Some(actor) = self.0.get() {
            // A control message: it must arrive, and there is one per socket.
            actor.do_send(Entered(user_id, key));
        }
    }

    /// A socket has ended.
    pub fn leave(&self, user_id: UserId, key: SessionKey) {
        if let Some(actor) = self.0.get() {
            // A control message: it must arrive, and there is one per socket.
            actor.do_send(Left(user_id, key));
        }
    }

    /// What the client of a socket says of its user.
    pub fn set(&self, user_id: UserId, key: SessionKey, to: Availability) -> Result<(), ApiError> {
        let actor = self.0.get().ok_or_else(ApiError::overloaded)?;
        actor
            .try_send(Says(user_id, key, to))
            .map_err(|_| ApiError::overloaded())
    }

    /// What these users are, in order; `None`: offline.
    pub(crate) async fn ask(
        &self,
        users: Vec<UserId>,
    ) -> Result<Vec<Option<Availability>>, ApiError> {
        let actor = self.0.get().ok_or_else(ApiError::overloaded)?;
        let answer = actor.send(Ask(users)).await;
        answer.map_err(|_| ApiError::overloaded())
    }

    /// Of how many users something is kept: those who are here or have just gone.
    pub async fn kept(&self) -> usize {
        match self.0.get() {
            Some(actor) => actor.send(Kept).await.unwrap_or(0),
            None => 0,
        }
    }

    /// Whether the actor lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.get().is_some_and(Addr::connected)
    }
}

/// The actor.
pub struct PresenceActor {
    app: App,
    standings: Standings,
    ticking: bool,
    telling: bool,
}

impl PresenceActor {
    fn now(&self) -> Duration {
        self.app.clock.steady()
    }

    /// Tells what is due, one batch at a time, and comes back as long as more will be.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        if !self.telling {
            let news = self.standings.take_news(self.now(), BATCH);
            if !news.is_empty() {
                self.telling = true;
                let app = self.app.clone();
                let telling = async move { app.tell_watchers(news).await };
                ctx.spawn(telling.into_actor(self).map(|told, actor, ctx| {
                    actor.telling = false;
                    if let Err(error) = told {
                        // At most once: whoever missed it asks, or hears of the next change.
                        tracing::warn!(%error, "presence: who may know could not be read");
                    }
                    actor.go_on(ctx);
                }));
            }
        }
        if !self.ticking && self.standings.is_waiting() {
            self.ticking = true;
            ctx.run_later(TICK, |actor, ctx| {
                actor.ticking = false;
                actor.go_on(ctx);
            });
        }
    }
}

impl Actor for PresenceActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
    }
}

impl Handler<Entered> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Entered(user_id, key): Entered, ctx: &mut Self::Context) {
        self.standings.enter(user_id, key, self.now());
        self.go_on(ctx);
    }
}

impl Handler<Left> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Left(user_id, key): Left, ctx: &mut Self::Context) {
        self.standings.leave(user_id, key, self.now());
        self.go_on(ctx);
    }
}

impl Handler<Says> for PresenceActor {
    type Result = ();

    fn handle(&mut self, Says(user_id, key, to): Says, ctx: &mut Self::Context) {
        self.standings.set(user_id, key, to, self.now());
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
