//! What all people of a process count together: what happened, how long it took, what broke.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use sentinal_protocol::{Clock, ConversationId};
use serde::{Deserialize, Serialize};

/// The longest time that a histogram tells apart, microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;
/// Digits that it keeps of each time: 1 in 1,000.
const DIGITS: u8 = 3;
/// Broken promises that are told in words, of each kind.
const EXAMPLES_MAX: usize = 10;

/// What may be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A revision, or an answer, never came.
    Lost,
    /// It came twice, or a message was stored twice.
    Doubled,
    /// It came behind a later one.
    OutOfOrder,
    /// A frame, or the content of a message, cannot be read, or belongs to somebody else.
    Undecodable,
    /// A live message came later than the scenario allows.
    Late,
    /// What the server counts as unread is not what came and was not marked as read.
    WrongUnread,
    /// A send was neither answered nor refused.
    Unanswered,
    /// Somebody could not connect, or not come back.
    Unreachable,
}

/// A fault, how often it was, and what exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// How often.
    pub count: u64,
    /// The first ones in words.
    pub examples: Vec<String>,
}

/// A counter that many tasks add to.
#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Takes away.
    pub fn sub(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    /// The sum.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of one process.
#[derive(Default)]
pub struct Board {
    /// Sockets that are live and have caught up.
    pub live: Count,
    /// People who have been live once.
    pub arrived: Count,
    /// Messages that were to be sent.
    pub intended: Count,
    /// Messages that were answered.
    pub answered: Count,
    /// Messages that were neither answered nor refused yet.
    pub open: Count,
    /// Messages that came on a socket of somebody else than their sender.
    pub delivered: Count,
    /// Of them, those that were read from the log.
    pub replayed: Count,
    /// Frames of the server, all kinds.
    pub frames: Count,
    /// Times that somebody was seen typing.
    pub typing: Count,
    /// Calls in which the answer reached the caller.
    pub calls: Count,
    /// People who have signed up and written.
    pub newcomers: Count,
    /// Times that somebody left and came back.
    pub returns: Count,
    /// Intended time of a send to its answer.
    pub answer: Times,
    /// Intended time of a send to its arrival on a live socket.
    pub arrival: Times,
    faults: Mutex<BTreeMap<Fault, Faults>>,
    refusals: Mutex<BTreeMap<String, u64>>,
    disconnects: Mutex<BTreeMap<String, u64>>,
    heads: Mutex<HashMap<ConversationId, u64>>,
}

/// Times that many tasks record.
pub struct Times {
    all: Mutex<Histogram<u64>>,
    /// Those since the last [`Times::take_recent`].
    recent: Mutex<Histogram<u64>>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            all: Mutex::new(histogram()),
            recent: Mutex::new(histogram()),
        }
    }
}

/// An empty histogram of times in microseconds.
#[allow(
    clippy::expect_used,
    reason = "the bounds are constants, and a test makes one"
)]
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("bounds that make sense")
}

impl Times {
    /// Records one.
    pub fn record(&self, micros: u64) {
        lock(&self.all).saturating_record(micros.max(1));
        lock(&self.recent).saturating_record(micros.max(1));
    }

    /// All of them.
    pub fn all(&self) -> Histogram<u64> {
        lock(&self.all).clone()
    }

    /// Those since the last time that this was asked.
    pub fn take_recent(&self) -> Histogram<u64> {
        let mut recent = lock(&self.recent);
        let taken = recent.clone();
        recent.reset();
        taken
    }
}

impl Board {
    /// A promise was broken.
    pub fn fault(&self, fault: Fault, what: impl FnOnce() -> String) {
        self.faults_of(fault, 1, what);
    }

    /// So many were.
    pub fn faults_of(&self, fault: Fault, count: u64, what: impl FnOnce() -> String) {
        let mut faults = lock(&self.faults);
        let of = faults.entry(fault).or_default();
        of.count += count;
        if of.examples.len() < EXAMPLES_MAX {
            of.examples.push(what());
        }
    }

    /// What broke until now.
    pub fn faults(&self) -> BTreeMap<Fault, Faults> {
        lock(&self.faults).clone()
    }

    /// Something was refused.
    pub fn refused(&self, what: impl Into<String>) {
        *lock(&self.refusals).entry(what.into()).or_default() += 1;
    }

    /// Refusals by code.
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        lock(&self.refusals).clone()
    }

    /// A connection ended that nobody meant to end.
    pub fn disconnected(&self, what: impl Into<String>) {
        *lock(&self.disconnects).entry(what.into()).or_default() += 1;
    }

    /// Ended connections by cause.
    pub fn disconnects(&self) -> BTreeMap<String, u64> {
        lock(&self.disconnects).clone()
    }

    /// A message was answered at this revision: everybody in the conversation must get so far.
    pub fn reached(&self, conversation_id: ConversationId, revision: u64) {
        let mut heads = lock(&self.heads);
        let head = heads.entry(conversation_id).or_default();
        *head = revision.max(*head);
    }

    /// How far the conversations are, by what was answered.
    pub fn heads(&self) -> HashMap<ConversationId, u64> {
        lock(&self.heads).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Microseconds since 1970: what processes that share a run have in common, to a millisecond. Within
/// a process it is exact and never jumps.
pub fn now_us() -> u64 {
    static START: OnceLock<(Instant, u64)> = OnceLock::new();
    let (start, start_us) = START.get_or_init(|| {
        let millis = Clock::system().now().millis();
        (Instant::now(), u64::try_from(millis).unwrap_or(0) * 1_000)
    });
    start_us + as_us(start.elapsed())
}

/// A time in whole microseconds.
pub fn as_us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
