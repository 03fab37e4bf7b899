//! Random faults under load, against the real server: what was answered is there in the end, once,
//! in order, and the server serves again within five seconds of each fault's end.
//!
//! ```text
//! cargo run --release --example faults -- [OPTIONS]
//!   --minutes N | --seconds N   how long faults are caused (default: 10 minutes)
//!   --database WHERE            sqlite (default); postgres: a private instance;
//!                               postgres://…: a database of its own on that server
//!   --seed N                    of what happens when (default: random, and said)
//!   --only NAME,NAME            these faults and no others
//!   --slack N                   times as late as promised is not yet a failure (default: 1)
//!   --report FILE               the result as JSON
//! ```
//!
//! The server is `SENTINAL_BIN`, or built with the profile of this program. It is started on a
//! database and a port of its own, and gone at the end. The exit code is 0 if every promise was kept.

mod arguments;
mod crowd;
mod fault;
mod report;
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use arguments::Arguments;
use crowd::Crowd;
use fault::Schedule;
use report::Report;
use stage::Stage;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nRead the head of tests/examples/faults/main.rs.");
            return ExitCode::from(2);
        }
    };
    eprintln!("seed {}", arguments.seed);
    let mut stage = Stage::set(&arguments.database).await;
    let mut report = Report::begin(&arguments);
    let mut schedule = match Schedule::new(&arguments) {
        Ok(schedule) => schedule,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let crowd = Crowd::gather(stage.site()).await;
    let interrupted = Arc::new(AtomicBool::new(false));
    tokio::spawn(note_interrupt(Arc::clone(&interrupted)));
    let end = Instant::now() + arguments.duration;
    while Instant::now() < end && !interrupted.load(Ordering::Relaxed) {
        tokio::time::sleep(schedule.calm()).await;
        let (fault, duration) = schedule.next();
        let incident = stage.cause(fault, duration, &crowd).await;
        eprintln!("{incident}");
        report.add(incident);
    }
    crowd.finish(&mut stage, &mut report).await;
    println!("{report}");
    if let Some(path) = &arguments.report
        && let Err(error) = std::fs::write(path, report.to_json().to_string())
    {
        eprintln!("{}: {error}", path.display());
        return ExitCode::from(2);
    }
    if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Ctrl-C ends the run early, with its report, and leaves nothing running.
async fn note_interrupt(interrupted: Arc<AtomicBool>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        interrupted.store(true, Ordering::Relaxed);
    }
}
