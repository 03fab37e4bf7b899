//! Attacks of one party on the others, against the real server: a neighbour who sends, reads and
//! connects meanwhile notices nothing, and the server's memory and tasks stay bounded.
//!
//! ```text
//! cargo run --release --example isolation -- [OPTIONS]
//!   --seconds N       how long each attack lasts (default: 60)
//!   --size PERCENT    of the attack in full: connections, frames, people (default: 100)
//!   --only NAME,NAME  these attacks and no others
//!   --slack N         so many times the promised limits are not yet a failure, nor are refusals of
//!                     N - 1 percent of a neighbour's requests (default: 1)
//!   --report FILE     the result as JSON
//! ```
//!
//! The server is `SENTINAL_BIN`, or built with the profile of this program; its database is SQLite, or
//! one of its own on the server that `TEST_DATABASE_URL` names. Attackers and neighbours come from
//! different addresses of the loopback network. The scene is set with limits switched off; the attack
//! meets the limits of a server that nobody has configured. The exit code is 0 if every promise was
//! kept.

mod arguments;
mod attack;
mod attackers;
mod attacks;
mod neighbours;
mod report;
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arguments::Arguments;
use attack::Attack;
use report::{Outcome, Report};
use stage::Stage;

/// What a neighbour's answers take when nothing else happens is measured for so long.
const CALM: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nRead the head of tests/examples/isolation/main.rs.");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::new(arguments.slack);
    for attack in Attack::ALL {
        if arguments.only.is_empty() || arguments.only.iter().any(|name| name == attack.name()) {
            let outcome = outcome_of(attack, &arguments).await;
            println!("{}", report.line(&outcome));
            report.add(outcome);
        }
    }
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

async fn outcome_of(attack: Attack, arguments: &Arguments) -> Outcome {
    let stage = Stage::set(attack, arguments.size).await;
    stage.neighbours.watch(CALM).await;
    let calm = stage.neighbours.take();
    let gauges = stage.watch_process();
    let attacking = attackers::set_loose(attack, Arc::clone(&stage.scene), arguments.duration);
    let (attempts, ()) = tokio::join!(attacking, stage.neighbours.watch(arguments.duration));
    let during = stage.neighbours.take();
    Outcome {
        attack,
        attempts,
        calm,
        during,
        gauges: gauges.stop().await,
        lives: stage.lives().await,
    }
}
