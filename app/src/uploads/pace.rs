//! How slowly the bytes of an upload may come: one that only drips holds its slot for nothing.

use std::time::Duration;

/// Bytes that [`PERIOD`] is paid for with: over time an upload must bring so many in each.
pub(super) const BYTES_PER_PERIOD: u64 = 16 * 1024;
/// See [`BYTES_PER_PERIOD`].
pub(super) const PERIOD: Duration = Duration::from_secs(10);

/// What is left of an upload's time. It begins with a grace; waiting uses it up, bytes add to it, up
/// to what it began with. So an upload may pause as long as the grace, and must in the long run keep
/// to the rate.
#[derive(Debug)]
pub(super) struct Pace {
    left: Duration,
    grace: Duration,
}

impl Pace {
    /// At the beginning.
    pub(super) fn new(grace: Duration) -> Self {
        Self { left: grace, grace }
    }

    /// How long may be waited for the next bytes.
    pub(super) fn left(&self) -> Duration {
        self.left
    }

    /// After so long a wait so many bytes have come.
    pub(super) fn came(&mut self, waited: Duration, bytes: u64) {
        let nanos = PERIOD.as_nanos() * u128::from(bytes) / u128::from(BYTES_PER_PERIOD);
        let earned = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let left = self.left.saturating_sub(waited);
        self.left = left.saturating_add(earned).min(self.grace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    #[test]
    fn a_byte_now_and_then_does_not_keep_an_upload_going() {
        let mut pace = Pace::new(GRACE);
        let mut lasted = Duration::ZERO;
        while pace.left() >= PERIOD {
            pace.came(PERIOD, 1);
            lasted += PERIOD;
        }
        assert!(lasted <= GRACE + PERIOD, "{lasted:?}");
    }

    #[test]
    fn who_keeps_to_the_rate_may_take_as_long_as_it_needs_and_pause() {
        let mut pace = Pace::new(GRACE);
        for _ in 0..1_000 {
            pace.came(PERIOD, BYTES_PER_PERIOD);
        }
        assert_eq!(pace.left(), GRACE, "nothing is saved up beyond the grace");
        pace.came(GRACE / 2, 1024 * 1024);
        assert_eq!(pace.left(), GRACE);
    }
}
