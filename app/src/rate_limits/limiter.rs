//! One bucket for each of many keys.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use governor::RateLimiter;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use sentinal_protocol::{Clock, ErrorCode};

use super::keys::{Class, Key, Who};
use super::{Bucket, Snapshot, note};
use crate::{ApiError, Quota};

/// What strangers may make one bucket remember of themselves: 10 MB. Past it further ones are counted
/// by the networks around them.
const CLAIMED_MAX: usize = 100_000;
/// Such networks: half of all IPv4 addresses at once.
const MIDDLE_MAX: usize = 32_768;
/// Networks around those: every one of IPv4's /16, and half as many of IPv6.
const WIDE_MAX: usize = 98_304;
/// New keys after which those whose bucket is full again are forgotten.
const NEW_KEYS_PER_SWEEP: usize = 4_096;
/// The same by time, where new keys are few.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// And where there is no room, so that all are counted by themselves again as soon as may be.
const SWEEP_FULL_EVERY: Duration = Duration::from_secs(1);

/// The arrival times of all keys, with the quota that they keep to.
pub(super) struct Limiter {
    quota: Quota,
    /// Time in which one request comes back.
    interval: u64,
    arrivals: Arc<Arrivals>,
    clock: Steady,
    started: Duration,
    decide: RateLimiter<Who, Shared, Steady, StateInformationMiddleware>,
}

/// One request that was taken, with the key under which it was counted.
#[must_use]
pub(super) struct Taken<'a> {
    limiter: &'a Limiter,
    who: Who,
}

/// GCRA's one number for each key: when its bucket is full again ("theoretical arrival time").
#[derive(Default)]
struct Arrivals {
    times: DashMap<Who, Nanos>,
    counts: Counts,
    keys_since_sweep: AtomicUsize,
    /// Nanoseconds, as [`Limiter::now`] counts.
    swept_at: AtomicU64,
}

/// How many keys of each class with a bound there are.
#[derive(Default)]
struct Counts {
    claimed: AtomicUsize,
    middle: AtomicUsize,
    wide: AtomicUsize,
}

impl Counts {
    /// The count of a class and its bound; `None` for those that need none.
    fn of(&self, class: Class) -> Option<(&AtomicUsize, usize)> {
        match class {
            Class::Proved | Class::Share => None,
            Class::Claimed => Some((&self.claimed, CLAIMED_MAX)),
            Class::Middle => Some((&self.middle, MIDDLE_MAX)),
            Class::Wide => Some((&self.wide, WIDE_MAX)),
        }
    }

    fn has_room(&self, class: Class) -> bool {
        self.of(class)
            .is_none_or(|(count, max)| count.load(Ordering::Relaxed) < max)
    }

    fn add(&self, class: Class) {
        if let Some((count, _)) = self.of(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn remove(&self, class: Class) {
        if let Some((count, _)) = self.of(class) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[derive(Clone)]
struct Shared(Arc<Arrivals>);

#[derive(Clone)]
struct Steady(Clock);

impl governor::clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.steady()
    }
}

impl StateStore for Shared {
    type Key = Who;

    fn measure_and_replace<T, F, E>(&self, who: &Who, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        match self.0.times.entry(*who) {
            Entry::Occupied(mut known) => {
                let (outcome, next) = decide(Some(*known.get()))?;
                known.insert(next);
                Ok(outcome)
            }
            Entry::Vacant(new) => {
                let (outcome, next) = decide(None)?;
                new.insert(next);
                self.0.counts.add(who.class());
                self.0.keys_since_sweep.fetch_add(1, Ordering::Relaxed);
                Ok(outcome)
            }
        }
    }
}

impl Limiter {
    /// Full buckets.
    pub(super) fn new(quota: Quota, clock: Clock) -> Self {
        let requests = NonZeroU32::new(quota.requests).unwrap_or(NonZeroU32::MIN);
        let interval = (quota.period / requests.get()).max(Duration::from_nanos(1));
        let rate = governor::Quota::with_period(interval)
            .unwrap_or_else(|| governor::Quota::per_second(requests))
            .allow_burst(requests);
        let arrivals = Arc::new(Arrivals::default());
        let clock = Steady(clock);
        let started = governor::clock::Clock::now(&clock);
        Self {
            quota,
            interval: nanos(interval),
            decide: RateLimiter::new(rate, Shared(Arc::clone(&arrivals)), clock.clone()),
            arrivals,
            clock,
            started,
        }
    }

    /// Takes one request, and shows with the answer what is left.
    pub(super) fn take(&self, bucket: Bucket, key: Key) -> Result<Taken<'_>, ApiError> {
        self.take_shown(bucket, key, NonZeroU32::MIN)
    }

    /// Takes so many requests, or none, and shows with the answer what is left. They are given back by
    /// [`Self::give_back_proved`].
    pub(super) fn take_many(
        &self,
        bucket: Bucket,
        key: Key,
        requests: u32,
    ) -> Result<(), ApiError> {
        match NonZeroU32::new(requests) {
            Some(requests) => self.take_shown(bucket, key, requests).map(drop),
            None => Ok(()),
        }
    }

    fn take_shown(
        &self,
        bucket: Bucket,
        key: Key,
        requests: NonZeroU32,
    ) -> Result<Taken<'_>, ApiError> {
        let taken = self.decide(key, requests);
        let remaining = taken.as_ref().map_or(0, |(_, remaining)| *remaining);
        note(self.snapshot(bucket, remaining));
        taken.map(|(taken, _)| taken)
    }

    /// Takes one request of which the answer shows nothing.
    pub(super) fn take_unseen(&self, key: Key) -> Result<Taken<'_>, ApiError> {
        self.decide(key, NonZeroU32::MIN).map(|(taken, _)| taken)
    }

    /// Takes so many requests, or none; answers what is left beside them.
    fn decide(&self, key: Key, requests: NonZeroU32) -> Result<(Taken<'_>, u32), ApiError> {
        let who = self.admitted(key);
        let wait = match self.decide.check_key_n(&who, requests) {
            Ok(Ok(state)) => {
                let taken = Taken { limiter: self, who };
                return Ok((taken, state.remaining_burst_capacity()));
            }
            Ok(Err(refused)) => refused.wait_time_from(governor::clock::Clock::now(&self.clock)),
            // Never as many at once.
            Err(_) => self.quota.period,
        };
        let why = "Too many requests; wait a moment.";
        Err(ApiError::new(ErrorCode::RateLimitExceeded, why).with_retry_after(wait))
    }

    /// Requests that a full bucket allows.
    pub(super) fn burst(&self) -> u32 {
        self.quota.requests.max(1)
    }

    /// Looks without taking.
    pub(super) fn peek(&self, bucket: Bucket, key: Key) -> Snapshot {
        let who = self.counted_as(key);
        let arrival = self.arrivals.times.get(&who).map(|time| time.as_u64());
        let left = remaining(arrival, self.now(), self.interval, self.quota.requests);
        self.snapshot(bucket, left)
    }

    /// Gives one request back that was taken, under the key that it was taken from.
    pub(super) fn give_back(taken: Taken<'_>) {
        let Taken { limiter, who } = taken;
        limiter.refund(who, 1);
    }

    /// Gives so many requests back that were taken under a key that is always its own.
    pub(super) fn give_back_proved(&self, key: Key, requests: u32) {
        debug_assert!(key.who.class() == Class::Proved);
        self.refund(key.who, requests);
    }

    fn refund(&self, who: Who, requests: u32) {
        if let Some(mut arrival) = self.arrivals.times.get_mut(&who) {
            let time = self.interval.saturating_mul(u64::from(requests));
            *arrival = Nanos::new(arrival.as_u64().saturating_sub(time));
        }
    }

    /// [`Self::counted_as`], after making room if it is time to.
    fn admitted(&self, key: Key) -> Who {
        let arrivals = &self.arrivals;
        let waited = if arrivals.counts.has_room(key.who.class()) {
            SWEEP_EVERY
        } else {
            SWEEP_FULL_EVERY
        };
        let (now, swept_at) = (self.now(), arrivals.swept_at.load(Ordering::Relaxed));
        let is_due = now.saturating_sub(swept_at) >= nanos(waited)
            || arrivals.keys_since_sweep.load(Ordering::Relaxed) >= NEW_KEYS_PER_SWEEP;
        if is_due {
            let (relaxed, swept) = (Ordering::Relaxed, &arrivals.swept_at);
            // One thread does it; the others go on with what there is.
            if swept
                .compare_exchange(swept_at, now.max(swept_at + 1), relaxed, relaxed)
                .is_ok()
            {
                self.sweep(now);
            }
        }
        self.counted_as(key)
    }

    /// The key under which a request is counted: its own where it is known or there is room, else that
    /// of the next wider network.
    fn counted_as(&self, mut key: Key) -> Who {
        loop {
            let class = key.who.class();
            if self.arrivals.counts.has_room(class) || self.arrivals.times.contains_key(&key.who) {
                return key.who;
            }
            key = key.coarser(|who| self.arrivals.times.hash_usize(&who) as u64);
        }
    }

    /// Forgets the keys whose bucket is full again: they are as if they had never been.
    fn sweep(&self, now: u64) {
        self.arrivals.keys_since_sweep.store(0, Ordering::Relaxed);
        self.arrivals.times.retain(|who, time| {
            let is_kept = time.as_u64() > now;
            if !is_kept {
                self.arrivals.counts.remove(who.class());
            }
            is_kept
        });
    }

    /// Time since this limiter began, as governor counts it.
    fn now(&self) -> u64 {
        let now = governor::clock::Clock::now(&self.clock);
        nanos(now.saturating_sub(self.started))
    }

    fn snapshot(&self, bucket: Bucket, remaining: u32) -> Snapshot {
        let limit = self.quota.requests;
        let missing = u64::from(limit.saturating_sub(remaining));
        Snapshot {
            bucket,
            limit,
            remaining,
            reset: Duration::from_nanos(self.interval.saturating_mul(missing)),
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Requests that a bucket allows at `now`, all in nanoseconds: it is full at `arrival`, and each
/// `interval` before that one request is missing.
fn remaining(arrival: Option<u64>, now: u64, interval: u64, limit: u32) -> u32 {
    let until_full = arrival.unwrap_or(0).saturating_sub(now);
    let missing = until_full.div_ceil(interval.max(1));
    limit.saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr};

    use sentinal_protocol::Timestamp;

    use super::*;

    /// The key of an address; consecutive numbers are neighbours.
    fn key(number: u32) -> Key {
        Key::from(IpAddr::from(Ipv4Addr::from_bits(0x0A00_0000 + number)))
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Take,
        GiveBack,
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => Just(Step::Take),
            1 => Just(Step::GiveBack),
            3 => (0u64..30_000).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// A bucket of whole requests that fills steadily says the same at every step.
        #[test]
        fn it_is_a_bucket_that_fills_steadily(
            requests in 1u32..50,
            steps in proptest::collection::vec(step(), 1..200),
        ) {
            let period = Duration::from_millis(u64::from(requests) * 1_000);
            let clock = Clock::manual(Timestamp(0));
            let limiter = Limiter::new(Quota { requests, period }, clock.clone());
            let key = key(0);
            let full = u64::from(requests) * 1_000;
            // Milliseconds that the model's bucket holds; one request is a thousand.
            let mut level = full;
            let mut held = Vec::new();
            for step in steps {
                match step {
                    Step::Take => {
                        let taken = limiter.take(Bucket::General, key);
                        prop_assert_eq!(taken.is_ok(), level >= 1_000);
                        if let Ok(taken) = taken {
                            level -= 1_000;
                            held.push(taken);
                        }
                    }
                    Step::GiveBack if !held.is_empty() => {
                        Limiter::give_back(held.remove(0));
                        level = full.min(level + 1_000);
                    }
                    Step::GiveBack => {}
                    Step::Wait(millis) => {
                        clock.advance(Duration::from_millis(millis));
                        level = full.min(level + millis);
                    }
                }
                let seen = limiter.peek(Bucket::General, key).remaining;
                prop_assert_eq!(u64::from(seen), level / 1_000);
            }
        }

        /// Whoever waits as long as told is let in, and not a moment sooner.
        #[test]
        fn the_wait_is_exact(requests in 1u32..20, waits in proptest::collection::vec(0u64..3_000, 0..20)) {
            let period = Duration::from_millis(u64::from(requests) * 1_000);
            let clock = Clock::manual(Timestamp(0));
            let limiter = Limiter::new(Quota { requests, period }, clock.clone());
            let key = key(0);
            for wait in waits {
                clock.advance(Duration::from_millis(wait));
                if let Err(refused) = limiter.take(Bucket::General, key) {
                    let wait = refused.retry_after.unwrap();
                    clock.advance(wait.saturating_sub(Duration::from_millis(1)));
                    prop_assert!(limiter.take(Bucket::General, key).is_err());
                    clock.advance(Duration::from_millis(1));
                    prop_assert!(limiter.take(Bucket::General, key).is_ok());
                }
            }
        }
    }

    fn of_two() -> (Limiter, Clock) {
        let clock = Clock::manual(Timestamp(0));
        let quota = Quota {
            requests: 2,
            period: Duration::from_mins(1),
        };
        (Limiter::new(quota, clock.clone()), clock)
    }

    fn takes(limiter: &Limiter, key: Key) -> bool {
        limiter.take(Bucket::General, key).is_ok()
    }

    #[test]
    fn more_addresses_than_can_be_known_lock_out_their_neighbours_at_most() {
        let (limiter, clock) = of_two();
        let user = Key::from(sentinal_protocol::UserId::new(Timestamp(0)));
        for number in 0..105_000 {
            // Those past the bound soon have emptied the buckets of their networks.
            let _ = limiter.take(Bucket::General, key(number));
        }
        assert!(limiter.arrivals.times.len() <= CLAIMED_MAX + MIDDLE_MAX);
        assert!(takes(&limiter, key(0)), "who is known is counted as before");
        assert!(!takes(&limiter, key(105_000)), "a neighbour of the crowd");
        assert!(takes(&limiter, key(1 << 20)), "from elsewhere");
        assert!(takes(&limiter, user), "whom nobody can make up");

        // Once their time is over, all are counted by themselves, and nothing is left of the crowd.
        clock.advance(Duration::from_secs(61));
        assert!(takes(&limiter, key(105_000)));
        assert_eq!(limiter.arrivals.times.len(), 1);
        assert_eq!(limiter.arrivals.counts.claimed.load(Ordering::Relaxed), 1);
        assert_eq!(limiter.arrivals.counts.middle.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_was_taken_is_given_back_where_it_was_taken() {
        let (limiter, clock) = of_two();
        for number in 0..u32::try_from(CLAIMED_MAX).unwrap() {
            let _ = limiter.take(Bucket::General, key(number));
        }
        let newcomer = key(1 << 20);
        let of_network = limiter.take(Bucket::General, newcomer).unwrap();
        assert!(takes(&limiter, newcomer));
        assert!(!takes(&limiter, newcomer));
        Limiter::give_back(of_network);
        assert!(takes(&limiter, newcomer));
        assert_eq!(limiter.peek(Bucket::General, newcomer).remaining, 0);

        let of_network = limiter.arrivals.times.len();
        clock.advance(Duration::from_secs(61));
        assert_eq!(limiter.peek(Bucket::General, newcomer).remaining, 2);
        assert!(takes(&limiter, newcomer));
        assert!(limiter.arrivals.times.len() < of_network);
    }

    #[test]
    fn keys_are_forgotten_as_time_goes_by_however_few_come() {
        let (limiter, clock) = of_two();
        for number in 0..100 {
            assert!(takes(&limiter, key(number)));
        }
        clock.advance(Duration::from_secs(61));
        assert!(takes(&limiter, key(1_000)));
        assert_eq!(limiter.arrivals.times.len(), 1);
    }
}
