//! Where attackers run: on threads of their own, behind everybody else.
//!
//! Attackers have machines of their own and take nothing of the neighbours' or the server's. Here all share
//! one, so the threads of attackers come last: what neighbours wait for is then the server, and not the
//! program that attacks it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::attack::Attack;
use crate::stage::Scene;

/// Threads of attackers.
const THREADS: usize = 2;
/// How far they stand back: setpriority(2).
const NICENESS: i32 = 15;

/// Lets them attack for so long; how often something was tried.
pub async fn set_loose(attack: Attack, scene: Arc<Scene>, duration: Duration) -> u64 {
    let (done, outcome) = oneshot::channel();
    let attacking = thread::spawn(move || {
        step_back();
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .on_thread_start(step_back)
            .enable_all()
            .build()
            .expect("a runtime for the attackers");
        let attempts = runtime.block_on(attack.run(&scene, duration));
        // What still hangs is left behind: it is the server's to bear.
        runtime.shutdown_background();
        // Nobody waits any more where the neighbours have failed.
        let _ = done.send(attempts);
    });
    let attempts = outcome.await;
    attacking.join().expect("the attackers end");
    attempts.expect("the attackers tell what they tried")
}

/// On Linux the priority is the calling thread's alone.
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        eprintln!("attackers keep their priority: {error}");
    }
}
