//! What a run comes to: a table for people, JSON for programs, a page with plots.

pub mod compare;
mod html;
mod svg;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::board::{Board, Fault, Faults, histogram};
use crate::machine::Machine;
use crate::run::Plan;
use crate::sampler::{Sample, Sampler};
use crate::scenario::Scenario;
use crate::watch::Seen;

/// Quantiles that are reported.
const QUANTILES: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 1.0];

/// Where results go.
#[derive(clap::Args)]
pub struct Output {
    /// Where the result goes as JSON
    #[arg(long, value_name = "PATH", default_value = "loadtest.json")]
    pub output: PathBuf,
    /// Where the page with the plots goes
    #[arg(long, value_name = "PATH", default_value = "loadtest.html")]
    pub html: PathBuf,
}

/// A histogram as it is written: how often which time, in microseconds.
pub type Buckets = Vec<(u64, u64)>;

/// What is counted over all processes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Broken promises.
    pub faults: BTreeMap<Fault, Faults>,
    /// Everything that happened, by name.
    pub counts: BTreeMap<String, u64>,
    /// Refusals by code. What may be repeated was.
    pub refusals: BTreeMap<String, u64>,
    /// Ended connections by cause. They were made again.
    pub disconnects: BTreeMap<String, u64>,
    /// From the time at which a message was to be sent to its answer.
    pub answer: Buckets,
    /// To its arrival on a live socket.
    pub arrival: Buckets,
}

impl Totals {
    /// What one process has counted.
    pub fn of(board: &Board) -> Self {
        let counts = [
            ("people", board.arrived.get()),
            ("messages intended", board.intended.get()),
            ("messages answered", board.answered.get()),
            ("messages delivered", board.delivered.get()),
            ("of them replayed", board.replayed.get()),
            ("frames", board.frames.get()),
            ("typing seen", board.typing.get()),
            ("calls answered", board.calls.get()),
            ("newcomers", board.newcomers.get()),
            ("returns", board.returns.get()),
        ];
        Self {
            faults: board.faults(),
            counts: counts
                .iter()
                .map(|(name, it)| ((*name).to_owned(), *it))
                .collect(),
            refusals: board.refusals(),
            disconnects: board.disconnects(),
            answer: buckets(&board.answer.all()),
            arrival: buckets(&board.arrival.all()),
        }
    }

    /// Adds what another process has counted.
    pub fn add(&mut self, other: Self) {
        for (fault, theirs) in other.faults {
            let ours = self.faults.entry(fault).or_default();
            ours.count += theirs.count;
            ours.examples.extend(theirs.examples);
        }
        for (sums, more) in [
            (&mut self.counts, other.counts),
            (&mut self.refusals, other.refusals),
            (&mut self.disconnects, other.disconnects),
        ] {
            for (name, count) in more {
                *sums.entry(name).or_default() += count;
            }
        }
        self.answer.extend(other.answer);
        self.arrival.extend(other.arrival);
    }
}

/// Times at some quantiles, milliseconds.
pub type Times = BTreeMap<String, f64>;

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// What was done.
    pub scenario: Scenario,
    /// What the database was.
    pub database: String,
    /// Everything that was counted.
    pub totals: Totals,
    /// Intended time to answer.
    pub answer_ms: Times,
    /// Intended time to arrival.
    pub arrival_ms: Times,
    /// The server before the scripts began and after everything had arrived.
    pub server: Option<[Seen; 2]>,
    /// What was broken on purpose.
    pub broken: Option<String>,
    /// Whether the server ended in time and said that all was well.
    pub ended_well: bool,
    /// A look at everything, once a second.
    pub samples: Vec<Sample>,
}

impl Report {
    /// Puts it together.
    pub fn new(plan: Plan, totals: Totals, sampler: Sampler, broken: Option<String>) -> Self {
        let server = sampler.before.zip(sampler.after);
        Self {
            machine: Machine::this(),
            scenario: plan.scenario,
            database: plan.database,
            answer_ms: times(&totals.answer),
            arrival_ms: times(&totals.arrival),
            totals,
            server: server.map(|(before, after)| [before, after]),
            broken,
            ended_well: true,
            samples: sampler.samples,
        }
    }

    /// Whether every promise held.
    pub fn holds(&self) -> bool {
        self.totals.faults.is_empty() && self.ended_well
    }

    /// Figures that sum a run up, by name; `compare` puts those of two runs side by side.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        for (name, count) in &self.totals.counts {
            figures.insert(name.clone(), *count as f64);
        }
        for (what, times) in [("answer", &self.answer_ms), ("arrival", &self.arrival_ms)] {
            for (quantile, ms) in times {
                figures.insert(format!("{what} {quantile}, ms"), *ms);
            }
        }
        let seconds = self.samples.last().map_or(0.0, |sample| sample.seconds);
        let count = |name: &str| self.totals.counts.get(name).copied().unwrap_or_default() as f64;
        let delivered = count("messages delivered");
        figures.insert(
            "deliveries per second".to_owned(),
            delivered / seconds.max(1.0),
        );
        if let Some([before, after]) = self.server {
            let cpu_us = (after.cpu_seconds - before.cpu_seconds) * 1e6;
            let per = |units: f64| cpu_us / units.max(1.0);
            figures.insert("server CPU per delivery, µs".to_owned(), per(delivered));
            let answered = count("messages answered");
            figures.insert("server CPU per message, µs".to_owned(), per(answered));
            figures.insert(
                "server memory at the end, MiB".to_owned(),
                after.memory_bytes as f64 / f64::from(1 << 20),
            );
            if let (Some(first), Some(last)) = (before.statements, after.statements) {
                let statements = last.saturating_sub(first) as f64 / answered.max(1.0);
                figures.insert("statements per message".to_owned(), statements);
            }
        }
        figures
    }

    /// Prints it for people.
    pub fn print(&self) {
        println!("{} on {}", self.scenario.name, self.database);
        for (name, figure) in self.figures() {
            println!("  {name:34} {figure:>14.2}");
        }
        for (title, counts) in [
            ("refused", &self.totals.refusals),
            ("disconnected", &self.totals.disconnects),
        ] {
            for (what, count) in counts {
                println!("  {title:12} {what:40} {count:>6}");
            }
        }
        if let Some(broken) = &self.broken {
            println!("broken: {broken}");
        }
        if self.holds() {
            println!(
                "every promise held: nothing lost, doubled, out of order, undecodable or late; unread counts agree"
            );
        }
        for (fault, faults) in &self.totals.faults {
            println!("BROKEN PROMISE: {fault:?}, {} times", faults.count);
            for example in faults.examples.iter().take(3) {
                println!("    {example}");
            }
        }
        if !self.ended_well {
            println!("BROKEN PROMISE: the server did not end well");
        }
    }

    /// Writes JSON and page.
    pub fn write(&self, output: &Output) -> Outcome {
        std::fs::write(&output.output, serde_json::to_string(self)?)?;
        std::fs::write(&output.html, html::page(self))?;
        println!("{} and {}", output.output.display(), output.html.display());
        Ok(())
    }

    /// Reads what [`Self::write`] has written.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }
}

fn buckets(times: &Histogram<u64>) -> Buckets {
    let recorded = times.iter_recorded();
    recorded
        .map(|it| (it.value_iterated_to(), it.count_at_value()))
        .collect()
}

/// The histogram that was written.
pub fn from_buckets(buckets: &Buckets) -> Histogram<u64> {
    let mut times = histogram();
    for (micros, count) in buckets {
        times.saturating_record_n(*micros, *count);
    }
    times
}

/// Times at all quantiles, milliseconds.
fn times(written: &Buckets) -> Times {
    let times = from_buckets(written);
    let at = |quantile: f64| {
        let micros = times.value_at_quantile(quantile);
        (name_of(quantile), micros as f64 / 1_000.0)
    };
    if times.is_empty() {
        return Times::new();
    }
    QUANTILES.into_iter().map(at).collect()
}

fn name_of(quantile: f64) -> String {
    if quantile >= 1.0 {
        "max".to_owned()
    } else {
        format!("p{}", quantile * 100.0)
    }
}
