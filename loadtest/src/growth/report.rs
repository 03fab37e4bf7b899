//! What is printed and written of all runs.

use std::path::Path;

use serde::Serialize;

use super::Options;
use super::loads::Load;
use super::run::Measured;
use crate::Outcome;

/// All runs, and the comparison.
#[derive(Serialize)]
pub struct Report {
    database: &'static str,
    analyzed: bool,
    ratio_max: f64,
    runs: Vec<Measured>,
    comparisons: Vec<Comparison>,
}

/// The largest database against the smallest one, in one load.
#[derive(Serialize)]
struct Comparison {
    load: Load,
    smallest: u64,
    largest: u64,
    /// Medians of all rounds, CPU time of the server for a unit; `None` if no unit was done.
    cpu_us_per_unit: [Option<f64>; 2],
    /// Largest to smallest.
    cost_ratio: Option<f64>,
    throughput_ratio: Option<f64>,
}

impl Report {
    /// Nothing yet.
    pub fn new(database: &'static str, options: &Options) -> Self {
        println!(
            "{:8} {:>9} {:>8} {:>10} {:>9} {:>7} {:>15} {:>15} {:>6} {:>8}  failed",
            "load",
            "stored",
            "sockets",
            "units/s",
            "µs/unit",
            "cores",
            "answer p50/p99",
            "arrival p50/p99",
            "stall",
            "memory"
        );
        Self {
            database,
            analyzed: options.analyzed,
            ratio_max: options.ratio_max,
            runs: Vec::new(),
            comparisons: Vec::new(),
        }
    }

    /// Adds a run and prints it.
    pub fn add(&mut self, run: Measured) {
        let times = |p50: f64, p99: f64| format!("{p50:.0}/{p99:.0} ms");
        let mut failed: Vec<String> = Vec::new();
        for (what, count) in run.errors.iter().chain(&run.disconnects) {
            failed.push(format!("{count} {what}"));
        }
        if !run.faults.none() {
            let faults = run.faults;
            failed.push(format!(
                "lost {}, doubled {}, misordered {}, unanswered {}",
                faults.lost, faults.doubled, faults.misordered, faults.unanswered
            ));
        }
        if run.cursors_behind > 0 {
            failed.push(format!("{} cursors behind", run.cursors_behind));
        }
        if !run.ended_well {
            failed.push("did not end well".to_owned());
        }
        println!(
            "{:8} {:>9} {:>8} {:>10.0} {:>9} {:>7.2} {:>15} {:>15} {:>4} s {:>5.0} MB  {}",
            run.load.name(),
            run.stored,
            run.sockets,
            run.units_per_second,
            in_micros(run.cpu_us_per_unit),
            run.cpu_seconds / run.seconds.max(f64::EPSILON),
            times(run.answer.p50_ms, run.answer.p99_ms),
            times(run.delivery.p50_ms, run.delivery.p99_ms),
            run.seconds_without_answer,
            run.memory_highest_bytes as f64 / 1e6,
            failed.join("; "),
        );
        self.runs.push(run);
    }

    /// Compares the largest database with the smallest one in each load, and prints it.
    pub fn compare(&mut self) {
        for load in Load::ALL {
            let runs: Vec<&Measured> = self.runs.iter().filter(|run| run.load == load).collect();
            let sizes = runs.iter().map(|run| run.stored);
            let (Some(smallest), Some(largest)) = (sizes.clone().min(), sizes.max()) else {
                continue;
            };
            if smallest == largest {
                continue;
            }
            let of = |stored: u64, value: &dyn Fn(&Measured) -> Option<f64>| {
                let runs = runs.iter().filter(|run| run.stored == stored);
                median(runs.filter_map(|run| value(run)).collect())
            };
            let ratio = |value: &dyn Fn(&Measured) -> Option<f64>| {
                Some(of(largest, value)? / of(smallest, value)?)
            };
            let costs = |run: &Measured| run.cpu_us_per_unit;
            let throughput = |run: &Measured| Some(run.units_per_second).filter(|it| *it > 0.0);
            let comparison = Comparison {
                load,
                smallest,
                largest,
                cpu_us_per_unit: [of(smallest, &costs), of(largest, &costs)],
                cost_ratio: ratio(&costs),
                throughput_ratio: ratio(&throughput),
            };
            let [small, large] = comparison.cpu_us_per_unit;
            println!(
                "{}: {} µs per {} with {smallest} messages, {} with {largest}: {} × the cost, {} × \
                 the throughput",
                load.name(),
                in_micros(small),
                load.unit(),
                in_micros(large),
                in_micros(comparison.cost_ratio),
                in_micros(comparison.throughput_ratio),
            );
            self.comparisons.push(comparison);
        }
    }

    /// Whether nothing broke and nothing grew; prints it.
    pub fn holds(&self) -> bool {
        let well = |run: &Measured| run.faults.none() && run.ended_well;
        let level = |it: &Comparison| it.cost_ratio.is_some_and(|ratio| ratio <= self.ratio_max);
        let (kept, flat) = (
            self.runs.iter().all(well),
            self.comparisons.iter().all(level),
        );
        if !kept {
            println!("a promise was broken: see the runs");
        }
        if !flat {
            println!("what is stored costs more than {} times", self.ratio_max);
        }
        kept && flat
    }

    /// Writes it as JSON.
    pub fn write(&self, path: &Path) -> Outcome {
        std::fs::write(path, serde_json::to_string_pretty(self)?)?;
        Ok(())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

fn in_micros(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.2}"))
}
