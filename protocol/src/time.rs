//! Points in time as the wire shows them, and the clock that the program reads.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use utoipa::ToSchema;

/// A UTC instant in whole milliseconds since 1970, written as RFC 3339 with three decimals and `Z`.
///
/// Milliseconds because SQLite and PostgreSQL cut finer times differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2025-01-01T12:00:00.007Z"))]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The last instant that the wire can show: for ever.
    pub const FOREVER: Self = Self(253_402_300_799_999);

    /// The first instant that the wire can show: RFC 3339 has years of four digits.
    pub const FIRST: Self = Self(-62_167_219_200_000);

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant moved by `by` into the future.
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant moved by `by` into the past.
    pub fn minus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The time from `earlier` to this instant, zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        // What lies outside of what the wire can show is shown as its end: whatever a database holds can
        // be read.
        let shown = self.0.clamp(Self::FIRST.0, Self::FOREVER.0);
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(shown) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        f.write_str(&at.format(&format).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339)
            .map_err(|_| serde::de::Error::custom("rule: not an RFC 3339 time"))?;
        let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
        // An offset may carry it out of the years that can be written.
        i64::try_from(millis)
            .ok()
            .map(Self)
            .filter(|at| (Self::FIRST..=Self::FOREVER).contains(at))
            .ok_or_else(|| serde::de::Error::custom("rule: must lie within the years 0 to 9999"))
    }
}

/// Where the program gets its time from; tests bring their own.
///
/// It gives two times. [`Clock::now`] is the wall's, for what is shown and stored and for what is
/// compared with that. It may be set while the program runs, so nothing that lasts is measured by
/// it. [`Clock::steady`] only moves forward, as fast as time does: for every deadline and interval
/// within the process.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Manual>>);

/// A test's clock: each of the two times moves when the test says so.
#[derive(Debug)]
struct Manual {
    wall_millis: AtomicI64,
    steady_millis: AtomicU64,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Some(Arc::new(Manual {
            wall_millis: AtomicI64::new(start.0),
            steady_millis: AtomicU64::new(0),
        })))
    }

    /// The present, as the wall shows it.
    pub fn now(&self) -> Timestamp {
        if let Some(manual) = &self.0 {
            return Timestamp(manual.wall_millis.load(Ordering::Acquire));
        }
        #[allow(clippy::disallowed_methods, reason = "this is the one clock")]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Time since some fixed moment of this process. Nobody can set it.
    pub fn steady(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            Some(manual) => Duration::from_millis(manual.steady_millis.load(Ordering::Acquire)),
            None => START.get_or_init(Instant::now).elapsed(),
        }
    }

    /// Lets time pass on a manual clock: both times move. The machine's clock is left alone, here
    /// and below.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            manual.wall_millis.fetch_add(millis, Ordering::AcqRel);
        }
        self.advance_steady(by);
    }

    /// Sets the wall time of a manual clock, as an operator or NTP does. No time passes.
    pub fn set(&self, to: Timestamp) {
        if let Some(manual) = &self.0 {
            manual.wall_millis.store(to.0, Ordering::Release);
        }
    }

    /// Lets time pass on a manual clock whose wall time stands still.
    pub fn advance_steady(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            manual.steady_millis.fetch_add(millis, Ordering::AcqRel);
        }
    }
}

/// Wall time that was read once and is measured from then on: it agrees with the wall at its start,
/// and jumps with it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    start: Timestamp,
    start_steady: Duration,
}

impl Timeline {
    /// One that starts now.
    pub fn start(clock: &Clock) -> Self {
        Self {
            start: clock.now(),
            start_steady: clock.steady(),
        }
    }

    /// The present of this timeline.
    pub fn now(&self, clock: &Clock) -> Timestamp {
        self.start
            .plus(clock.steady().saturating_sub(self.start_steady))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_is_written_with_milliseconds_and_z() {
        let json = serde_json::to_string(&Timestamp(1_735_732_800_007)).unwrap();
        assert_eq!(json, "\"2025-01-01T12:00:00.007Z\"");
    }

    #[test]
    fn any_offset_is_read_and_cut_to_milliseconds() {
        let at: Timestamp = serde_json::from_str("\"2025-01-01T14:00:00.0079+02:00\"").unwrap();
        assert_eq!(at, Timestamp(1_735_732_800_007));
    }

    #[test]
    fn a_time_that_its_offset_carries_out_of_the_years_is_refused() {
        let read = |text: &str| serde_json::from_str::<Timestamp>(&format!("\"{text}\""));
        assert!(read("9999-12-31T23:59:59-23:59").is_err());
        assert!(read("0000-01-01T00:00:00+00:01").is_err());
        assert_eq!(
            read("9999-12-31T23:59:59.999Z").unwrap(),
            Timestamp::FOREVER
        );
        assert_eq!(read("0000-01-01T00:00:00Z").unwrap(), Timestamp::FIRST);
    }

    proptest! {
        #[test]
        fn every_instant_can_be_written_and_what_is_read_is_written_back(millis in any::<i64>()) {
            let text = serde_json::to_string(&Timestamp(millis)).unwrap();
            let read: Timestamp = serde_json::from_str(&text).unwrap();
            let within = millis.clamp(Timestamp::FIRST.0, Timestamp::FOREVER.0);
            prop_assert_eq!(read, Timestamp(within));
        }

        #[test]
        fn what_is_let_in_can_be_written(
            year in 0..=9999_u16, month in 1..=12_u8, day in 1..=28_u8,
            offset in -23..=23_i8, minutes in 0..=59_u8,
        ) {
            let sign = if offset < 0 { '-' } else { '+' };
            let hours = offset.unsigned_abs();
            let text = format!(
                "\"{year:04}-{month:02}-{day:02}T00:00:00{sign}{hours:02}:{minutes:02}\""
            );
            if let Ok(at) = serde_json::from_str::<Timestamp>(&text) {
                let again = serde_json::to_string(&at).unwrap();
                prop_assert_eq!(serde_json::from_str::<Timestamp>(&again).unwrap(), at);
            }
        }
    }

    #[test]
    fn a_manual_clock_moves_its_times_together_or_each_alone() {
        let clock = Clock::manual(Timestamp(1_000_000));
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        clock.advance(minute);
        assert_eq!(clock.now(), Timestamp(1_060_000));
        assert_eq!(clock.steady(), minute);
        clock.set(Timestamp(0));
        assert_eq!((clock.now(), clock.steady()), (Timestamp(0), minute));
        clock.advance_steady(hour);
        assert_eq!((clock.now(), clock.steady()), (Timestamp(0), minute + hour));
    }

    #[test]
    fn a_timeline_does_not_jump_with_the_wall() {
        let clock = Clock::manual(Timestamp(1_000_000));
        let timeline = Timeline::start(&clock);
        clock.set(Timestamp(0));
        assert_eq!(timeline.now(&clock), Timestamp(1_000_000));
        clock.advance(Duration::from_secs(1));
        assert_eq!(timeline.now(&clock), Timestamp(1_001_000));
    }
}
