//! `growth`: what three loads cost on a small and on a large database, compared in one run.
//!
//! A server whose statements look at what they need costs the same with ten thousand and with a
//! million stored messages. Absolute figures differ between machines and hours; the ratio of two
//! runs that follow each other does not, so sizes take turns. The cost is the server's CPU time for
//! a unit of work, which a generator on the same cores disturbs less than it does throughput.
//!
//! It fails if anything was lost, doubled or out of order, if a send was answered `UNSETTLED` or
//! never, or if the largest database costs more than [`Options::ratio_max`] times the smallest one.

mod loads;
mod report;
mod run;

use std::path::{Path, PathBuf};

use sentinal_store::{ConnectOptions, Store};
use tempfile::TempDir;
use tokio::time::Instant;
use url::Url;

use self::loads::Load;
use self::report::Report;
use self::run::Run;
use crate::database::{Database, Databases};
use crate::population::{Population, Size};
use crate::{Outcome, process};

/// Connections to a PostgreSQL database that is being seeded or looked at.
const CONNECTIONS: u32 = 4;

/// What to compare, and how.
#[derive(clap::Args)]
pub struct Options {
    /// The server's binary; by default the one beside this program
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// A PostgreSQL server on which databases may be made; by default they are SQLite files
    #[arg(long, value_name = "URL")]
    database: Option<Url>,
    /// Where SQLite files and the server's log are kept while it runs; by default a temporary
    /// directory
    #[arg(long, value_name = "PATH")]
    directory: Option<PathBuf>,
    /// Messages stored before a load, the sizes to compare
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000])]
    stored: Vec<u64>,
    /// Loads to run
    #[arg(long = "loads", value_delimiter = ',', value_enum, default_values_t = Load::ALL)]
    loads: Vec<Load>,
    /// Seconds that each load takes
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How often each load runs on each size; the medians are compared
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Sends in flight into DMs (`direct`)
    #[arg(long, default_value_t = 256)]
    in_flight: usize,
    /// DMs that they go to: 1, or so many of the 256 pairs (`direct`)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    chats: u16,
    /// Rooms (`rooms`)
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Sockets in each room and in the group (`rooms`, `devices`); a group takes 1,024 people
    #[arg(long, default_value_t = 1_000, value_parser = members)]
    members: usize,
    /// Who sends into the group, one message at a time each (`devices`)
    #[arg(long, default_value_t = 16)]
    publishers: usize,
    /// Bytes of each ciphertext
    #[arg(long, default_value_t = 128)]
    bytes: usize,
    /// Run ANALYZE on the seeded databases: plans by statistics
    #[arg(long)]
    analyzed: bool,
    /// The largest database may cost so many times what the smallest one does
    #[arg(long, default_value_t = 1.5)]
    ratio_max: f64,
    /// Where the result goes, as JSON
    #[arg(long, value_name = "PATH", default_value = "growth.json")]
    output: PathBuf,
}

fn members(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(members @ 2..=sentinal_protocol::limits::GROUP_MEMBERS_MAX) => Ok(members),
        Ok(_) => Err("a group takes 2 to 1,024 people".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// DMs beside the one under load.
const PAIRS: usize = 256;

/// A database that runs get copies of.
struct Seeded {
    messages: u64,
    database: Database,
    population: Population,
}

/// Compares; whether all that was promised held.
pub async fn run(options: &Options) -> Outcome<bool> {
    let binary = process::find(options.server.as_deref())?;
    let parent = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let directory = TempDir::with_prefix_in("sentinal-load-", parent)?;
    let mut databases = Databases::new(directory.path(), options.database.clone());
    let outcome = compare(options, &binary, directory.path(), &mut databases).await;
    databases.remove_all().await?;
    outcome
}

async fn compare(
    options: &Options,
    binary: &Path,
    directory: &Path,
    databases: &mut Databases,
) -> Outcome<bool> {
    let mut sizes = Vec::new();
    for &messages in &options.stored {
        sizes.push(seed(options, binary, directory, databases, messages).await?);
    }
    let mut report = Report::new(databases.kind(), options);
    for round in 0..options.rounds {
        for &load in &options.loads {
            // What a machine does better or worse from the first to the second run evens out.
            let order: Vec<&Seeded> = if round % 2 == 0 {
                sizes.iter().collect()
            } else {
                sizes.iter().rev().collect()
            };
            for seeded in order {
                let run = Run {
                    options,
                    binary,
                    load,
                    stored: seeded.messages,
                    targets: load.targets(options, &seeded.population)?,
                };
                let database = databases.copy(&seeded.database).await?;
                let result = run.measure(directory, &database.url).await?;
                databases.remove(database).await?;
                report.add(result);
            }
        }
    }
    report.compare();
    report.write(&options.output)?;
    Ok(report.holds())
}

/// Makes and fills a database.
async fn seed(
    options: &Options,
    binary: &Path,
    directory: &Path,
    databases: &mut Databases,
    messages: u64,
) -> Outcome<Seeded> {
    let started = Instant::now();
    let database = databases.create().await?;
    process::migrate(binary, &database.url, directory)?;
    let store = open(&database.url).await?;
    let size = Size {
        messages,
        pairs: PAIRS,
        rooms: options.rooms,
        members: options.members,
        bytes: options.bytes,
    };
    let population = Population::seed(&store, size).await?;
    if options.analyzed {
        store.db_analyze().await?;
    }
    store.close().await?;
    let took = started.elapsed().as_secs_f64();
    eprintln!("{messages} messages are stored after {took:.1} s");
    Ok(Seeded {
        messages,
        database,
        population,
    })
}

async fn open(url: &str) -> Outcome<Store> {
    let options = ConnectOptions {
        url: url.to_owned(),
        connections_max: CONNECTIONS,
        pooler: sentinal_store::Pooler::None,
    };
    Ok(Store::open(&options).await?)
}
