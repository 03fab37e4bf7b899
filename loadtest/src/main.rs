//! Load on a Sentinal Chat server, and what must hold under it.
//!
//! Every subcommand starts the server's own binary on a database of its own, acts through the
//! `client` crate and checks what it gets: the exit code is not 0 if a promise was broken. The
//! store is used to fill a database before the server starts and to look at it afterwards, never
//! to send or to receive.
//!
//! `growth` shows that what is stored does not make the server slower.

#![allow(
    clippy::cast_precision_loss,
    reason = "counts become figures that people look at"
)]

mod conversation;
mod database;
mod growth;
mod latency;
mod listener;
mod meter;
mod population;
mod process;
mod publisher;
mod tokens;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Compare what three loads cost on a small and on a large database
    Growth(growth::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Growth(options) => growth::run(&options).await,
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
