//! The janitor: an actor that does what is due from time to time.
//!
//! - **State** — whether a flush or an expiry is under way, whose remains were erased last, and until when
//!   this node is the one that does what one node does for all.
//! - **Messages in** — its own timers, and [`Stop`].
//! - **Messages out** — [`ToRoom::Expired`](sentinal_actors::messages::ToRoom::Expired) to rooms.
//! - **Lifecycle** — one per node, from start to drain: no timer runs once the database is closed.
//! - **Supervisor** — the process: a janitor that panicked ends it within a second
//!   ([`App::ended_actor`]). It holds nothing that could be lost.
//! - **Backpressure** — one flush, one round of tidying, one of erasing, one of expiry, one sweep of
//!   files and one look at the database's log at a time.
//! - **Invariants** — a turn does no I/O. What changes the database for all nodes is begun only by the node that
//!   holds the lease on it; what a node knows alone (which logins are in use) each writes by itself.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_actors::stop::{self, STOP_WITHIN, Stop};
use sentinal_protocol::UserId;
use sentinal_store::{ControlPlace, LEASE};

use crate::context::Context as Shared;
use crate::{ApiError, App};

/// The lease of the one node that does this for all.
const LEASE_NAME: &str = "janitor";
/// How often it is claimed, or renewed: some attempts may fail until it ends.
const LEASE_EVERY: Duration = Duration::from_secs(5);
/// How much earlier its holder stops than others may begin.
const LEASE_MARGIN: Duration = Duration::from_secs(2);

/// How often it is written which logins are in use.
const FLUSH: Duration = Duration::from_secs(1);

/// How often it is looked for accounts that are gone and of which something is still to erase.
const ERASE: Duration = Duration::from_secs(2);
/// Pause between rounds of erasing while others write, at least: they come first.
const ERASE_ROUND: Duration = Duration::from_millis(50);
/// Times as long as a round of erasing took is the pause after it while others write.
const ERASE_YIELD: u32 = 9;

/// Pause between rounds of the walk through control messages whose bodies are kept: each round is some
/// milliseconds of the writer.
const FORGET_CONTROL: Duration = Duration::from_secs(5);

/// How often what has expired is looked for: it is hidden at its moment, and told and erased soon
/// after.
const EXPIRE: Duration = Duration::from_secs(1);

/// How often it is looked whether somebody is still to be told that their e-mail address was changed:
/// the mail leaves with the change, this is for what failed.
const MAIL_UNDOS: Duration = Duration::from_mins(1);

/// How often old logins, old keys, old quality figures, kept answers, deleted conversations and unfinished uploads are
/// tidied away: devices leave the rosters after 90 days, an hour more or less.
const TIDY: Duration = Duration::from_hours(1);
/// How often the store of files is walked through for bytes that belong to no upload: they only
/// come of a node that died between two steps, so once a day is enough for what the walk costs.
const SWEEP: Duration = Duration::from_hours(24);
/// Pause before the first walk.
const SWEEP_FIRST: Duration = Duration::from_mins(10);
/// How often it is looked whether SQLite's log is to be truncated.
const TRUNCATE_WAL: Duration = Duration::from_mins(1);
/// Pause between rounds while there is more to tidy, and before the first one, so that a server
/// that has just started serves first.
const TIDY_ROUND: Duration = Duration::from_secs(10);

/// How long nothing is erased after a round that took so long: on an idle server as long again, so
/// that erasing never takes more than half of it; much longer while changes wait to be committed.
fn pause_after(round: Duration, changes_waiting: usize) -> Duration {
    if changes_waiting == 0 {
        round.min(ERASE)
    } else {
        (round * ERASE_YIELD).clamp(ERASE_ROUND, ERASE)
    }
}

/// The way to the actor. Cloning it is cheap.
#[derive(Clone, Default)]
pub(crate) struct Janitor(Arc<OnceLock<Addr<JanitorActor>>>);

impl Janitor {
    /// Starts the actor. Called once.
    pub(crate) fn start(&self, app: App) {
        let actor = JanitorActor {
            app,
            flushing: false,
            expiring: false,
            running: 0,
            erased_last: None,
            control_place: None,
            leads_until: None,
            stopping: false,
        };
        self.0.get_or_init(|| actor.start());
    }

    /// Ends the actor, before the database is closed.
    pub(crate) async fn stop(&self) {
        stop::stop("janitor", self.0.get()).await;
    }

    /// Gives the lease back, once the actor has ended: another node need not wait for its end.
    pub(crate) async fn release(context: &Shared) {
        if !context.store.is_shared() {
            return;
        }
        let process = context.calls.node_id;
        if let Err(error) = context.store.release_lease(LEASE_NAME, process).await {
            tracing::debug!(%error, "janitor: the lease ends by itself");
        }
    }

    /// Whether the actor lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.get().is_some_and(Addr::connected)
    }
}

/// The actor.
pub(crate) struct JanitorActor {
    app: App,
    flushing: bool,
    expiring: bool,
    /// Jobs under way.
    running: usize,
    /// The account of which something was erased last.
    erased_last: Option<UserId>,
    /// How far the walk through control messages has got.
    control_place: Option<ControlPlace>,
    /// Until when it holds the lease.
    leads_until: Option<Instant>,
    stopping: bool,
}

impl JanitorActor {
    /// Does a job beside the others, unless the janitor is about to end.
    fn run<T: 'static>(
        &mut self,
        ctx: &mut Context<Self>,
        job: impl Future<Output = T> + 'static,
        then: impl FnOnce(T, &mut Self, &mut Context<Self>) + 'static,
    ) {
        if self.stopping {
            return;
        }
        self.running += 1;
        ctx.spawn(job.into_actor(self).map(|done, janitor, ctx| {
            janitor.running -= 1;
            then(done, janitor, ctx);
            janitor.stop_if_done(ctx);
        }));
    }

    fn stop_if_done(&self, ctx: &mut Context<Self>) {
        if self.stopping && self.running == 0 {
            ctx.stop();
        }
    }

    /// Whether this node does what one node does for all.
    fn leads(&self) -> bool {
        let alone = !self.app.context.store.is_shared();
        alone || self.leads_until.is_some_and(|until| Instant::now() < until)
    }

    /// Claims the lease, or renews it.
    fn claim(&mut self, ctx: &mut Context<Self>) {
        let asked_at = Instant::now();
        let app = self.app.clone();
        let claim = async move {
            let process = app.context.calls.node_id;
            app.context.store.claim_lease(LEASE_NAME, process).await
        };
        self.run(ctx, claim, move |claimed, janitor, ctx| {
            match claimed {
                Ok(true) => {
                    let led = janitor.leads();
                    janitor.leads_until = Some(asked_at + LEASE.saturating_sub(LEASE_MARGIN));
                    if !led {
                        tracing::debug!("janitor: this node tidies up for all");
                    }
                }
                Ok(false) => janitor.leads_until = None,
                // Until its end it is still ours.
                Err(error) => tracing::warn!(%error, "janitor: the lease could not be claimed"),
            }
            ctx.run_later(LEASE_EVERY, Self::claim);
        });
    }

    fn expire(&mut self, ctx: &mut Context<Self>) {
        if self.expiring || !self.leads() {
            return;
        }
        self.expiring = true;
        let app = self.app.clone();
        let expire = async move { app.messages.expire_messages().await };
        self.run(ctx, expire, |expired, janitor, _| {
            janitor.expiring = false;
            if let Err(error) = expired {
                tracing::warn!(%error, "janitor: expired messages could not be erased, they wait");
            }
        });
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        if self.flushing {
            return;
        }
        self.flushing = true;
        let app = self.app.clone();
        let flush = async move { app.accounts.flush_seen().await };
        self.run(ctx, flush, |flushed, janitor, _| {
            janitor.flushing = false;
            if let Err(error) = flushed {
                tracing::warn!(%error, "janitor: logins in use could not be written, they wait");
            }
        });
    }

    fn tidy(&mut self, ctx: &mut Context<Self>) {
        if !self.leads() {
            ctx.run_later(TIDY_ROUND, Self::tidy);
            return;
        }
        let app = self.app.clone();
        let tidy = async move {
            let (logins, keys) = (
                app.accounts.tidy_logins().await?,
                app.keys.tidy_keys().await?,
            );
            let quality = app.calls.tidy_call_quality().await?;
            let conversations = app.conversations.tidy_conversations().await?;
            let uploads = app.uploads.tidy_uploads().await?;
            let answers = app.idempotency.tidy_idempotency_keys().await?;
            let changes = app.conversations.compact_changes().await?;
            let others = logins || keys || quality || conversations || uploads || answers;
            Ok::<_, ApiError>(others || changes)
        };
        self.run(ctx, tidy, |tidied, _, ctx| {
            let pause = match tidied {
                Ok(true) => TIDY_ROUND,
                Ok(false) => TIDY,
                Err(error) => {
                    tracing::warn!(%error, "janitor: what is over could not be tidied away");
                    TIDY
                }
            };
            ctx.run_later(pause, Self::tidy);
        });
    }

    fn erase(&mut self, ctx: &mut Context<Self>) {
        if !self.leads() {
            ctx.run_later(ERASE, Self::erase);
            return;
        }
        let (app, last) = (self.app.clone(), self.erased_last);
        let began = self.app.clock().steady();
        let erase = async move { app.accounts.erase_more(last).await };
        self.run(ctx, erase, move |erased, janitor, ctx| {
            let pause = match erased {
                Ok(erased) => {
                    janitor.erased_last = erased.account.or(janitor.erased_last);
                    let took = janitor.app.clock().steady().saturating_sub(began);
                    if erased.is_more {
                        pause_after(took, janitor.app.waiting_changes())
                    } else {
                        ERASE
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "janitor: an account could not be erased further, it is tried again");
                    ERASE
                }
            };
            ctx.run_later(pause, Self::erase);
        });
    }

    fn forget_control(&mut self, ctx: &mut Context<Self>) {
        let (app, place) = (self.app.clone(), self.control_place);
        let forget = async move { app.messages.forget_control_bodies(place).await };
        self.run(ctx, forget, |next, janitor, ctx| {
            match next {
                Ok(next) => janitor.control_place = next,
                Err(error) => {
                    tracing::warn!(%error, "janitor: control messages that were read are kept");
                }
            }
            ctx.run_later(FORGET_CONTROL, Self::forget_control);
        });
    }

    fn truncate_wal(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        let truncate = async move { app.context.store.truncate_wal().await };
        self.run(ctx, truncate, |truncated, _, ctx| {
            match truncated {
                Ok(false) => {}
                Ok(true) => {
                    tracing::info!("janitor: the database's log was large and is truncated");
                }
                Err(error) => tracing::warn!(%error, "janitor: the database's log stays large"),
            }
            ctx.run_later(TRUNCATE_WAL, Self::truncate_wal);
        });
    }

    fn sweep(&mut self, ctx: &mut Context<Self>) {
        if !self.leads() {
            ctx.run_later(SWEEP_FIRST, Self::sweep);
            return;
        }
        let app = self.app.clone();
        let sweep = async move { app.uploads.sweep_files().await };
        self.run(ctx, sweep, |swept, _, ctx| {
            match swept {
                Ok(0) => {}
                Ok(uploads) => tracing::info!(uploads, "janitor: bytes of no upload removed"),
                Err(error) => tracing::warn!(%error, "janitor: files could not be swept"),
            }
            ctx.run_later(SWEEP, Self::sweep);
        });
    }
}

impl Actor for JanitorActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if self.app.context.store.is_shared() {
            self.claim(ctx);
        }
        ctx.run_interval(FLUSH, Self::flush);
        ctx.run_interval(EXPIRE, Self::expire);
        ctx.run_interval(MAIL_UNDOS, |janitor, _| {
            if !janitor.stopping && janitor.leads() {
                janitor.app.accounts.mail_undos();
            }
        });
        ctx.run_later(TIDY_ROUND, Self::tidy);
        self.erase(ctx);
        ctx.run_later(FORGET_CONTROL, Self::forget_control);
        ctx.run_later(SWEEP_FIRST, Self::sweep);
        ctx.run_later(TRUNCATE_WAL, Self::truncate_wal);
    }
}

impl Handler<Stop> for JanitorActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        self.stopping = true;
        self.stop_if_done(ctx);
        ctx.run_later(STOP_WITHIN, |_, ctx| ctx.stop());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erasing_takes_half_of_an_idle_server_and_makes_way_for_others() {
        let round = Duration::from_millis(10);
        assert_eq!(pause_after(round, 0), round);
        assert_eq!(pause_after(round, 1), Duration::from_millis(90));
        assert_eq!(pause_after(Duration::ZERO, 1), ERASE_ROUND);
        assert_eq!(pause_after(Duration::from_secs(9), 1), ERASE);
    }
}
