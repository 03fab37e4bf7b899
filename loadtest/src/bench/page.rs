//! docs/performance.md: the table between two marks, so that what people have written around it stays.

use std::fmt::Write as _;
use std::path::Path;

use super::table::{Table, number};
use super::{BYTES, CONNECT, CONVERSATION, MESSAGE, SEND, USER};
use crate::Outcome;

/// Where the table begins and ends.
const FIGURES: [&str; 2] = [
    "<!-- figures: written by `sentinal-loadtest bench --page` -->",
    "<!-- end of figures -->",
];
/// The same of what a user, a session and a message cost.
const COSTS: [&str; 2] = [
    "<!-- costs: written by `sentinal-loadtest bench --costs` -->",
    "<!-- end of costs -->",
];

/// Writes the table into a page.
pub fn write(path: &Path, table: &Table) -> Outcome {
    let (goals, met) = table.met();
    let machine = table.machine.line();
    let figures = table.markdown();
    let text = format!(
        "{machine}.\n{met} of {goals} figures with a goal meet it; those that do not are in bold.\n\
         {figures}"
    );
    between(path, FIGURES, &text)
}

/// Writes what a user, a session and a message cost into a page.
pub fn write_costs(path: &Path, table: &Table) -> Outcome {
    let databases = ["SQLite", "PostgreSQL"];
    let measured = databases.map(|of| table.value(USER, of).is_some());
    let shown: Vec<_> = databases
        .iter()
        .zip(measured)
        .filter(|(_, it)| *it)
        .collect();
    let columns: Vec<_> = shown.iter().map(|(of, _)| **of).collect();
    let mut text = format!(
        "| | {} |\n|---|{}\n",
        columns.join(" | "),
        "---:|".repeat(columns.len())
    );
    for name in [USER, CONVERSATION, MESSAGE, BYTES, CONNECT, SEND] {
        let _ = write!(text, "| {name} |");
        for of in &columns {
            let value = table.value(name, of).map(number).unwrap_or_default();
            let _ = write!(text, " {value} |");
        }
        text.push('\n');
    }
    between(path, COSTS, &text)
}

/// Puts a text between two lines of a page.
fn between(path: &Path, [begin, end]: [&str; 2], text: &str) -> Outcome {
    let page =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let around = page.split_once(begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some((before, after))
    });
    let Some((before, after)) = around else {
        return Err(format!("{}: no line `{begin}` before `{end}`", path.display()).into());
    };
    let written = format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim_end());
    Ok(std::fs::write(path, written)?)
}
