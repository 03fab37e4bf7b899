//! The registry actor: what has to be done on a node from time to time.
//!
//! - **State** — whether a flush of cursors is under way. The directory is its shared part, which
//!   others read without asking.
//! - **Messages in** — none but its own timers.
//! - **Messages out** — none; rooms are started through the directory by whoever needs them first.
//! - **Lifecycle** — one per node, from start to stop.
//! - **Supervisor** — none: it holds nothing that could be lost but a second of acks.
//! - **Backpressure** — one flush at a time, one round of tidying at a time.
//! - **Invariants** — a turn does no I/O.

use std::time::Duration;

use actix::prelude::*;

use crate::app::{ApiError, App};

/// How often acks are written.
const FLUSH: Duration = Duration::from_secs(1);

/// How often old logins, keys and kept answers are tidied away: devices leave the rosters after 90 days, an hour
/// more or less.
const TIDY: Duration = Duration::from_hours(1);
/// Pause between rounds while there is more to tidy, and before the first one, so that a server
/// that has just started serves first.
const TIDY_ROUND: Duration = Duration::from_secs(10);

/// The actor.
pub struct Registry {
    app: App,
    flushing: bool,
}

impl Registry {
    /// Of this node.
    pub fn new(app: App) -> Self {
        Self {
            app,
            flushing: false,
        }
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        if self.flushing {
            return;
        }
        self.flushing = true;
        let app = self.app.clone();
        let flush = async move { app.flush_cursors().await };
        ctx.spawn(flush.into_actor(self).map(|flushed, registry, _| {
            registry.flushing = false;
            if let Err(error) = flushed {
                tracing::warn!(%error, "registry: acks could not be written, they wait");
            }
        }));
    }

    fn tidy(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let tidy = async move {
            let (logins, keys) = (app.tidy_logins().await?, app.tidy_keys().await?);
            let answers = app.tidy_idempotency_keys().await?;
            Ok::<_, ApiError>(logins || keys || answers)
        };
        ctx.spawn(tidy.into_actor(self).map(|tidied, _, ctx| {
            let pause = match tidied {
                Ok(true) => TIDY_ROUND,
                Ok(false) => TIDY,
                Err(error) => {
                    tracing::warn!(%error, "registry: old logins and keys could not be tidied away");
                    TIDY
                }
            };
            ctx.run_later(pause, Self::tidy);
        }));
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(FLUSH, Self::flush);
        ctx.run_later(TIDY_ROUND, Self::tidy);
    }
}
