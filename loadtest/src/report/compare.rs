//! `compare`: the figures of two runs side by side.

use std::path::Path;

use super::Report;
use crate::Outcome;

/// Prints what differs between two runs.
pub fn run(before: &Path, after: &Path) -> Outcome<bool> {
    let (one, other) = (Report::read(before)?, Report::read(after)?);
    println!(
        "A: {} on {}; {}",
        one.scenario.name,
        one.database,
        one.machine.line()
    );
    println!(
        "B: {} on {}; {}",
        other.scenario.name,
        other.database,
        other.machine.line()
    );
    if one.scenario != other.scenario {
        println!("the scenarios differ: figures of the one say little about the other");
    }
    println!("{:36} {:>14} {:>14} {:>8}", "", "A", "B", "B / A");
    let (figures, others) = (one.figures(), other.figures());
    for (name, first) in &figures {
        let Some(second) = others.get(name) else {
            continue;
        };
        let ratio = if *first > 0.0 {
            format!("{:.2}", second / first)
        } else {
            String::new()
        };
        println!("{name:36} {first:>14.2} {second:>14.2} {ratio:>8}");
    }
    for (name, report) in [("A", &one), ("B", &other)] {
        for (fault, faults) in &report.totals.faults {
            println!("{name}: BROKEN PROMISE: {fault:?}, {} times", faults.count);
        }
    }
    Ok(true)
}
