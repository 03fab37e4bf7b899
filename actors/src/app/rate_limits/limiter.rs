//! One bucket for each of many keys.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use governor::RateLimiter;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use sentinal_protocol::{Clock, ErrorCode};

use super::{Bucket, Key, Snapshot, Who, note};
use crate::app::{ApiError, Quota};

/// Keys that one bucket remembers: 10 MB. Past it all further ones count as one.
const KEYS_MAX: usize = 100_000;
/// New keys after which those whose bucket is full again are forgotten.
const NEW_KEYS_PER_SWEEP: usize = 4_096;

/// The arrival times of all keys, with the quota that they keep to.
pub(super) struct Limiter {
    quota: Quota,
    /// Time in which one request comes back.
    interval: u64,
    arrivals: Arc<Arrivals>,
    clock: Steady,
    started: Duration,
    decide: RateLimiter<Key, Shared, Steady, StateInformationMiddleware>,
}

/// GCRA's one number for each key: when its bucket is full again ("theoretical arrival time").
#[derive(Default)]
struct Arrivals {
    times: DashMap<Key, Nanos>,
    keys: AtomicUsize,
    keys_since_sweep: AtomicUsize,
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
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        match self.0.times.entry(*key) {
            Entry::Occupied(mut known) => {
                let (outcome, next) = decide(Some(*known.get()))?;
                known.insert(next);
                Ok(outcome)
            }
            Entry::Vacant(new) => {
                let (outcome, next) = decide(None)?;
                new.insert(next);
                self.0.keys.fetch_add(1, Ordering::Relaxed);
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

    /// Takes one request.
    pub(super) fn take(&self, bucket: Bucket, key: Key) -> Result<(), ApiError> {
        match self.decide.check_key(&self.admitted(key)) {
            Ok(state) => {
                note(self.snapshot(bucket, state.remaining_burst_capacity()));
                Ok(())
            }
            Err(refused) => {
                note(self.snapshot(bucket, 0));
                let now = governor::clock::Clock::now(&self.clock);
                Err(ApiError::new(
                    ErrorCode::RateLimitExceeded,
                    "Too many requests; wait a moment.",
                )
                .with_retry_after(refused.wait_time_from(now)))
            }
        }
    }

    /// Looks without taking.
    pub(super) fn peek(&self, bucket: Bucket, key: Key) -> Snapshot {
        let arrival = self.arrivals.times.get(&key).map(|time| time.as_u64());
        let left = remaining(arrival, self.now(), self.interval, self.quota.requests);
        self.snapshot(bucket, left)
    }

    /// Gives one request back that was taken.
    pub(super) fn give_back(&self, key: Key) {
        if let Some(mut arrival) = self.arrivals.times.get_mut(&key) {
            *arrival = Nanos::new(arrival.as_u64().saturating_sub(self.interval));
        }
    }

    /// The key under which a request is counted: its own as long as there is room.
    fn admitted(&self, key: Key) -> Key {
        if self.arrivals.keys_since_sweep.load(Ordering::Relaxed) >= NEW_KEYS_PER_SWEEP {
            self.sweep();
        }
        let has_room = self.arrivals.keys.load(Ordering::Relaxed) < KEYS_MAX;
        if has_room || self.arrivals.times.contains_key(&key) {
            return key;
        }
        self.arrivals
            .keys_since_sweep
            .fetch_add(1, Ordering::Relaxed);
        Key(Who::Crowd)
    }

    /// Forgets the keys whose bucket is full again: they are as if they had never been.
    fn sweep(&self) {
        self.arrivals.keys_since_sweep.store(0, Ordering::Relaxed);
        let now = self.now();
        self.arrivals.times.retain(|_, time| time.as_u64() > now);
        let left = self.arrivals.times.len();
        self.arrivals.keys.store(left, Ordering::Relaxed);
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
    use sentinal_protocol::Timestamp;

    use super::*;

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
            let key = Key(Who::Crowd);
            let full = u64::from(requests) * 1_000;
            // Milliseconds that the model's bucket holds; one request is a thousand.
            let mut level = full;
            let mut taken = 0;
            for step in steps {
                match step {
                    Step::Take => {
                        let allowed = limiter.take(Bucket::General, key).is_ok();
                        prop_assert_eq!(allowed, level >= 1_000);
                        if allowed {
                            level -= 1_000;
                            taken += 1;
                        }
                    }
                    Step::GiveBack if taken > 0 => {
                        limiter.give_back(key);
                        level = full.min(level + 1_000);
                        taken -= 1;
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
            let key = Key(Who::Crowd);
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

    #[test]
    fn a_crowd_of_strangers_costs_bounded_memory_and_locks_out_nobody_known() {
        let clock = Clock::manual(Timestamp(0));
        let quota = Quota {
            requests: 2,
            period: Duration::from_mins(1),
        };
        let limiter = Limiter::new(quota, clock.clone());
        let key = |n: usize| Key(Who::Identity(n as u64));
        for n in 0..KEYS_MAX + 10_000 {
            // The crowd's own bucket is soon empty.
            let _ = limiter.take(Bucket::General, key(n));
        }
        assert!(limiter.arrivals.times.len() <= KEYS_MAX + 1);
        assert!(limiter.take(Bucket::General, key(0)).is_ok());
        assert!(
            limiter
                .take(Bucket::General, key(KEYS_MAX + 20_000))
                .is_err()
        );
        clock.advance(Duration::from_secs(61));
        for n in 0..2 * NEW_KEYS_PER_SWEEP {
            let _ = limiter.take(Bucket::General, key(1_000_000 + n));
        }
        assert!(limiter.arrivals.times.len() <= 2 * NEW_KEYS_PER_SWEEP);
    }
}
