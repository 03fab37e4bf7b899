//! Panics in the log.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;
use std::thread;

/// Has panics logged like everything else. The default prints them, which waits where nobody reads
/// the standard error, and where that fails panics once more, which aborts the process.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let location = panic.location().map(ToString::to_string);
        // Only if RUST_BACKTRACE asks for it.
        let backtrace = Backtrace::capture();
        let backtrace = match backtrace.status() {
            BacktraceStatus::Captured => Some(backtrace.to_string()),
            _ => None,
        };
        tracing::error!(
            thread = thread.name(),
            location,
            payload = panic.payload_as_str().unwrap_or("(no text)"),
            backtrace,
            "panicked"
        );
    }));
}
