//! How fast one user may take one-time prekeys of one device: the arithmetic, without any I/O.
//!
//! GCRA. The stored state is one instant, the *theoretical arrival time*: when the taker would have
//! used up nothing any more. A state in the past is the same as no state.

use std::time::Duration;

use sentinal_protocol::Timestamp;

/// Keys that may be taken at once: a reinstalled client with a few own devices and some retries.
pub const TAKES_BURST: u32 = 6;

/// Time that gives one key back. Draining 100 keys of a device takes one account 16 hours.
pub const TAKE_INTERVAL: Duration = Duration::from_mins(10);

/// What the limit says to one more take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; this is the state once the key is taken.
    Allowed {
        /// The new theoretical arrival time.
        arrival_at: Timestamp,
    },
    /// Not before this much time has passed.
    Limited {
        /// At least a millisecond.
        retry_after: Duration,
    },
}

/// Decides about one more take at `now`, given the stored state.
///
/// A state further ahead than takes can bring it was stored before the wall clock was set back. It
/// counts as a limit of which one take is left, so that nobody waits for as long as the clock jumped.
pub fn decide(arrival_at: Option<Timestamp>, now: Timestamp) -> Verdict {
    let tolerance = TAKE_INTERVAL * (TAKES_BURST - 1);
    let arrival_at = match arrival_at {
        Some(at) if at.since(now) > tolerance + TAKE_INTERVAL => now.plus(tolerance),
        Some(at) => at.max(now),
        None => now,
    };
    let ahead = arrival_at.since(now);
    if ahead > tolerance {
        Verdict::Limited {
            retry_after: ahead.saturating_sub(tolerance),
        }
    } else {
        Verdict::Allowed {
            arrival_at: arrival_at.plus(TAKE_INTERVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs takes at the given instants and answers when they were allowed.
    fn allowed(takes: &[i64]) -> Vec<i64> {
        let mut state = None;
        takes
            .iter()
            .copied()
            .filter(|at| match decide(state, Timestamp(*at)) {
                Verdict::Allowed { arrival_at } => {
                    state = Some(arrival_at);
                    true
                }
                Verdict::Limited { .. } => false,
            })
            .collect()
    }

    #[test]
    fn six_at_once_then_one_per_ten_minutes() {
        let mut takes = vec![0; 8];
        takes.extend([599_999, 600_000, 600_001, 1_200_000]);
        assert_eq!(allowed(&takes), [0, 0, 0, 0, 0, 0, 600_000, 1_200_000]);
    }

    #[test]
    fn a_wall_clock_that_is_set_back_keeps_nobody_waiting_for_it() {
        let hour = 3_600_000;
        let mut takes = vec![hour * 2; 7];
        takes.extend([hour / 2, hour / 2, hour / 2 + 600_000]);
        let mut expected = vec![hour * 2; 6];
        expected.extend([hour / 2, hour / 2 + 600_000]);
        assert_eq!(allowed(&takes), expected);
    }

    proptest! {
        /// No window of time ever sees more takes than the burst plus what the window gives back.
        #[test]
        fn no_window_sees_more_than_burst_and_refill(
            gaps in prop::collection::vec(0_i64..1_500_000, 1..120),
        ) {
            let takes: Vec<i64> = gaps
                .iter()
                .scan(0, |at, gap| { *at += gap; Some(*at) })
                .collect();
            let allowed = allowed(&takes);
            for (first, start) in allowed.iter().enumerate() {
                for (last, end) in allowed.iter().enumerate().skip(first) {
                    let refilled = usize::try_from((end - start) / 600_000).unwrap();
                    prop_assert!(last - first < 6 + refilled);
                }
            }
        }

        /// Waiting as long as told is always enough, and a millisecond less never is.
        #[test]
        fn retry_after_is_exact(state in 0_i64..10_000_000, now in 0_i64..10_000_000) {
            if let Verdict::Limited { retry_after } = decide(Some(Timestamp(state)), Timestamp(now)) {
                let then = Timestamp(now).plus(retry_after);
                let too_soon = then.minus(Duration::from_millis(1));
                let at_then = decide(Some(Timestamp(state)), then);
                let before = decide(Some(Timestamp(state)), too_soon);
                prop_assert!(matches!(at_then, Verdict::Allowed { .. }), "{at_then:?}");
                prop_assert!(matches!(before, Verdict::Limited { .. }), "{before:?}");
            }
        }
    }
}
