//! What is shown while a run goes on: a bar with a word for the present step, where somebody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar that is drawn only on a terminal, and not at all if nobody wants it.
    pub fn new(quiet: bool) -> Self {
        let bar = ProgressBar::new(0);
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{prefix:>24} {bar:30} {pos}/{len} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A new step, of so many parts.
    pub fn step(&self, name: &str, parts: u64) {
        self.0.set_prefix(name.to_owned());
        self.0.set_length(parts);
        self.0.set_position(0);
        self.0.set_message("");
    }

    /// How far it is.
    pub fn at(&self, part: u64) {
        self.0.set_position(part);
    }

    /// So many parts more.
    pub fn more(&self, parts: u64) {
        self.0.inc(parts);
    }

    /// So many parts are left.
    pub fn left(&self, parts: u64) {
        let length = self.0.length().unwrap_or(parts).max(parts);
        self.0.set_length(length);
        self.0.set_position(length - parts);
    }

    /// A word beside the bar.
    pub fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Nothing more is shown.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}
