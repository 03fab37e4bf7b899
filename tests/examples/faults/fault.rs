//! What may happen, and when.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::arguments::{Arguments, Database};

/// How long a fault lasts, milliseconds: shorter and longer than each deadline of the server's.
const LASTS_MS: Range<u64> = 300..6_000;
/// The same in a run so short that each fault would not come once.
const LASTS_MS_IN_SHORT: Range<u64> = 300..2_000;
/// Below this time a run is short.
const SHORT: Duration = Duration::from_mins(2);
/// How long nothing happens between two faults, milliseconds.
const CALM_MS: Range<u64> = 200..1_500;

/// Something that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No file may grow (`RLIMIT_FSIZE`).
    FileLimit,
    /// Writes fail with `ENOSPC`.
    FullDisk,
    /// Writes fail with `EIO`.
    BrokenWrites,
    /// Syncs fail with `EIO`.
    BrokenSyncs,
    /// One write fails with `EIO`.
    OneBrokenWrite,
    /// One sync fails with `EIO`.
    OneBrokenSync,
    /// Somebody else holds the lock that sends need.
    HeldLock,
    /// The database's processes stand still, or where they are not ours, the network does.
    PausedDatabase,
    /// The database's processes are gone, and come back.
    CrashedDatabase,
    /// The database's host vanishes.
    SilentProxy,
    /// Its answers do.
    LostAnswers,
    /// Its connections are reset.
    Reset,
    /// The next commits are not heard, or their answers are lost.
    CutCommits,
    /// It refuses connections.
    Refused,
    /// It takes no writes.
    ReadOnly,
    /// Nobody reads the log.
    UnreadLog,
    /// The log's pipe is broken.
    BrokenLog,
    /// SIGTERM, then a start.
    Terminate,
    /// SIGKILL, then a start.
    Kill,
}

use Fault::{
    BrokenLog, BrokenSyncs, BrokenWrites, CrashedDatabase, CutCommits, FileLimit, FullDisk,
    HeldLock, Kill, LostAnswers, OneBrokenSync, OneBrokenWrite, PausedDatabase, ReadOnly, Refused,
    Reset, SilentProxy, Terminate, UnreadLog,
};

const ON_SQLITE: [Fault; 11] = [
    FileLimit,
    FullDisk,
    BrokenWrites,
    BrokenSyncs,
    OneBrokenWrite,
    OneBrokenSync,
    HeldLock,
    UnreadLog,
    BrokenLog,
    Terminate,
    Kill,
];

const ON_POSTGRES: [Fault; 13] = [
    HeldLock,
    PausedDatabase,
    CrashedDatabase,
    SilentProxy,
    LostAnswers,
    Reset,
    CutCommits,
    Refused,
    ReadOnly,
    UnreadLog,
    BrokenLog,
    Terminate,
    Kill,
];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileLimit => "file-limit",
            FullDisk => "full-disk",
            BrokenWrites => "broken-writes",
            BrokenSyncs => "broken-syncs",
            OneBrokenWrite => "one-broken-write",
            OneBrokenSync => "one-broken-sync",
            HeldLock => "held-lock",
            PausedDatabase => "paused-database",
            CrashedDatabase => "crashed-database",
            SilentProxy => "silent-proxy",
            LostAnswers => "lost-answers",
            Reset => "reset",
            CutCommits => "cut-commits",
            Refused => "refused",
            ReadOnly => "read-only",
            UnreadLog => "unread-log",
            BrokenLog => "broken-log",
            Terminate => "terminate",
            Kill => "kill",
        })
    }
}

impl Fault {
    /// Whether requests are served as ever while it lasts.
    pub fn is_harmless(self) -> bool {
        matches!(self, UnreadLog | BrokenLog)
    }
}

/// Which fault is next. Each happens once before any happens again.
pub struct Schedule {
    random: StdRng,
    lasts_ms: Range<u64>,
    faults: Vec<Fault>,
    left: Vec<Fault>,
}

impl Schedule {
    /// The faults of this database, or those of them that were asked for.
    pub fn new(arguments: &Arguments) -> Result<Self, String> {
        let mut faults = match &arguments.database {
            Database::Sqlite => ON_SQLITE.to_vec(),
            Database::PrivatePostgres => ON_POSTGRES.to_vec(),
            // It is not ours to end.
            Database::Postgres(_) => {
                let ours = ON_POSTGRES.into_iter();
                ours.filter(|it| *it != CrashedDatabase).collect()
            }
        };
        if !arguments.only.is_empty() {
            faults.retain(|fault| arguments.only.contains(&fault.to_string()));
            if faults.len() != arguments.only.len() {
                return Err("--only names a fault that this database does not have".to_owned());
            }
        }
        Ok(Self {
            random: StdRng::seed_from_u64(arguments.seed),
            lasts_ms: if arguments.duration < SHORT {
                LASTS_MS_IN_SHORT
            } else {
                LASTS_MS
            },
            faults,
            left: Vec::new(),
        })
    }

    /// The next one, and how long it lasts.
    pub fn next(&mut self) -> (Fault, Duration) {
        if self.left.is_empty() {
            self.left.clone_from(&self.faults);
            self.left.shuffle(&mut self.random);
        }
        let fault = self.left.pop().expect("there is always one");
        let lasts = self.random.random_range(self.lasts_ms.clone());
        (fault, Duration::from_millis(lasts))
    }

    /// How long nothing happens before it.
    pub fn calm(&mut self) -> Duration {
        Duration::from_millis(self.random.random_range(CALM_MS))
    }
}
