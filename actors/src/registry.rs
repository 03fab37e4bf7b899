//! The registry actor: what has to be done on a node from time to time.
//!
//! - **State** — whether a flush or an expiry is under way. The directory is its shared part, which
//!   others read without asking.
//! - **Messages in** — none but its own timers.
//! - **Messages out** — [`Expired`](crate::room::Expired) to rooms; rooms are started through the
//!   directory by whoever needs them first.
//! - **Lifecycle** — one per node, from start to stop.
//! - **Supervisor** — the process: a registry that panicked ends it within a second
//!   ([`App::ended_actor`]). It holds nothing that could be lost but a second of acks.
//! - **Backpressure** — one flush, one round of tidying, one of erasing, one of expiry, one
//!   heartbeat and one sweep of files at a time.
//! - **Invariants** — a turn does no I/O.

use std::time::Duration;

use actix::prelude::*;

use crate::app::{ApiError, App};

/// How often acks, and which logins are in use, are written.
const FLUSH: Duration = Duration::from_secs(1);

/// How often this process says that it lives, and ends the calls of those that do not.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// How often it is looked for accounts that are gone and of which something is still to erase.
const ERASE: Duration = Duration::from_secs(2);
/// Pause between rounds of erasing: other writers come first.
const ERASE_ROUND: Duration = Duration::from_millis(50);

/// How often what has expired is looked for: it is hidden at its moment, and told and erased soon
/// after.
const EXPIRE: Duration = Duration::from_secs(1);

/// How often old logins, old keys, kept answers, deleted conversations and unfinished uploads are
/// tidied away: devices leave the rosters after 90 days, an hour more or less.
const TIDY: Duration = Duration::from_hours(1);
/// How often the store of files is walked through for bytes that belong to no upload: they only
/// come of a node that died between two steps, so once a day is enough for what the walk costs.
const SWEEP: Duration = Duration::from_hours(24);
/// Pause before the first walk.
const SWEEP_FIRST: Duration = Duration::from_mins(10);
/// Pause between rounds while there is more to tidy, and before the first one, so that a server
/// that has just started serves first.
const TIDY_ROUND: Duration = Duration::from_secs(10);

/// The actor.
pub struct Registry {
    app: App,
    flushing: bool,
    expiring: bool,
}

impl Registry {
    /// Of this node.
    pub fn new(app: App) -> Self {
        Self {
            app,
            flushing: false,
            expiring: false,
        }
    }

    fn expire(&mut self, ctx: &mut Context<Self>) {
        if self.expiring {
            return;
        }
        self.expiring = true;
        let app = self.app.clone();
        let expire = async move { app.expire_messages().await };
        ctx.spawn(expire.into_actor(self).map(|expired, registry, _| {
            registry.expiring = false;
            if let Err(error) = expired {
                tracing::warn!(%error, "registry: expired messages could not be erased, they wait");
            }
        }));
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        if self.flushing {
            return;
        }
        self.flushing = true;
        let app = self.app.clone();
        let flush = async move {
            app.flush_cursors().await?;
            app.flush_seen().await
        };
        ctx.spawn(flush.into_actor(self).map(|flushed, registry, _| {
            registry.flushing = false;
            if let Err(error) = flushed {
                tracing::warn!(%error, "registry: acks and logins in use could not be written, they wait");
            }
        }));
    }

    fn tidy(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let tidy = async move {
            let (logins, keys) = (app.tidy_logins().await?, app.tidy_keys().await?);
            let conversations = app.tidy_conversations().await?;
            let uploads = app.tidy_uploads().await?;
            let answers = app.tidy_idempotency_keys().await?;
            Ok::<_, ApiError>(logins || keys || conversations || uploads || answers)
        };
        ctx.spawn(tidy.into_actor(self).map(|tidied, _, ctx| {
            let pause = match tidied {
                Ok(true) => TIDY_ROUND,
                Ok(false) => TIDY,
                Err(error) => {
                    tracing::warn!(%error, "registry: what is over could not be tidied away");
                    TIDY
                }
            };
            ctx.run_later(pause, Self::tidy);
        }));
    }

    fn erase(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let erase = async move { app.erase_more().await };
        ctx.spawn(erase.into_actor(self).map(|erased, _, ctx| {
            let pause = match erased {
                Ok(true) => ERASE_ROUND,
                Ok(false) => ERASE,
                Err(error) => {
                    tracing::warn!(%error, "registry: an account could not be erased further, it is tried again");
                    ERASE
                }
            };
            ctx.run_later(pause, Self::erase);
        }));
    }

    fn heartbeat(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let beat = async move { app.end_lost_calls().await };
        ctx.spawn(beat.into_actor(self).map(|beat, _, ctx| {
            if let Err(error) = beat {
                tracing::warn!(%error, "registry: lost calls could not be looked for");
            }
            ctx.run_later(HEARTBEAT, Self::heartbeat);
        }));
    }

    fn sweep(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let sweep = async move { app.sweep_files().await };
        ctx.spawn(sweep.into_actor(self).map(|swept, _, ctx| {
            match swept {
                Ok(0) => {}
                Ok(uploads) => tracing::info!(uploads, "registry: bytes of no upload removed"),
                Err(error) => tracing::warn!(%error, "registry: files could not be swept"),
            }
            ctx.run_later(SWEEP, Self::sweep);
        }));
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(FLUSH, Self::flush);
        ctx.run_interval(EXPIRE, Self::expire);
        ctx.run_later(TIDY_ROUND, Self::tidy);
        ctx.run_later(HEARTBEAT, Self::heartbeat);
        self.erase(ctx);
        ctx.run_later(SWEEP_FIRST, Self::sweep);
    }
}
