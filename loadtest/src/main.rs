//! Load on a Sentinal Chat server, and what must hold under it.
//!
//! Every subcommand starts the server's own binary on a database of its own, acts through the
//! `client` crate and checks what it gets: the exit code is not 0 if a promise was broken. The
//! store is used to fill a database before the server starts and to look at it afterwards, never
//! to send or to receive.
//!
//! `run` plays people (`person/`) and reports (`report/`); `compare` puts two of its reports side by
//! side; `bench` measures what things cost and puts goals beside it; `growth` shows that what is stored does not make the server slower.

#![allow(
    clippy::cast_precision_loss,
    reason = "counts become figures that people look at"
)]

mod bench;
mod board;
mod checks;
mod conversation;
mod database;
mod growth;
mod latency;
mod listener;
mod machine;
mod meter;
mod outbox;
mod payload;
mod person;
mod population;
mod population_file;
mod process;
mod progress;
mod proxy;
mod publisher;
mod report;
mod run;
mod sampler;
mod scenario;
mod tokens;
mod watch;
mod world;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What any step of this program may end with.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Load on a Sentinal Chat server, and what must hold under it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Let people live on a server for a while, and check what it promises
    Run(Box<run::Options>),
    /// Put the figures of two runs side by side
    Compare {
        /// What an earlier `run` wrote
        before: PathBuf,
        /// What a later one wrote
        after: PathBuf,
    },
    /// Measure this machine's figures, each beside its goal
    Bench(bench::Options),
    /// Compare what three loads cost on a small and on a large database
    Growth(growth::Options),
}

fn main() -> ExitCode {
    raise_open_files();
    let outcome = match Arguments::parse().command {
        // People are actors, on threads of actix's own.
        Command::Run(options) => actix::System::new().block_on(run::run(&options)),
        Command::Compare { before, after } => report::compare::run(&before, &after),
        Command::Bench(options) => actix::System::new().block_on(bench::run(&options)),
        Command::Growth(options) => on_all_cores(growth::run(&options)),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

/// Each socket is an open file, and the usual soft limit of 1,024 is that of another age: takes what the
/// hard limit allows. The server that is started does the same.
fn raise_open_files() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Where it is refused, the sockets that do not fit are told of.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// Runs something that is made of tasks.
fn on_all_cores(running: impl Future<Output = Outcome<bool>>) -> Outcome<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(running)
}
