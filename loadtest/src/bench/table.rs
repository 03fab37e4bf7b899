//! The table of figures, each beside its goal: on the terminal, as JSON, and as docs/performance.md.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::machine::Machine;

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Goal {
    /// So much at most.
    AtMost(f64),
    /// So much at least.
    AtLeast(f64),
    /// Nobody has said.
    None,
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::None => true,
        }
    }

    fn told(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", number(most)),
            Self::AtLeast(least) => format!("≥ {}", number(least)),
            Self::None => String::new(),
        }
    }
}

/// A figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The part of the table.
    pub part: String,
    /// What it is, with its unit.
    pub name: String,
    /// On which database, or of which peer.
    pub of: String,
    /// What was measured; nothing where that failed.
    pub value: Option<f64>,
    /// What it is to be.
    pub goal: Goal,
    /// Why there is no value.
    pub why: Option<String>,
}

/// All figures of one run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Table {
    /// The machine that it was measured on.
    pub machine: Machine,
    /// What was measured, in this order.
    pub figures: Vec<Figure>,
}

/// Adds figures of one part and one database.
pub struct Part<'a> {
    table: &'a mut Table,
    name: &'static str,
    of: &'a str,
}

impl Table {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            machine: Machine::this(),
            figures: Vec::new(),
        }
    }

    /// To add figures to.
    pub fn part<'a>(&'a mut self, part: &'static str, of: &'a str) -> Part<'a> {
        Part {
            table: self,
            name: part,
            of,
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, path: &Path) -> Outcome {
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)?)?)
    }

    /// The table in Markdown: a line for each figure, a column for each database or peer.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for part in distinct(self.figures.iter().map(|it| it.part.as_str())) {
            let of_part = || self.figures.iter().filter(move |it| it.part == part);
            let columns = distinct(of_part().map(|it| it.of.as_str()));
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n## {part}\n\n| | {} | goal |\n|---|",
                columns.join(" | ")
            );
            let _ = writeln!(text, "{}---|", "---:|".repeat(columns.len()));
            for name in distinct(of_part().map(|it| it.name.as_str())) {
                let of_name = || of_part().filter(move |it| it.name == name);
                let _ = write!(text, "| {name} |");
                for column in &columns {
                    let figure = of_name().find(|it| it.of == *column);
                    let _ = write!(text, " {} |", figure.map(shown).unwrap_or_default());
                }
                let goals = distinct_owned(of_name().map(|it| it.goal.told()));
                let _ = writeln!(text, " {} |", goals.join(" / "));
            }
        }
        text
    }

    /// Figures with a goal, and those that meet it.
    pub fn met(&self) -> (usize, usize) {
        let with_goal = self.figures.iter().filter(|it| it.goal != Goal::None);
        let met = with_goal
            .clone()
            .filter(|it| it.value.is_some_and(|value| it.goal.is_met(value)));
        (with_goal.count(), met.count())
    }

    /// A figure that was measured before.
    pub fn value(&self, name: &str, of: &str) -> Option<f64> {
        let figure = self
            .figures
            .iter()
            .find(|it| it.name == name && it.of == of);
        figure.and_then(|it| it.value)
    }
}

impl Part<'_> {
    /// Adds one, and prints it.
    pub fn add(&mut self, name: &str, value: f64, goal: Goal) {
        self.push(name, Some(value), goal, None);
    }

    /// Adds one that could not be measured.
    pub fn failed(&mut self, name: &str, goal: Goal, why: &dyn std::fmt::Display) {
        self.push(name, None, goal, Some(why.to_string()));
    }

    fn push(&mut self, name: &str, value: Option<f64>, goal: Goal, why: Option<String>) {
        let figure = Figure {
            part: self.name.to_owned(),
            name: name.to_owned(),
            of: self.of.to_owned(),
            value,
            goal,
            why,
        };
        let why = figure.why.as_deref().unwrap_or_default();
        println!(
            "{:12} {:62} {:>12}  {:12} {why}",
            figure.of,
            figure.name,
            shown(&figure),
            figure.goal.told()
        );
        self.table.figures.push(figure);
    }
}

/// A value, in bold letters if it misses its goal.
fn shown(figure: &Figure) -> String {
    match figure.value {
        None => "failed".to_owned(),
        Some(value) if figure.goal.is_met(value) => number(value),
        Some(value) => format!("**{}**", number(value)),
    }
}

/// Three digits, or all of a large number.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        it if it >= 100.0 || it.fract() == 0.0 => 0,
        it if it >= 10.0 => 1,
        _ => 2,
    };
    let plain = format!("{value:.digits$}");
    let whole = plain
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_start_matches('-')
        .len();
    if whole <= 4 {
        return plain;
    }
    // A large number has no fraction; its digits come in threes.
    let mut text = String::new();
    for (place, digit) in plain.chars().enumerate() {
        let left = plain.len() - place;
        if place > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn distinct_owned(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in all {
        if !one.is_empty() && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_large_ones_whole() {
        let told = [0.0, 0.123, 12.34, 123.4, 4_096.0, 12_345.6, 1_234_567.0].map(number);
        assert_eq!(
            told,
            ["0", "0.12", "12.3", "123", "4096", "12,346", "1,234,567"]
        );
    }

    #[test]
    fn a_line_has_a_column_for_each_database() {
        let mut table = Table::default();
        for (of, value) in [("SQLite", 2.0), ("PostgreSQL", 0.5)] {
            table.part("Sends", of).add("µs", value, Goal::AtMost(1.0));
        }
        let expected = "\n## Sends\n\n| | SQLite | PostgreSQL | goal |\n|---|---:|---:|---|\n\
                        | µs | **2** | 0.50 | ≤ 1 |\n";
        assert_eq!(table.markdown(), expected);
        assert_eq!(table.met(), (2, 1));
    }
}
