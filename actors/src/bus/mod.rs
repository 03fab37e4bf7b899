//! The bus between the nodes that share a database: Redis, as a way for hints.
//!
//! Whoever is missed reads the database, so nothing here is waited for by whoever sends or delivers:
//! publishing hands a text to an actor ([`actor`]) and is over. Without Redis there is no actor, and
//! each function here returns at once.
//!
//! What crosses is an [`Envelope`]; where to, a [`Channel`]. A node hears of a user by the user's
//! channel, which a socket follows before it asks the database what it has missed ([`Bus::follow`]),
//! and of a large conversation by a channel of its own, which the room follows.

mod actor;
mod channel;
mod envelope;
mod link;

pub use self::channel::Channel;
pub use self::envelope::{
    ChangeNews, Envelope, FrameNews, GapNews, GiveWayNews, News, PresenceNews, ReceiptNews,
    RefreshNews, RevokedNews, TypingNews,
};

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix::prelude::*;
use actix_rt::Arbiter;
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, Pipeline};
use sentinal_protocol::UserId;
use tokio::sync::oneshot;
use uuid::Uuid;

use self::actor::{BusActor, Publish, ToBus};
use crate::secret::Secret;
use crate::stop;

/// How long anybody waits for Redis: what takes longer is as good as away.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// After a command that failed Redis counts as away for so long: the next ones are not to wait as well.
const SPARED_FOR: Duration = Duration::from_secs(1);
/// Users whose channels are asked about with one command.
const ASKED_MAX: usize = 2_048;
/// Envelopes that may wait to be published, one for each channel: a second of what one connection to
/// Redis takes.
const WAITING_MAX: usize = 65_536;
/// Bytes that these may have together.
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Where Redis is, and what this cluster calls its channels there.
#[derive(Clone, Debug)]
pub struct BusSettings {
    /// As `redis[s]://[user:password@]host:port`.
    pub url: Secret,
    /// In front of the names of all channels and keys, the same on all nodes of a database.
    pub prefix: String,
}

/// Takes what other nodes say. `false`: there is no room for it now.
pub type Deliver = Arc<dyn Fn(Channel, Envelope) -> bool + Send + Sync>;

/// The way to the bus. Cloning it is cheap; the default is a node that is alone.
#[derive(Clone, Default)]
pub struct Bus(Option<Arc<Shared>>);

/// What the handles and the actor share.
struct Shared {
    node: Uuid,
    settings: BusSettings,
    addr: OnceLock<Addr<BusActor>>,
    /// Whether Redis answers and everything that is to be followed is.
    is_up: AtomicBool,
    /// Whether something was not published since that was last said.
    has_gap: AtomicBool,
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    published: AtomicU64,
    dropped: AtomicU64,
    heard: AtomicU64,
    skipped: AtomicU64,
    /// For commands; `None` while Redis is away.
    commands: Mutex<Option<MultiplexedConnection>>,
    /// Until when no command is tried.
    spared_until: Mutex<Option<Instant>>,
}

/// What the bus has done since the start, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusCounts {
    /// Envelopes that Redis took.
    pub published: u64,
    /// Envelopes that were not published: Redis was away, or too many waited.
    pub dropped: u64,
    /// Envelopes of other nodes.
    pub heard: u64,
    /// Envelopes of newer versions.
    pub skipped: u64,
}

/// As long as it is kept, a channel is followed.
#[must_use]
pub struct Followed(Option<(Addr<BusActor>, Channel)>);

impl Drop for Followed {
    fn drop(&mut self) {
        if let Some((addr, channel)) = self.0.take() {
            // A control message: there is one for each that was followed.
            addr.do_send(ToBus::Unfollow(channel));
        }
    }
}

impl Bus {
    /// Over Redis, for this node. Nothing is published before [`Bus::start`].
    pub fn new(node: Uuid, settings: BusSettings) -> Self {
        Self(Some(Arc::new(Shared {
            node,
            settings,
            addr: OnceLock::new(),
            is_up: AtomicBool::new(false),
            has_gap: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            published: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            commands: Mutex::new(None),
            spared_until: Mutex::new(None),
        })))
    }

    /// Starts the actor, on a thread of its own. Called once.
    pub(crate) fn start(&self, deliver: Deliver) {
        if let Some(shared) = &self.0 {
            let of_actor = shared.clone();
            shared.addr.get_or_init(move || {
                BusActor::start_in_arbiter(&Arbiter::new().handle(), move |_| {
                    BusActor::new(of_actor, deliver)
                })
            });
        }
    }

    /// Whether this node may be one of several.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the other nodes hear of what happens here, and this one of what happens there. `false`
    /// also where there is no Redis.
    pub fn is_up(&self) -> bool {
        let shared = self.0.as_ref();
        shared.is_some_and(|shared| shared.is_up.load(Ordering::Acquire))
    }

    /// Whether there is a Redis that does not answer: the database is asked more often.
    pub fn is_away(&self) -> bool {
        self.is_on() && !self.is_up()
    }

    /// This node's name on the bus.
    pub fn node(&self) -> Option<Uuid> {
        self.0.as_ref().map(|shared| shared.node)
    }

    /// What it has done.
    pub fn counts(&self) -> Option<BusCounts> {
        let shared = self.0.as_ref()?;
        Some(BusCounts {
            published: shared.published.load(Ordering::Relaxed),
            dropped: shared.dropped.load(Ordering::Relaxed),
            heard: shared.heard.load(Ordering::Relaxed),
            skipped: shared.skipped.load(Ordering::Relaxed),
        })
    }

    /// Tells those who follow these channels. Never waits, and may be lost: whoever misses it finds out
    /// by a number, or is told that there was a gap.
    pub fn publish(&self, channels: impl IntoIterator<Item = Channel>, news: News) {
        let Some(shared) = &self.0 else { return };
        let channels: Vec<Channel> = channels.into_iter().collect();
        let Some(addr) = shared.addr.get().filter(|_| !channels.is_empty()) else {
            return;
        };
        if !shared.is_up.load(Ordering::Acquire) {
            shared.drop_some(channels.len());
            return;
        }
        let from = shared.node;
        let text = match (Envelope { from, news }).encode() {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "bus: an envelope could not be written");
                shared.drop_some(channels.len());
                return;
            }
        };
        if !shared.take(channels.len(), text.len()) {
            shared.drop_some(channels.len());
            return;
        }
        // Bounded by what was just taken, which the actor gives back.
        addr.do_send(Publish {
            channels,
            text: text.into(),
        });
    }

    /// Follows a channel until the answer is dropped. Waits until it is followed, or until that takes
    /// too long: then the node is about to find out that Redis is away, and asks the database.
    pub async fn follow(&self, channel: Channel) -> Followed {
        let Some(addr) = self.0.as_ref().and_then(|shared| shared.addr.get()) else {
            return Followed(None);
        };
        let (reply, followed) = oneshot::channel();
        let guard = Followed(Some((addr.clone(), channel)));
        // A control message: there is one per socket, and per room of many people.
        addr.do_send(ToBus::Follow(channel, reply));
        // Late or dropped: it is followed once Redis answers.
        let _ = tokio::time::timeout(ANSWER_WITHIN, followed).await;
        guard
    }

    /// Runs commands that are made with the prefix of this cluster's names. `None`: Redis is away, or did
    /// not answer in time; then it is left alone for a second.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        make: impl FnOnce(&str) -> Pipeline,
    ) -> Option<T> {
        let shared = self.0.as_ref()?;
        let now = Instant::now();
        if shared.spared().is_some_and(|until| now < until) {
            return None;
        }
        let commands = shared.commands.lock();
        let mut commands = commands.unwrap_or_else(PoisonError::into_inner).clone()?;
        let pipeline = make(&shared.settings.prefix);
        let running = pipeline.query_async(&mut commands);
        match tokio::time::timeout(ANSWER_WITHIN, running).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "bus: a command failed");
                shared.spare();
                None
            }
            Err(_) => {
                shared.spare();
                None
            }
        }
    }

    /// Those of these users who have a socket on any node; `None`: not known.
    pub(crate) async fn online(&self, users: &[UserId]) -> Option<Vec<UserId>> {
        let mut online = Vec::new();
        for users in users.chunks(ASKED_MAX) {
            let prefix = &self.0.as_ref()?.settings.prefix;
            let names: Vec<_> = users
                .iter()
                .map(|user_id| Channel::User(*user_id).name(prefix))
                .collect();
            let ask = |_: &str| {
                let mut pipeline = redis::pipe();
                pipeline.cmd("PUBSUB").arg("NUMSUB").arg(&names);
                pipeline
            };
            let (counts,): (HashMap<String, u64>,) = self.run(ask).await?;
            let followed = users.iter().zip(&names);
            let followed = followed.filter(|(_, name)| counts.get(*name).is_some_and(|it| *it > 0));
            online.extend(followed.map(|(user_id, _)| *user_id));
        }
        Some(online)
    }

    /// Ends the actor, once what waits is published.
    pub(crate) async fn stop(&self) {
        if let Some(shared) = &self.0 {
            stop::stop("bus", shared.addr.get()).await;
        }
    }

    /// Whether the actor lives, if there is to be one.
    pub(crate) fn is_alive(&self) -> bool {
        let shared = self.0.as_ref();
        shared.is_none_or(|shared| shared.addr.get().is_some_and(Addr::connected))
    }
}

impl Shared {
    fn spared(&self) -> Option<Instant> {
        let until = self.spared_until.lock();
        *until.unwrap_or_else(PoisonError::into_inner)
    }

    fn spare(&self) {
        let until = self.spared_until.lock();
        *until.unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + SPARED_FOR);
    }

    /// Sets which connection commands go by.
    fn set_commands(&self, connection: Option<MultiplexedConnection>) {
        let commands = self.commands.lock();
        *commands.unwrap_or_else(PoisonError::into_inner) = connection;
    }

    /// Counts envelopes that are handed in; `false`: too many wait.
    fn take(&self, envelopes: usize, bytes: usize) -> bool {
        let bytes = bytes.saturating_mul(envelopes);
        let waiting = self.waiting.fetch_add(envelopes, Ordering::AcqRel);
        let waiting_bytes = self.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        let fits = waiting.saturating_add(envelopes) <= WAITING_MAX
            && waiting_bytes.saturating_add(bytes) <= WAITING_BYTES_MAX;
        if !fits {
            self.give_back(envelopes, bytes);
        }
        fits
    }

    fn give_back(&self, envelopes: usize, bytes: usize) {
        self.waiting.fetch_sub(envelopes, Ordering::AcqRel);
        self.waiting_bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Notes envelopes that nobody will hear.
    fn drop_some(&self, envelopes: usize) {
        let envelopes = u64::try_from(envelopes).unwrap_or(u64::MAX);
        self.dropped.fetch_add(envelopes, Ordering::Relaxed);
        self.has_gap.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Bus {
        let url = Secret::new("redis://127.0.0.1:1");
        let prefix = "test:".to_owned();
        Bus::new(Uuid::from_u128(1), BusSettings { url, prefix })
    }

    #[test]
    fn what_waits_is_bounded_by_number_and_by_bytes() {
        let Bus(Some(shared)) = shared() else {
            panic!("it is on");
        };
        assert!(shared.take(WAITING_MAX, 1));
        assert!(!shared.take(1, 1));
        shared.give_back(WAITING_MAX, WAITING_MAX);
        assert!(shared.take(2, WAITING_BYTES_MAX / 2));
        assert!(!shared.take(1, 1));
        shared.give_back(2, WAITING_BYTES_MAX);
        assert!(shared.take(1, 1));
    }

    #[actix_web::test]
    async fn a_node_that_is_alone_follows_and_publishes_nothing() {
        let alone = Bus::default();
        assert!(!alone.is_on() && !alone.is_up() && !alone.is_away() && alone.is_alive());
        let _followed = alone.follow(Channel::Nodes).await;
        alone.publish([Channel::Nodes], News::Gap(GapNews {}));
        assert_eq!(alone.counts(), None);
    }
}
