//! What is counted while a load runs, by all its tasks together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sentinal_client::{ClientError, Ended};
use sentinal_protocol::ErrorCode;
use serde::Serialize;
use tokio::time::Instant;

use crate::latency::Latencies;

/// Counters of one run.
pub struct Meter {
    started: Instant,
    /// Messages that were answered.
    pub answered: AtomicU64,
    /// Messages that came on a socket.
    pub delivered: AtomicU64,
    /// Sends that were given up without an answer.
    pub unanswered: AtomicU64,
    /// From the first attempt of a send to its answer.
    pub answer_times: Latencies,
    /// From the first attempt of a send to its arrival on a socket.
    pub delivery_times: Latencies,
    /// Revisions that a socket was told not to wait for, or that never came.
    pub lost: AtomicU64,
    /// Revisions that came twice, and messages that were stored twice.
    pub doubled: AtomicU64,
    /// Revisions that came before an earlier one.
    pub misordered: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
    disconnects: Mutex<BTreeMap<String, u64>>,
}

/// What broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// See [`Meter::lost`].
    pub lost: u64,
    /// See [`Meter::doubled`].
    pub doubled: u64,
    /// See [`Meter::misordered`].
    pub misordered: u64,
    /// See [`Meter::unanswered`].
    pub unanswered: u64,
    /// Answers `UNSETTLED`.
    pub unsettled: u64,
}

impl Faults {
    /// Whether nothing broke.
    pub fn none(self) -> bool {
        self == Self::default()
    }
}

impl Meter {
    /// Everything at zero; times are told from now.
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            answered: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            answer_times: Latencies::default(),
            delivery_times: Latencies::default(),
            lost: AtomicU64::new(0),
            doubled: AtomicU64::new(0),
            misordered: AtomicU64::new(0),
            errors: Mutex::default(),
            disconnects: Mutex::default(),
        }
    }

    /// Time since the start of the run: what messages are stamped with.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts a request that failed.
    pub fn failed(&self, error: &ClientError) {
        let what = match error {
            ClientError::Api { code, .. } => code.clone(),
            ClientError::Closed { code, .. } => format!("closed {code}"),
            ClientError::Timeout => "timeout".to_owned(),
            ClientError::Transport(_) => "transport".to_owned(),
            ClientError::Decode(_) => "decode".to_owned(),
            ClientError::NotSignedIn => "not signed in".to_owned(),
        };
        count(&self.errors, what);
    }

    /// Counts a connection that has ended.
    pub fn disconnected(&self, ended: &Ended) {
        let what = match ended {
            Ended::Closed { code, .. } => format!("closed {code}"),
            Ended::Refused { status, .. } => format!("refused {status}"),
            Ended::Broken => "broken".to_owned(),
            Ended::Hole => "hole".to_owned(),
        };
        count(&self.disconnects, what);
    }

    /// Failed requests by code.
    pub fn errors(&self) -> BTreeMap<String, u64> {
        let errors = self.errors.lock();
        errors.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ended connections by cause.
    pub fn disconnects(&self) -> BTreeMap<String, u64> {
        let disconnects = self.disconnects.lock();
        disconnects.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What broke until now.
    pub fn faults(&self) -> Faults {
        let unsettled = ErrorCode::Unsettled.as_str();
        Faults {
            lost: self.lost.load(Ordering::Relaxed),
            doubled: self.doubled.load(Ordering::Relaxed),
            misordered: self.misordered.load(Ordering::Relaxed),
            unanswered: self.unanswered.load(Ordering::Relaxed),
            unsettled: self.errors().get(unsettled).copied().unwrap_or_default(),
        }
    }
}

fn count(counts: &Mutex<BTreeMap<String, u64>>, what: String) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry(what).or_default() += 1;
}
