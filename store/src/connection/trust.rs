//! Whether connections that lie idle can be used, and whether the database takes writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use super::servers::Servers;

/// For so long after a connection was lost, a pool without a free connection is one whose database
/// is away rather than one that is busy.
const RECENT: Duration = Duration::from_secs(5);

/// How a connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// The other side ended it, or said something that ends it.
    Broken,
    /// There was no answer in time.
    Silent,
}

/// What was learnt from failures. Shared by all connections of a store.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// When a connection was last lost. Others that lay idle then lead to the same server that went
    /// away: a host that vanished answers none of them, a standby takes no write on any.
    lost_at: Mutex<Option<Instant>>,
    /// Who looks for the server to talk to, if it is one.
    servers: OnceLock<Weak<Servers>>,
    /// The last write failed for want of a database: until one is committed it is not known whether
    /// writes are taken.
    writes_fail: AtomicBool,
}

impl Trust {
    /// These are told of losses.
    pub(super) fn watched_by(&self, servers: &Arc<Servers>) {
        // Called once.
        let _ = self.servers.set(Arc::downgrade(servers));
    }

    /// A connection was lost.
    pub(super) fn lose(&self, how: Loss) {
        if let Ok(mut lost_at) = self.lost_at.lock() {
            *lost_at = Some(Instant::now());
        }
        if let Some(servers) = self.servers.get().and_then(Weak::upgrade) {
            match how {
                Loss::Broken => servers.broken(),
                Loss::Silent => servers.lost(),
            }
        }
    }

    /// Whether a connection that has been idle for so long may be used: not if another was lost
    /// meanwhile.
    pub(super) fn allows(&self, idle: Duration) -> bool {
        self.since_loss().is_none_or(|since| idle <= since)
    }

    /// Whether a connection was lost a moment ago.
    pub(super) fn lost_recently(&self) -> bool {
        self.since_loss().is_some_and(|since| since < RECENT)
    }

    fn since_loss(&self) -> Option<Duration> {
        let lost_at = self.lost_at.lock().ok()?;
        lost_at.map(|at| at.elapsed())
    }

    pub(super) fn write_failed(&self) {
        self.writes_fail.store(true, Ordering::Release);
    }

    pub(super) fn write_committed(&self) {
        // The flag is written only when it changes: every commit comes by here.
        if self.writes_fail.load(Ordering::Acquire) {
            self.writes_fail.store(false, Ordering::Release);
        }
    }

    pub(super) fn writes_fail(&self) -> bool {
        self.writes_fail.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lay_idle_while_another_was_lost_is_not_used() {
        let trust = Trust::default();
        assert!(trust.allows(Duration::from_hours(1)));
        trust.lose(Loss::Silent);
        assert!(!trust.allows(Duration::from_hours(1)));
        assert!(trust.allows(Duration::ZERO));
        assert!(trust.lost_recently());
    }
}
