//! Which signals end the server, and how.
//!
//! SIGTERM, SIGINT, SIGQUIT and SIGHUP drain alike. One more SIGINT or SIGQUIT, which only people
//! send, ends a drain at once. SIGTERM and SIGHUP do not: supervisors, `timeout` and closing
//! terminals send them twice and mean one.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use nix::sys::signal::Signal as Known;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// Signals so soon after the first one are the same wish: some programs send theirs to a process
/// and to its group.
const SAME_WISH: Duration = Duration::from_secs(1);

/// The signals that end this process, from now on caught.
pub struct Signals {
    caught: Vec<(Known, Signal)>,
}

impl Signals {
    /// Catches them.
    pub fn catch() -> io::Result<Self> {
        // A write past a limit of file sizes fails, as a full disk does, instead of ending the
        // process: the handler that tokio installs stays.
        drop(signal(kind(Known::SIGXFSZ))?);
        let mut caught = Vec::new();
        for known in [Known::SIGTERM, Known::SIGINT, Known::SIGQUIT, Known::SIGHUP] {
            // `nohup` ignores it, so that the process survives its terminal.
            if known == Known::SIGHUP && is_ignored(known) {
                continue;
            }
            caught.push((known, signal(kind(known))?));
        }
        Ok(Self { caught })
    }

    /// The next signal that ends the server.
    pub async fn next(&mut self) -> &'static str {
        self.any().await.as_str()
    }

    /// A signal that ends a drain that another one has begun.
    pub async fn insisted(&mut self) -> &'static str {
        let first = Instant::now();
        loop {
            let known = self.any().await;
            let insists = matches!(known, Known::SIGINT | Known::SIGQUIT);
            if insists && first.elapsed() >= SAME_WISH {
                return known.as_str();
            }
        }
    }

    async fn any(&mut self) -> Known {
        poll_fn(|cx| {
            for (known, signal) in &mut self.caught {
                if signal.poll_recv(cx).is_ready() {
                    return Poll::Ready(*known);
                }
            }
            Poll::Pending
        })
        .await
    }
}

fn kind(known: Known) -> SignalKind {
    SignalKind::from_raw(known as i32)
}

/// Whether whoever started this process has it ignore a signal.
fn is_ignored(known: Known) -> bool {
    // Asking the system directly needs unsafe code.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| (mask >> (known as i32 - 1)) & 1 == 1)
}
