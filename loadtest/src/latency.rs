//! Times that many tasks measure, kept in parts so that they do not wait for each other.
//!
//! All of them are kept: a minute of 100,000 a second is 24 MB, and nothing has to be said about how
//! exact a quantile is.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// Parts in which they are kept. More than there are threads that record, so that two rarely meet.
const PARTS: usize = 16;

/// Times, in microseconds; those above an hour count as 71 minutes.
#[derive(Default)]
pub struct Latencies {
    parts: [Mutex<Vec<u32>>; PARTS],
}

/// What is reported of many times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many there were.
    pub count: usize,
    /// Half of them took no longer, milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 took no longer, milliseconds.
    pub p99_ms: f64,
    /// The longest one, milliseconds.
    pub max_ms: f64,
}

impl Latencies {
    /// Adds one; `who` records is any number that differs between tasks.
    pub fn record(&self, who: usize, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        if let Some(part) = self.parts.get(who % PARTS) {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.push(micros);
        }
    }

    /// What all of them were like.
    pub fn quantiles(&self) -> Quantiles {
        let mut all = Vec::new();
        for part in &self.parts {
            all.extend_from_slice(&part.lock().unwrap_or_else(PoisonError::into_inner));
        }
        all.sort_unstable();
        let at = |hundredths: usize| {
            let place = (all.len() * hundredths).div_ceil(100).max(1) - 1;
            let micros = all.get(place).copied().unwrap_or_default();
            Duration::from_micros(micros.into()).as_secs_f64() * 1_000.0
        };
        Quantiles {
            count: all.len(),
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_parts_together() {
        let latencies = Latencies::default();
        assert_eq!(latencies.quantiles(), Quantiles::default());
        for millis in 1..=200 {
            let who = usize::try_from(millis).unwrap();
            latencies.record(who, Duration::from_millis(millis));
        }
        let quantiles = latencies.quantiles();
        assert_eq!(quantiles.count, 200);
        let told = [quantiles.p50_ms, quantiles.p99_ms, quantiles.max_ms];
        assert_eq!(told.map(|ms| format!("{ms:.0}")), ["100", "198", "200"]);
    }
}
