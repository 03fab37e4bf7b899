//! What came of it.

use std::fmt;
use std::time::{Duration, Instant};

use sentinal_tests::faults::Audit;
use serde_json::{Value, json};

use crate::arguments::{Arguments, Database};
use crate::fault::Fault;

/// Within this time of a fault's end a write succeeds.
const RECOVERY_MAX: Duration = Duration::from_secs(5);
/// Within this time everything that was asked is answered, whatever happens.
pub const ANSWER_MAX: Duration = Duration::from_secs(3);
/// Of a long list, so many are shown.
const SHOWN: usize = 20;

/// One fault, and what followed.
#[derive(Debug)]
pub struct Incident {
    pub fault: Fault,
    pub lasted: Duration,
    /// From its end to the first successful write; `None` if there was none.
    pub recovery: Option<Duration>,
    /// Promises that were broken meanwhile.
    pub broken: Vec<String>,
}

impl Incident {
    fn is_slow(&self, slack: u32) -> bool {
        self.recovery.is_none_or(|it| it > RECOVERY_MAX * slack)
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {} ms: ", self.fault, self.lasted.as_millis())?;
        match self.recovery {
            Some(recovery) => write!(f, "writes after {} ms", recovery.as_millis())?,
            None => write!(f, "NEVER WRITES AGAIN")?,
        }
        for broken in &self.broken {
            write!(f, "; {broken}")?;
        }
        Ok(())
    }
}

/// What the people heard and were told, beside what the ledger knows.
#[derive(Debug, Default)]
pub struct Crowded {
    /// Requests that were refused as they may be (503) or broke.
    pub refused: u64,
    /// Answers that nobody may get, such as 500.
    pub wrong: Vec<String>,
    /// What was asked, and how long the answer took, where that was longer than promised.
    pub late: Vec<(String, Duration)>,
    /// The longest that an answer took.
    pub slowest: Duration,
    /// Messages that were heard on sockets.
    pub heard: u64,
    /// What was not heard, heard twice, or in another order.
    pub misheard: Vec<String>,
}

/// All of a run.
pub struct Report {
    database: &'static str,
    seed: u64,
    slack: u32,
    since: Instant,
    took: Duration,
    incidents: Vec<Incident>,
    audit: Audit,
    crowded: Crowded,
    broken: Vec<String>,
}

impl Report {
    /// An empty one.
    pub fn begin(arguments: &Arguments) -> Self {
        Self {
            database: match arguments.database {
                Database::Sqlite => "SQLite",
                Database::PrivatePostgres | Database::Postgres(_) => "PostgreSQL",
            },
            seed: arguments.seed,
            slack: arguments.slack,
            since: Instant::now(),
            took: Duration::ZERO,
            incidents: Vec::new(),
            audit: Audit::default(),
            crowded: Crowded::default(),
            broken: Vec::new(),
        }
    }

    /// Adds one.
    pub fn add(&mut self, incident: Incident) {
        self.incidents.push(incident);
    }

    /// What was found in the end.
    pub fn close(&mut self, audit: Audit, crowded: Crowded, broken: Vec<String>) {
        self.took = self.since.elapsed();
        self.audit = audit;
        self.crowded = crowded;
        self.broken = broken;
    }

    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.broken().next().is_none()
    }

    fn broken(&self) -> impl Iterator<Item = String> {
        let incidents = self
            .incidents
            .iter()
            .filter(|it| it.is_slow(self.slack) || !it.broken.is_empty())
            .map(ToString::to_string);
        let found = self.audit.broken().into_iter();
        let heard = self.crowded.misheard.iter().chain(&self.crowded.wrong);
        let late = self.crowded.late.iter();
        let late = late.filter(|(_, took)| *took > ANSWER_MAX * self.slack);
        incidents
            .chain(found.cloned())
            .chain(heard.cloned())
            .chain(late.map(|(what, took)| format!("{what} took {took:?}")))
            .chain(self.broken.iter().cloned())
    }

    fn slowest(&self) -> Option<&Incident> {
        let of = |it: &&Incident| it.recovery.unwrap_or(Duration::MAX);
        self.incidents.iter().max_by_key(of)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let incidents: Vec<_> = self
            .incidents
            .iter()
            .map(|it| {
                json!({
                    "fault": it.fault.to_string(),
                    "lasted_ms": millis(it.lasted),
                    "recovery_ms": it.recovery.map(millis),
                    "broken": it.broken,
                })
            })
            .collect();
        json!({
            "database": self.database,
            "seed": self.seed,
            "seconds": self.took.as_secs(),
            "faults": incidents,
            "answers": self.audit.answers,
            "messages_stored": self.audit.stored,
            "messages_heard": self.crowded.heard,
            "refused": self.crowded.refused,
            "lost": self.audit.lost.len(),
            "doubled": self.audit.doubled.len(),
            "out_of_order": self.audit.out_of_order.len(),
            "holes": self.audit.holes.len(),
            "contradictions": self.audit.contradictions.len(),
            "misheard": self.crowded.misheard.len(),
            "wrong_answers": self.crowded.wrong.len(),
            "late_answers": self.crowded.late.len(),
            "slowest_answer_ms": millis(self.crowded.slowest),
            "slowest_recovery_ms": self.slowest().and_then(|it| it.recovery).map(millis),
            "broken": self.broken().take(SHOWN).collect::<Vec<_>>(),
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (audit, crowded) = (&self.audit, &self.crowded);
        let slowest = self.slowest().map(ToString::to_string);
        let rows = [
            ("seconds", self.took.as_secs().to_string()),
            ("faults", self.incidents.len().to_string()),
            ("answers", audit.answers.to_string()),
            ("messages stored", audit.stored.to_string()),
            ("messages heard", crowded.heard.to_string()),
            ("refused (503) or broken off", crowded.refused.to_string()),
            ("lost", audit.lost.len().to_string()),
            ("doubled", audit.doubled.len().to_string()),
            ("out of order", audit.out_of_order.len().to_string()),
            ("holes", audit.holes.len().to_string()),
            ("contradictions", audit.contradictions.len().to_string()),
            ("misheard on sockets", crowded.misheard.len().to_string()),
            ("wrong answers", crowded.wrong.len().to_string()),
            ("slowest answer, ms", millis(crowded.slowest).to_string()),
            ("slowest recovery", slowest.unwrap_or_default()),
        ];
        writeln!(f, "| {}, seed {} | |\n|---|---|", self.database, self.seed)?;
        for (name, value) in rows {
            writeln!(f, "| {name} | {value} |")?;
        }
        for broken in self.broken().take(SHOWN) {
            writeln!(f, "BROKEN: {broken}")?;
        }
        Ok(())
    }
}
