//! The log of the process: lines go into a bounded buffer, a thread of its own writes them.
//!
//! Nobody who logs ever waits, and nobody fails: a pipe that nobody reads, a full disk or a closed
//! terminal costs lines of the log, which are counted, and nothing else. `tracing-appender` 0.2.5
//! has the same idea, but it prints with `println!` when its queue is stuck at the end, which
//! panics or waits in just that case, and does not count lines whose write failed.
//!
//! There is one log per process, as there is one standard error, so this is the one module with
//! state outside a [`crate::server::Server`].

mod lines;
mod panics;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::OnceLock;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};

use self::lines::Lines;

pub use self::panics::log_panics;

/// How long the end of the process waits for the last lines to be written.
const FLUSH_WITHIN: Duration = Duration::from_millis(500);

/// The lines of this process, once [`start`] was called.
static LINES: OnceLock<Lines> = OnceLock::new();

/// Starts logging to the standard error, for the whole process. A second call changes nothing.
pub fn start(logging: &Logging) -> io::Result<()> {
    if LINES.get().is_some() {
        return Ok(());
    }
    let is_terminal = io::stderr().is_terminal();
    // Past the lock of `std::io::Stderr`, which would be held as long as a write takes.
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let lines = Lines::start(stderr, logging.format)?;
    if LINES.set(lines.clone()).is_err() {
        return Ok(());
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&logging.filter))
        .with_ansi(is_terminal)
        // What cannot be formatted would be said with `eprintln!`.
        .log_internal_errors(false)
        .with_writer(lines);
    // Fails only where somebody else logs already, such as a test.
    let _ = match logging.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Lines that were lost since the start, because they could not be written, or not fast enough.
pub fn dropped_lines() -> u64 {
    LINES.get().map_or(0, Lines::dropped)
}

/// Waits until everything logged so far is written, for half a second at most.
pub fn flush() {
    if let Some(lines) = LINES.get() {
        lines.flush(FLUSH_WITHIN);
    }
}

/// Writes a line that must be seen whatever `RUST_LOG` says: why the process ends.
pub fn write_last(text: &str) {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("{text}");
    } else if let Some(lines) = LINES.get() {
        lines.push(format!("{text}\n").as_bytes());
    } else {
        // Before the log was started. Nobody is left to be told of a failure.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
