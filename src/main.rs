//! The command line.

use std::error::Error as StdError;
use std::io::{Read as _, Write as _};
use std::mem::ManuallyDrop;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process;
use std::time::Duration;

use clap::{Parser, Subcommand, value_parser};
use sentinal_chat::config::Config;
use sentinal_chat::http::openapi;
use sentinal_chat::restored::{self, MARGIN_MAX, MARGIN_MIN};
use sentinal_chat::{log, seed, serve, server};
use sentinal_store::RESTORE_MARGIN;

/// Returns a storm's memory within seconds; its options are in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How long the health check waits for its answer.
const HEALTH_DEADLINE: Duration = Duration::from_secs(3);

/// End-to-end-encrypted realtime chat server.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM, SIGINT, SIGQUIT or SIGHUP (the default)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Make a database fit to be served that was put back from a backup
    Restored {
        /// How far counters jump ahead: more than the changes of any conversation since the backup
        #[arg(long, default_value_t = RESTORE_MARGIN, value_parser = value_parser!(u64).range(MARGIN_MIN..=MARGIN_MAX))]
        margin: u64,
    },
    /// Fill the database with people and conversations for a load test; not in release mode
    Seed(seed::Options),
    /// Check the configuration and print it without secrets
    CheckConfig,
    /// Print the API document (OpenAPI 3.1)
    Openapi,
    /// Ask the server that runs with this configuration whether it lives
    Healthcheck,
}

/// Writes the last lines of the log, also where a panic ends the process.
struct FlushLog;

impl Drop for FlushLog {
    fn drop(&mut self) {
        log::flush();
    }
}

fn main() {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let flush = FlushLog;
    let status = match run(&command) {
        Ok(()) => 0,
        Err(error) => {
            log::write_last(&server::describe(&*error));
            1
        }
    };
    drop(flush);
    process::exit(status)
}

fn run(command: &Command) -> Result<(), Box<dyn StdError>> {
    if matches!(command, Command::Openapi) {
        std::io::stdout().write_all(&openapi::json())?;
        return Ok(());
    }
    let config = Config::from_environment()?;
    match command {
        Command::Serve => {
            log::start(&config.logging)?;
            log::log_panics();
            block_on(serve::serve(&config))
        }
        Command::Migrate => {
            log::start(&config.logging)?;
            Ok(block_on(server::migrate(&config))?)
        }
        Command::Restored { margin } => {
            log::start(&config.logging)?;
            let report = block_on(restored::run(&config, *margin))?;
            writeln!(std::io::stdout(), "{report}")?;
            Ok(())
        }
        Command::Seed(options) => {
            log::start(&config.logging)?;
            let report = block_on(seed::run(&config, options))?;
            writeln!(std::io::stdout(), "{report}")?;
            Ok(())
        }
        Command::CheckConfig => {
            std::io::stdout().write_all(config.describe().as_bytes())?;
            Ok(())
        }
        // Needs no configuration; see above.
        Command::Openapi => Ok(()),
        Command::Healthcheck => {
            let listen = &config.listen;
            check_health(listen.operator_address.unwrap_or(listen.address))
        }
    }
}

/// Runs a future to its end and leaves its runtime to the end of the process: dropping it would
/// wait for what blocks one of its threads, such as a look-up of a name, for as long as that takes.
fn block_on<F: Future>(future: F) -> F::Output {
    ManuallyDrop::new(actix_rt::System::new()).block_on(future)
}

/// Succeeds if `GET /livez` answers 200. Plain TCP, so that it needs neither runtime nor client.
fn check_health(listens_on: SocketAddr) -> Result<(), Box<dyn StdError>> {
    let mut address = listens_on;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_DEADLINE)?;
    stream.set_read_timeout(Some(HEALTH_DEADLINE))?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(answer.lines().next().unwrap_or("no answer").into())
}
