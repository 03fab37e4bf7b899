//! What came of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::attack::Attack;
use crate::neighbours::Notes;
use crate::stage::Gauges;

/// No answer to a neighbour takes longer.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// What an attack may cost, bytes.
const MEMORY_MAX: u64 = 50 * 1024 * 1024;
/// Tasks that there may be, whatever is asked: some for each connection that may be open.
const TASKS_MAX: u64 = 6_000;
/// Of a long list, so many are shown.
const SHOWN: usize = 5;

/// One attack, and what others noticed.
pub struct Outcome {
    pub attack: Attack,
    /// How often something was tried.
    pub attempts: u64,
    pub calm: Notes,
    pub during: Notes,
    pub gauges: Gauges,
    pub lives: bool,
}

impl Outcome {
    fn broken(&self, slack: u32) -> Vec<String> {
        let mut broken = Vec::new();
        let refused = &self.during.refused;
        // A machine with other work to do may miss a deadline of the server's now and then.
        let tolerated = self.during.times.len() * (slack as usize - 1) / 100;
        if refused.len() > tolerated {
            let some: Vec<&str> = refused.iter().take(SHOWN).map(String::as_str).collect();
            let text = format!("{} refused: {}", refused.len(), some.join("; "));
            broken.push(text);
        }
        let slowest = self.during.quantile(100);
        if slowest > ANSWER_MAX * slack {
            broken.push(format!("an answer after {} ms", slowest.as_millis()));
        }
        if self.gauges.memory > MEMORY_MAX * u64::from(slack) {
            broken.push(format!("{} MiB more", self.gauges.memory >> 20));
        }
        if self.gauges.tasks > TASKS_MAX {
            broken.push(format!("{} tasks", self.gauges.tasks));
        }
        if !self.lives {
            broken.push("/livez does not answer".to_owned());
        }
        broken
    }
}

/// All attacks.
pub struct Report {
    slack: u32,
    outcomes: Vec<Outcome>,
}

impl Report {
    /// An empty one.
    pub fn new(slack: u32) -> Self {
        Self {
            slack,
            outcomes: Vec::new(),
        }
    }

    /// Adds one.
    pub fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.all(|outcome| outcome.broken(self.slack).is_empty())
    }

    /// One, for people.
    pub fn line(&self, outcome: &Outcome) -> String {
        let broken = outcome.broken(self.slack);
        let ms = |notes: &Notes, hundredths| notes.quantile(hundredths).as_secs_f64() * 1_000.0;
        let (calm, during) = (&outcome.calm, &outcome.during);
        format!(
            "{:24} {:8} tries, {:4} answers, p99 {:6.1} -> {:6.1} ms, max {:6.1} ms, +{:3} MiB, {:5} tasks: {}",
            outcome.attack.name(),
            outcome.attempts,
            during.times.len(),
            ms(calm, 99),
            ms(during, 99),
            ms(during, 100),
            outcome.gauges.memory >> 20,
            outcome.gauges.tasks,
            if broken.is_empty() {
                "ok".to_owned()
            } else {
                format!("BROKEN: {}", broken.join("; "))
            }
        )
    }

    /// All of it, for programs.
    pub fn to_json(&self) -> Value {
        let outcomes = self.outcomes.iter().map(|outcome| {
            let times = |notes: &Notes| {
                json!({
                    "count": notes.times.len(),
                    "p50_ms": notes.quantile(50).as_secs_f64() * 1_000.0,
                    "p99_ms": notes.quantile(99).as_secs_f64() * 1_000.0,
                    "max_ms": notes.quantile(100).as_secs_f64() * 1_000.0,
                })
            };
            json!({
                "attack": outcome.attack.name(),
                "attempts": outcome.attempts,
                "calm": times(&outcome.calm),
                "during": times(&outcome.during),
                "memory_bytes": outcome.gauges.memory,
                "tasks": outcome.gauges.tasks,
                "broken": outcome.broken(self.slack),
            })
        });
        json!({ "attacks": outcomes.collect::<Vec<_>>() })
    }
}
