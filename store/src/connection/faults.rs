//! Failures on demand, for tests: only builds with debug assertions have them.
//!
//! `FAULT_COMMIT=refused:7` makes every seventh commit fail without being tried, `FAULT_COMMIT=lost:7` makes
//! it happen and then fail, as when the connection is lost before its answer. Read once per store.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{DbErr, RuntimeErr};

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitFault {
    /// It does not happen.
    Refused,
    /// It happens; its answer does not come.
    AnswerLost,
}

/// What fails when.
#[derive(Debug)]
pub(super) struct Faults {
    commit: Option<(CommitFault, u64)>,
    commits: AtomicU64,
}

impl Default for Faults {
    fn default() -> Self {
        let commit = std::env::var("FAULT_COMMIT").ok();
        Self {
            commit: commit.as_deref().and_then(parse),
            commits: AtomicU64::new(0),
        }
    }
}

fn parse(text: &str) -> Option<(CommitFault, u64)> {
    let (how, every) = text.split_once(':')?;
    let how = match how {
        "refused" => CommitFault::Refused,
        "lost" => CommitFault::AnswerLost,
        _ => return None,
    };
    let every = every.parse().ok().filter(|every| *every > 0)?;
    Some((how, every))
}

impl Faults {
    /// What happens to the commit that comes now.
    pub(super) fn next_commit(&self) -> Option<CommitFault> {
        let (fault, every) = self.commit?;
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        number.is_multiple_of(every).then_some(fault)
    }
}

/// The error of such a failure: that of a lost connection.
pub(super) fn injected() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("injected failure".to_owned()))
}
