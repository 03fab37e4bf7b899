//! Two servers on one PostgreSQL and one Redis, any of which may fail under load: what was answered is
//! there in the end, once, in order, and everybody has heard it, on whichever server they are.
//!
//! ```text
//! cargo run --release --example nodes -- [OPTIONS]
//!   --minutes N | --seconds N   how long faults are caused (default: 10 minutes)
//!   --seed N                    of what happens when (default: random, and said)
//!   --only NAME,NAME            these faults and no others
//! ```
//!
//! The server is `SENTINAL_BIN`, or built with the profile of this program. All parts are private
//! instances on free ports, and gone at the end. The exit code is 0 if every promise was kept.

mod arguments;
mod crowd;
mod stage;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use arguments::Arguments;
use crowd::Crowd;
use stage::{Fault, Stage};

/// Time between two faults, milliseconds.
const CALM_MS: std::ops::Range<u64> = 1_000..3_000;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nRead the head of tests/examples/nodes/main.rs.");
            return ExitCode::from(2);
        }
    };
    eprintln!("seed {}", arguments.seed);
    let mut random = StdRng::seed_from_u64(arguments.seed);
    let mut stage = Stage::set().await;
    let crowd = Crowd::gather(&stage).await;
    let end = Instant::now() + arguments.duration;
    let mut caused = 0;
    // Each at least once, in an order of its own, before any comes again.
    let mut to_come: Vec<Fault> = Vec::new();
    while Instant::now() < end || caused < arguments.faults.len() {
        if to_come.is_empty() {
            to_come.clone_from(&arguments.faults);
        }
        let calm = random.random_range(CALM_MS);
        tokio::time::sleep(Duration::from_millis(calm)).await;
        let fault = to_come.swap_remove(random.random_range(0..to_come.len()));
        let node = random.random_range(0..2);
        let since = Instant::now();
        stage.cause(fault, node).await;
        caused += 1;
        eprintln!("{fault:?} of node {node}: over after {:?}", since.elapsed());
    }
    let outcome = crowd.finish(&stage).await;
    println!("{outcome}");
    if outcome.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
