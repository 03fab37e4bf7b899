//! The threads that compute password hashes: as many as there are cores, behind everything else.
//!
//! One hash keeps a core busy for a quarter of a second. On threads of the same priority as the workers'
//! a flood of logins would take half of each core, and everybody's answers would wait for their slice of
//! it; behind them it takes what they leave over, and at least a quarter of a core that is never idle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use tokio::sync::oneshot;

/// How far they stand back behind the other threads of the process: setpriority(2).
const NICENESS: i32 = 5;

type Work = Box<dyn FnOnce() + Send>;

/// The threads. They end when this is dropped and what was handed in is done.
pub(super) struct PasswordThreads(Sender<Work>);

/// The work panicked, so there is no outcome.
#[derive(Debug, thiserror::Error)]
#[error("the computation of a password hash panicked")]
pub(super) struct Panicked;

impl PasswordThreads {
    /// Starts so many.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..count {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work_through(&receiver))?;
        }
        Ok(Self(sender))
    }

    /// Runs the work on the next free thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, outcome) = oneshot::channel();
        let work = Box::new(move || {
            // Whoever asked may have gone away.
            let _ = done.send(work());
        });
        self.0.send(work).map_err(|_| Panicked)?;
        outcome.await.map_err(|_| Panicked)
    }
}

fn work_through(receiver: &Mutex<Receiver<Work>>) {
    // On Linux the priority is the calling thread's alone.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "password hashes are computed at the priority of everything else");
    }
    loop {
        let next = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else {
            return;
        };
        // Its caller hears of the panic because the outcome is dropped; the thread is needed again.
        let _ = catch_unwind(AssertUnwindSafe(work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_reaches_its_caller_and_no_other() {
        let threads = PasswordThreads::start(1).unwrap();
        let broken = threads.run(|| -> u32 { panic!("on purpose") }).await;
        assert!(matches!(broken, Err(Panicked)));
        assert_eq!(threads.run(|| 7).await.unwrap(), 7);
    }
}
