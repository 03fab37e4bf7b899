//! The command line.

use std::error::Error as StdError;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use sentinal_actors::app::App;
use sentinal_chat::config::Config;
use sentinal_chat::http::openapi;
use sentinal_chat::server::{self, Server};
use tokio::signal::unix::{SignalKind, signal};

/// Returns a storm's memory within seconds; its options are in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How long the health check waits for its answer.
const HEALTH_DEADLINE: Duration = Duration::from_secs(3);

/// How often the actors that a node cannot do without are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// End-to-end-encrypted realtime chat server.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT (the default)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Check the configuration and print it without secrets
    CheckConfig,
    /// Print the API document (OpenAPI 3.1)
    Openapi,
    /// Ask the server that runs with this configuration whether it lives
    Healthcheck,
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
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

fn run(command: &Command) -> Result<(), Box<dyn StdError>> {
    if matches!(command, Command::Openapi) {
        std::io::stdout().write_all(&openapi::json())?;
        return Ok(());
    }
    let config = Config::from_environment()?;
    match command {
        Command::Serve => {
            config.logging.start();
            actix_rt::System::new().block_on(serve(&config))
        }
        Command::Migrate => {
            config.logging.start();
            actix_rt::System::new().block_on(async {
                server::open_store(&config).await?.close().await?;
                Ok(())
            })
        }
        Command::CheckConfig => {
            print!("{}", config.describe());
            Ok(())
        }
        // Needs no configuration; see above.
        Command::Openapi => Ok(()),
        Command::Healthcheck => check_health(config.listen.address),
    }
}

/// Serves until a signal says that it is enough.
async fn serve(config: &Config) -> Result<(), Box<dyn StdError>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = Server::start(config).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        actor = ended_actor(server.app()) => {
            // Nothing that was answered is lost: it is in the database.
            return Err(format!("the {actor} actor has ended; the node cannot go on").into());
        }
    }
    server.stop().await?;
    Ok(())
}

/// Ends once an actor has ended that the node cannot do without.
async fn ended_actor(app: &App) -> &'static str {
    let mut look = actix_rt::time::interval(WATCH_EVERY);
    loop {
        look.tick().await;
        if let Some(actor) = app.ended_actor() {
            return actor;
        }
    }
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
