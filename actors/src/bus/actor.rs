//! The bus actor: publishes and follows for the whole node.
//!
//! - **State** — the connection to Redis, what waits to be published, which channels are followed by
//!   how many. Nothing durable.
//! - **Messages in** — [`Publish`], [`ToBus`], what Redis pushes, [`Stop`].
//! - **Messages out** — envelopes of other nodes to the registry, through [`Deliver`].
//! - **Lifecycle** — one per node, if Redis is configured, on a thread of its own; from start to drain.
//! - **Supervisor** — the process: one that panicked ends it within a second.
//! - **Backpressure** — what waits to be published is counted when it is handed in
//!   ([`super::WAITING_MAX`]); what comes in and finds the registry full is a gap.
//! - **Invariants** — a turn does no I/O; one batch is published at a time, so that what was handed in
//!   by one node leaves in its order; every wait for Redis ends after [`ANSWER_WITHIN`].
//!
//! The client library reconnects by itself and does not say what was missed meanwhile. So connections
//! are ours to make: any failure ends both, and the new ones begin with a gap that all nodes hear of. A
//! dead subscription is found by listening to oneself ([`Probe`]).

mod following;

pub(in crate::bus) use self::following::ToBus;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use self::following::Follow;
use super::envelope::{ProbeNews, Unread};
use super::link::{Link, LinkError, Pushed};
use super::{Channel, Deliver, Envelope, GapNews, News, Shared};
use crate::stop::{STOP_WITHIN, Stop};
use actix::prelude::*;

/// Envelopes that leave in one pipeline.
const BATCH: usize = 256;
/// Bytes that leave in one pipeline, but for a larger single one.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long it is waited before Redis is tried again.
const RECONNECT_AFTER: Duration = Duration::from_millis(300);
/// How often the node listens whether it hears itself.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// Redis is away when the node has not heard itself for so long: two probes and a stall in between.
const PROBE_WITHIN: Duration = Duration::from_millis(1_500);
/// How soon the registry is told again of a gap that it had no room for.
const RETRY: Duration = Duration::from_millis(100);

/// A text for these channels.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Publish {
    pub(super) channels: Vec<Channel>,
    pub(super) text: Arc<str>,
}

/// The node listens to itself.
struct Probe {
    number: u64,
    heard_at: Instant,
}

/// Where the connection has got to.
enum State {
    /// None, and none is being made: the time to try again has not come.
    Away,
    Connecting,
    /// Connected, and what was followed before is being followed again.
    Entering(Link),
    Up(Link),
}

/// The actor.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one kind of work whether it is under way"
)]
pub(super) struct BusActor {
    shared: Arc<Shared>,
    deliver: Deliver,
    state: State,
    /// Counts connections: what an earlier one still does is no matter.
    generation: u64,
    outbox: VecDeque<(Channel, Arc<str>)>,
    publishing: bool,
    follows: HashMap<Channel, Follow>,
    /// Channels whose followers have changed.
    changed: BTreeSet<Channel>,
    following: bool,
    probe: Probe,
    /// Whether the registry is still to hear of a gap.
    gap_untold: bool,
    /// Whether the present outage was logged.
    logged: bool,
    stopping: bool,
}

impl BusActor {
    pub(super) fn new(shared: Arc<Shared>, deliver: Deliver) -> Self {
        Self {
            shared,
            deliver,
            state: State::Away,
            generation: 0,
            outbox: VecDeque::new(),
            publishing: false,
            follows: HashMap::new(),
            changed: BTreeSet::new(),
            following: false,
            probe: Probe {
                number: 0,
                heard_at: Instant::now(),
            },
            gap_untold: false,
            logged: false,
            stopping: false,
        }
    }

    fn link(&self) -> Option<&Link> {
        match &self.state {
            State::Away | State::Connecting => None,
            State::Entering(link) | State::Up(link) => Some(link),
        }
    }

    fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    fn connect(&mut self, ctx: &mut Context<Self>) {
        if self.stopping || !matches!(self.state, State::Away) {
            return;
        }
        self.state = State::Connecting;
        let settings = self.shared.settings.clone();
        let connecting = async move { Link::connect(&settings).await };
        ctx.spawn(
            connecting
                .into_actor(self)
                .map(|linked, bus, ctx| match linked {
                    Ok((link, pushed)) => bus.enter(link, pushed, ctx),
                    Err(error) => bus.away(&error, ctx),
                }),
        );
    }

    /// A new connection: everything is followed again before the node counts as connected.
    fn enter(
        &mut self,
        link: Link,
        pushed: tokio::sync::mpsc::Receiver<Pushed>,
        ctx: &mut Context<Self>,
    ) {
        self.generation += 1;
        let generation = self.generation;
        ctx.add_stream(futures_util::stream::unfold(
            pushed,
            move |mut pushed| async move {
                let next = pushed.recv().await?;
                Some((FromRedis(generation, next), pushed))
            },
        ));
        self.state = State::Entering(link);
        self.following = false;
        self.publishing = false;
        for own in [Channel::Nodes, Channel::Node(self.shared.node)] {
            self.follows.entry(own).or_default().followers = 1;
        }
        self.changed = self.follows.keys().copied().collect();
        self.follow_changed(ctx);
    }

    /// The connection is no good: the node is on its own until the next one.
    fn away(&mut self, error: &LinkError, ctx: &mut Context<Self>) {
        if !self.logged {
            self.logged = true;
            tracing::warn!(
                %error,
                "Redis is away: other nodes are heard of through the database, a second or two late"
            );
        }
        self.shared.is_up.store(false, Ordering::Release);
        self.shared.set_commands(None);
        self.state = State::Away;
        // What the futures of the old connection answer is no matter any more.
        self.generation += 1;
        self.publishing = false;
        self.following = false;
        self.drop_outbox();
        for follow in self.follows.values_mut() {
            follow.is_followed = false;
            // They ask the database now, and go on asking while Redis is away.
            follow.waiting.clear();
        }
        self.follows.retain(|_, follow| follow.followers > 0);
        if !self.stopping {
            ctx.run_later(RECONNECT_AFTER, Self::connect);
        }
    }

    fn drop_outbox(&mut self) {
        let bytes = self.outbox.iter().map(|(_, text)| text.len()).sum();
        let waiting = std::mem::take(&mut self.outbox).len();
        if waiting > 0 {
            self.shared.give_back(waiting, bytes);
            self.shared.drop_some(waiting);
        }
    }

    /// Everything is followed: the node is one of several again.
    fn arrive(&mut self, ctx: &mut Context<Self>) {
        let State::Entering(link) = std::mem::replace(&mut self.state, State::Away) else {
            return;
        };
        self.shared.set_commands(Some(link.commands.clone()));
        self.state = State::Up(link);
        self.probe.heard_at = Instant::now();
        self.shared.is_up.store(true, Ordering::Release);
        if self.logged {
            self.logged = false;
            tracing::info!("Redis is back");
        } else {
            tracing::info!("connected to other nodes by Redis");
        }
        self.tell_gap(ctx);
        self.publish_gap(ctx);
    }

    /// Tells the registry that something may have been missed.
    fn tell_gap(&mut self, ctx: &mut Context<Self>) {
        let envelope = Envelope {
            from: self.shared.node,
            news: News::Gap(GapNews {}),
        };
        if (self.deliver)(Channel::Nodes, envelope) {
            self.gap_untold = false;
        } else if !std::mem::replace(&mut self.gap_untold, true) {
            ctx.run_later(RETRY, |bus, ctx| {
                bus.gap_untold = false;
                bus.tell_gap(ctx);
            });
        }
    }

    /// Tells the others that they have missed something of this node.
    fn publish_gap(&mut self, ctx: &mut Context<Self>) {
        if self.is_up() && self.shared.has_gap.swap(false, Ordering::AcqRel) {
            self.say(Channel::Nodes, News::Gap(GapNews {}), ctx);
        }
    }

    fn say(&mut self, channel: Channel, news: News, ctx: &mut Context<Self>) {
        let from = self.shared.node;
        // Plain numbers and names: writing them cannot fail.
        if let Ok(text) = (Envelope { from, news }).encode()
            && self.shared.take(1, text.len())
        {
            self.outbox.push_back((channel, text.into()));
            self.publish(ctx);
        }
    }

    /// Publishes what waits, one batch at a time.
    fn publish(&mut self, ctx: &mut Context<Self>) {
        if self.publishing || self.outbox.is_empty() {
            return;
        }
        let State::Up(link) = &self.state else {
            self.drop_outbox();
            return;
        };
        let link = link.clone();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some((channel, text)) = self.outbox.pop_front() else {
                break;
            };
            bytes += text.len();
            batch.push((channel.name(&self.shared.settings.prefix), text));
        }
        self.publishing = true;
        let generation = self.generation;
        let shared = self.shared.clone();
        let count = batch.len();
        let work = async move {
            let done = link.publish(&batch).await;
            shared.give_back(count, bytes);
            match &done {
                Ok(()) => {
                    let count = u64::try_from(count).unwrap_or(u64::MAX);
                    shared.published.fetch_add(count, Ordering::Relaxed);
                }
                Err(_) => shared.drop_some(count),
            }
            done
        };
        ctx.spawn(work.into_actor(self).map(move |done, bus, ctx| {
            if bus.generation != generation {
                return;
            }
            bus.publishing = false;
            match done {
                Ok(()) => {
                    bus.publish_gap(ctx);
                    bus.publish(ctx);
                    if bus.stopping && bus.outbox.is_empty() {
                        ctx.stop();
                    }
                }
                Err(error) => bus.away(&error, ctx),
            }
        }));
    }

    fn probe(&mut self, ctx: &mut Context<Self>) {
        if !self.is_up() {
            return;
        }
        if self.probe.heard_at.elapsed() > PROBE_WITHIN {
            self.away(&LinkError::Deaf, ctx);
            return;
        }
        self.probe.number += 1;
        let number = self.probe.number;
        let own = Channel::Node(self.shared.node);
        self.say(own, News::Probe(ProbeNews { number }), ctx);
        self.publish_gap(ctx);
    }

    fn hear(&mut self, name: &str, text: &[u8], ctx: &mut Context<Self>) {
        let Some(channel) = Channel::parse(name, &self.shared.settings.prefix) else {
            return;
        };
        let envelope = match Envelope::decode(text) {
            Ok(envelope) => envelope,
            Err(Unread::Newer) => {
                self.shared.skipped.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Err(error @ Unread::Broken(_)) => {
                self.shared.skipped.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, %channel, "bus: an envelope was skipped");
                return;
            }
        };
        if envelope.from == self.shared.node {
            if let News::Probe(_) = envelope.news {
                self.probe.heard_at = Instant::now();
            }
            return;
        }
        self.shared.heard.fetch_add(1, Ordering::Relaxed);
        if !(self.deliver)(channel, envelope) {
            self.tell_gap(ctx);
        }
    }
}

impl Actor for BusActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.connect(ctx);
        ctx.run_interval(PROBE_EVERY, Self::probe);
    }
}

/// What Redis pushed on the connection of this number.
struct FromRedis(u64, Pushed);

impl StreamHandler<FromRedis> for BusActor {
    fn handle(&mut self, FromRedis(generation, pushed): FromRedis, ctx: &mut Self::Context) {
        if generation != self.generation {
            return;
        }
        match pushed {
            Pushed::Message { channel, text } => self.hear(&channel, &text, ctx),
            Pushed::Missed => self.tell_gap(ctx),
            Pushed::Lost => self.away(&LinkError::Lost, ctx),
        }
    }

    // The end of a connection does not end the actor.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<Publish> for BusActor {
    type Result = ();

    fn handle(&mut self, Publish { channels, text }: Publish, ctx: &mut Self::Context) {
        let channels = channels.into_iter();
        self.outbox
            .extend(channels.map(|channel| (channel, text.clone())));
        self.publish(ctx);
    }
}

impl Handler<Stop> for BusActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        self.stopping = true;
        if !self.publishing {
            ctx.stop();
        }
        ctx.run_later(STOP_WITHIN, |_, ctx| ctx.stop());
    }
}
