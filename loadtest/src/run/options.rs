//! What `run` can be told.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

use crate::Outcome;
use crate::proxy::Break;
use crate::report::Output;
use crate::scenario::{Groups, Scenario};

/// Who lives on which server, for how long, and where the result goes.
#[derive(clap::Args)]
pub struct Options {
    /// A scenario (TOML); flags win over it
    #[arg(long, value_name = "PATH")]
    pub scenario: Option<PathBuf>,
    /// People
    #[arg(long)]
    people: Option<usize>,
    /// Groups, as `COUNTxMEMBERS`: `10x100` is ten groups of a hundred people each
    #[arg(long, value_delimiter = ',')]
    groups: Vec<GroupsText>,
    /// Seconds over which people arrive
    #[arg(long)]
    ramp: Option<u64>,
    /// Seconds that the load lasts
    #[arg(long)]
    duration: Option<u64>,
    /// Messages of a chatter, per minute
    #[arg(long)]
    rate: Option<f64>,
    /// A live message later than so many milliseconds is late
    #[arg(long, value_name = "MILLISECONDS")]
    late_after: Option<u64>,
    /// The server's binary; by default the one beside this program
    #[arg(long, value_name = "PATH")]
    pub server: Option<PathBuf>,
    /// A PostgreSQL server on which a database may be made; by default it is an SQLite file
    #[arg(long, value_name = "URL")]
    pub database: Option<Url>,
    /// Where the SQLite file and the server's log are kept while it runs; by default a temporary
    /// directory
    #[arg(long, value_name = "PATH")]
    pub directory: Option<PathBuf>,
    /// A server that runs already, instead of one of this program's own; needs --population
    #[arg(long, value_name = "URL", requires = "population")]
    pub url: Option<Url>,
    /// What `sentinal-chat seed` wrote on that server's database
    #[arg(long, value_name = "PATH", requires = "url")]
    pub population: Option<PathBuf>,
    /// Threads that people live on
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub threads: u8,
    /// Addresses that connections leave from, 127.0.1.1 and those that follow; 0 leaves it to the
    /// system. One address reaches one server about 28,000 times
    #[arg(long, default_value_t = 0)]
    pub addresses: u8,
    /// Processes that share the run: this one and those that --join
    #[arg(long, default_value_t = 1, requires = "meet")]
    pub processes: usize,
    /// Where the others find this one
    #[arg(long, value_name = "ADDRESS")]
    pub meet: Option<SocketAddr>,
    /// Share the run of the process that meets others here
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["processes", "meet", "url", "scenario"])]
    pub join: Option<SocketAddr>,
    /// People whose conversations are compared with what the server says at the end
    #[arg(long, default_value_t = 1_000)]
    pub verify: usize,
    /// Seconds without any progress after which what is missing at the end counts as lost
    #[arg(long, default_value_t = 20)]
    pub patience: u64,
    /// Break something on the way, which must be found: one frame in --one-in of those that the server
    /// sends
    #[arg(long = "break", value_enum)]
    pub breaks: Option<Break>,
    /// See --break
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub one_in: u64,
    /// No progress bars
    #[arg(long)]
    pub quiet: bool,
    /// Where results go
    #[command(flatten)]
    pub output: Output,
}

/// [`Groups`] as the command line has them.
#[derive(Clone, Copy, Debug)]
struct GroupsText(Groups);

impl std::str::FromStr for GroupsText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('x').and_then(|(count, members)| {
            Some(Groups {
                count: count.parse().ok()?,
                members: members.parse().ok()?,
            })
        });
        parts
            .map(Self)
            .ok_or_else(|| "COUNTxMEMBERS, such as 10x100".to_owned())
    }
}

impl Options {
    /// The scenario with its flags.
    pub fn scenario(&self) -> Outcome<Scenario> {
        let mut scenario = match &self.scenario {
            Some(path) => Scenario::read(path)?,
            None => Scenario::default(),
        };
        if let Some(people) = self.people {
            scenario.people = people;
        }
        if !self.groups.is_empty() {
            scenario.groups = self.groups.iter().map(|it| it.0).collect();
        }
        if let Some(ramp) = self.ramp {
            scenario.ramp_seconds = ramp;
        }
        if let Some(duration) = self.duration {
            scenario.duration_seconds = duration;
        }
        if let Some(rate) = self.rate {
            scenario.rates.messages_per_minute = rate;
        }
        if let Some(late_after) = self.late_after {
            scenario.late_after_ms = late_after;
        }
        scenario.check()?;
        Ok(scenario)
    }
}
