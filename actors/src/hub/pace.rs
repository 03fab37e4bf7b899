//! When a hub may write: at once, unless writing is what it does most of the time.
//!
//! Each round of writes is timed. The next one may begin once the hub has been free for as long as
//! that round took, so writing takes at most half of its thread. Frames that come meanwhile leave
//! together, and the busier the hub, the more of them. A quiet hub never waits: its last round is
//! longer ago than it took.
//!
//! A fixed tick was rejected: 10 ms after any write made a quiet room of 100 six times slower, and
//! one that is too short for a room of 1,000 leaves its thread nothing but writing. Free of I/O.

use std::time::{Duration, Instant};

/// The longest that frames wait for company, whatever the last round took.
///
/// Ten milliseconds of company halve the cost of a delivery in a busy room of 1,000; longer is only
/// latency.
const REST_MAX: Duration = Duration::from_millis(10);

/// The hub's last round of writes.
#[derive(Debug, Default)]
pub(super) struct Pace {
    rest_until: Option<Instant>,
}

impl Pace {
    /// How long the next round has to wait.
    pub(super) fn rest(&self, now: Instant) -> Duration {
        self.rest_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// A round of writes began and ended then.
    pub(super) fn wrote(&mut self, began: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(began);
        self.rest_until = Some(ended + took.min(REST_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn a_hub_that_has_not_written_writes_at_once() {
        assert_eq!(Pace::default().rest(Instant::now()), Duration::ZERO);
    }

    #[test]
    fn writing_takes_at_most_half_of_the_time() {
        let began = Instant::now();
        let mut pace = Pace::default();
        pace.wrote(began, began + 3 * MILLISECOND);
        assert_eq!(pace.rest(began + 3 * MILLISECOND), 3 * MILLISECOND);
        assert_eq!(pace.rest(began + 5 * MILLISECOND), MILLISECOND);
        assert_eq!(pace.rest(began + 6 * MILLISECOND), Duration::ZERO);
        assert_eq!(pace.rest(began + 600 * MILLISECOND), Duration::ZERO);
    }

    #[test]
    fn nobody_waits_longer_than_the_tick_for_a_long_round() {
        let began = Instant::now();
        let mut pace = Pace::default();
        pace.wrote(began, began + 80 * MILLISECOND);
        assert_eq!(pace.rest(began + 80 * MILLISECOND), REST_MAX);
    }
}
