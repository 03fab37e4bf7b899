//! `bench`: the figures of this machine, each beside its goal.
//!
//! One command measures everything, in an order that needs each database once: deliveries beside
//! uWebSockets, sessions, durable sends, reads. What is compared is the CPU time of the server for a
//! unit of work, from the kernel: it depends less on what else runs than throughput does. Every case
//! gets a fresh server on a fresh copy of a database.
//!
//! `bench --counts` is the form for CI: it counts what does not depend on the machine
//! ([`counts`]).

mod counts;
mod deliveries;
mod page;
mod peer;
mod reads;
mod rooms;
mod sends;
mod sessions;
mod space;
mod stage;
mod table;
mod wire;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use url::Url;

use self::stage::{Seeded, Stage};
use self::table::{Goal, Table};
use crate::database::Databases;
use crate::population::Size;
use crate::sampler::quantiles;
use crate::{Outcome, process};

/// Sockets of the large cases.
const SOCKETS: usize = 10_000;
/// Members of a large room.
const MEMBERS: usize = 1_000;
/// Members of a small one.
const FEW: usize = 10;
/// Sends in flight.
const IN_FLIGHT: usize = 256;

/// What is measured, and where the result goes.
#[derive(clap::Args)]
pub struct Options {
    /// The server's binary; by default the one beside this program
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// A PostgreSQL server on which databases may be made: everything is measured there, too
    #[arg(long, value_name = "URL")]
    database: Option<Url>,
    /// Where databases and the server's log are kept while it runs; by default a temporary directory
    #[arg(long, value_name = "PATH")]
    directory: Option<PathBuf>,
    /// Seconds that each case is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Parts to measure: deliveries, sessions, sends, reads
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = What::ALL)]
    parts: Vec<What>,
    /// Without uWebSockets, which is otherwise fetched from PyPI and compiled
    #[arg(long)]
    no_peers: bool,
    /// Where all figures go, as JSON
    #[arg(long, value_name = "PATH", default_value = "bench.json")]
    output: PathBuf,
    /// Write the table into this page, such as docs/performance.md
    #[arg(long, value_name = "PATH")]
    page: Option<PathBuf>,
    /// Write what a user, a session and a message cost into this page, such as README.md
    #[arg(long, value_name = "PATH")]
    costs: Option<PathBuf>,
    /// Only count what does not depend on the machine, and compare it with this file
    #[arg(long, value_name = "PATH")]
    counts: Option<PathBuf>,
    /// Record the counts instead of comparing them
    #[arg(long, requires = "counts")]
    record: bool,
}

/// A part of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Fan-out to rooms
    Deliveries,
    /// Connecting and idling
    Sessions,
    /// Durable sends
    Sends,
    /// Lists, history, bundles, sync, catch-up
    Reads,
}

impl What {
    const ALL: [Self; 4] = [Self::Deliveries, Self::Sessions, Self::Sends, Self::Reads];
}

/// Everything that cases need.
struct Bench<'a> {
    options: &'a Options,
    binary: &'a Path,
    directory: &'a Path,
    databases: &'a mut Databases,
    table: &'a mut Table,
}

/// Measures; whether everything could be.
pub async fn run(options: &Options) -> Outcome<bool> {
    let binary = process::find(options.server.as_deref())?;
    let parent = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let directory = TempDir::with_prefix_in("sentinal-bench-", parent)?;
    if let Some(recorded) = &options.counts {
        let mut databases = Databases::new(directory.path(), None);
        return counts::run(
            &binary,
            directory.path(),
            &mut databases,
            recorded,
            options.record,
        )
        .await;
    }
    let mut table = Table::new();
    println!("{}", table.machine.line());
    if options.parts.contains(&What::Deliveries) && !options.no_peers {
        deliveries::measure_peer(options, &directory.path().join("peer"), &mut table).await?;
    }
    let postgres = options.database.clone().map(Some);
    for admin in std::iter::once(None).chain(postgres) {
        let mut databases = Databases::new(directory.path(), admin);
        let mut bench = Bench {
            options,
            binary: &binary,
            directory: directory.path(),
            databases: &mut databases,
            table: &mut table,
        };
        let measured = bench.run().await;
        databases.remove_all().await?;
        measured?;
    }
    let (goals, met) = table.met();
    println!("{met} of {goals} figures with a goal meet it");
    table.write(&options.output)?;
    if let Some(path) = &options.page {
        page::write(path, &table)?;
    }
    if let Some(path) = &options.costs {
        page::write_costs(path, &table)?;
    }
    Ok(table.figures.iter().all(|figure| figure.value.is_some()))
}

/// Parts of the table.
const SESSIONS: &str = "Sessions";
/// See [`SESSIONS`].
const SENDS: &str = "Durable sends";
/// See [`SESSIONS`].
const READS: &str = "Reads";
/// See [`SESSIONS`].
const SPACE: &str = "Space";

/// What a session holds.
const BYTES: &str = "idle session, bytes of memory at 10,000";

/// What is on disk of a user.
const USER: &str = "user with one device, keys and login, bytes on disk";
/// Of a DM.
const CONVERSATION: &str = "conversation of two, bytes on disk";
/// Of a message.
const MESSAGE: &str = "message for one device, bytes on disk beside its ciphertext";
/// What a send costs.
const SEND: &str = "256 DMs, 256 in flight, µs of the server";
/// What it costs to connect.
const CONNECT: &str = "connect, µs of the server";

impl Bench<'_> {
    async fn run(&mut self) -> Outcome {
        let size = |rooms, members| Size {
            messages: 0,
            pairs: IN_FLIGHT,
            rooms,
            members,
            bytes: rooms::BYTES,
        };
        let has = |what| self.options.parts.contains(&what);
        let parts = [What::Deliveries, What::Sessions, What::Sends, What::Reads].map(has);
        let [deliveries, sessions, sends, reads] = parts;
        let large = size(SOCKETS / MEMBERS, MEMBERS);
        let large = self.seed(large).await?;
        if deliveries {
            self.deliveries(&large).await?;
            let small = self.seed(size(SOCKETS / FEW, FEW)).await?;
            self.small_rooms(&small).await?;
        }
        if sessions {
            self.sessions(&large).await?;
        }
        if sends {
            self.sends(&large).await?;
        }
        if reads {
            self.reads(&large).await?;
        }
        self.space().await
    }

    async fn space(&mut self) -> Outcome {
        let space = space::weigh(self.binary, self.directory, self.databases).await?;
        let mut part = self.table.part(SPACE, self.databases.kind());
        part.add(USER, space.user, Goal::None);
        part.add(CONVERSATION, space.conversation, Goal::None);
        part.add(MESSAGE, space.message, Goal::None);
        Ok(())
    }

    async fn seed(&mut self, size: Size) -> Outcome<Seeded> {
        let (binary, directory) = (self.binary, self.directory);
        Seeded::make(binary, directory, self.databases, size, stage::BACKLOG).await
    }

    async fn start(&mut self, seeded: &Seeded) -> Outcome<Stage> {
        Stage::start(self.binary, self.directory, self.databases, seeded).await
    }

    async fn sessions(&mut self, large: &Seeded) -> Outcome {
        let stage = self.start(large).await?;
        let cold = stage.cold_start;
        let measured = sessions::run(&stage, &large.population.rooms).await;
        stage.stop(self.databases).await?;
        let of = self.databases.kind();
        let mut part = self.table.part(SESSIONS, of);
        part.add(
            "cold start to the first answer, ms",
            cold.as_secs_f64() * 1e3,
            Goal::AtMost(300.0),
        );
        match measured {
            Ok(sessions) => {
                let [server, database] = sessions.connect_us;
                part.add(CONNECT, server, Goal::AtMost(150.0));
                part.add(
                    "connect, µs of the database's processes",
                    database,
                    Goal::None,
                );
                part.add(BYTES, sessions.bytes, Goal::AtMost(4_096.0));
                part.add(
                    "idle session, µs of CPU per second",
                    sessions.idle_us,
                    Goal::AtMost(1.5),
                );
                let name = "memory 10 s after 10,000 sessions have left, percent more than before";
                part.add(name, sessions.left_percent, Goal::AtMost(20.0));
            }
            Err(error) => part.failed(BYTES, Goal::AtMost(4_096.0), &error),
        }
        Ok(())
    }

    async fn sends(&mut self, large: &Seeded) -> Outcome {
        let seconds = self.options.seconds;
        let direct = std::slice::from_ref(&large.population.direct);
        let pairs = large.population.pairs.as_slice();
        let postgres = self.databases.kind() != "SQLite";
        let (rate, cost) = if postgres {
            (12_000.0, 60.0)
        } else {
            (10_000.0, 80.0)
        };
        let cases = [
            ("one DM, one message in flight", direct, 1, 1, false),
            ("256 DMs, 256 in flight", pairs, 1, 1, false),
            ("one hot DM, 256 in flight", direct, 4, IN_FLIGHT / 4, false),
            ("REST, 256 DMs, 256 in flight", pairs, 1, 1, true),
        ];
        for (name, chats, senders, in_flight, http) in cases {
            let stage = self.start(large).await?;
            let load = sends::Load {
                chats,
                senders,
                in_flight,
                seconds,
            };
            let measured = if http {
                sends::by_http(&stage, &load).await
            } else {
                sends::by_socket(&stage, &load).await
            };
            stage.stop(self.databases).await?;
            let alone = senders * in_flight * chats.len() == 1;
            let of = self.databases.kind();
            let mut part = self.table.part(SENDS, of);
            let sent = match measured {
                Ok(sent) => sent,
                Err(error) => {
                    part.failed(name, Goal::None, &error);
                    continue;
                }
            };
            let [p50, p99, _] = quantiles(&sent.times);
            let (rate, cost) = match (alone, http) {
                (true, _) => (Goal::None, Goal::None),
                (false, true) => (Goal::AtLeast(6_000.0), Goal::AtMost(120.0)),
                (false, false) => (Goal::AtLeast(rate), Goal::AtMost(cost)),
            };
            part.add(&format!("{name}, per second"), sent.per_second, rate);
            part.add(&format!("{name}, µs of the server"), sent.us[0], cost);
            part.add(
                &format!("{name}, µs of the database's processes"),
                sent.us[1],
                Goal::None,
            );
            part.add(&format!("{name}, statements"), sent.statements, Goal::None);
            let quick = if alone && !postgres {
                Goal::AtMost(1.5)
            } else {
                Goal::None
            };
            part.add(&format!("{name}, p50, ms"), p50, quick);
            part.add(&format!("{name}, p99, ms"), p99, Goal::None);
        }
        Ok(())
    }

    async fn reads(&mut self, large: &Seeded) -> Outcome {
        let stage = self.start(large).await?;
        let of = self.databases.kind();
        let postgres = of != "SQLite";
        for (name, path) in reads::requests(large) {
            let goal = if name.contains("sync") { 400.0 } else { 150.0 };
            let goal = Goal::AtMost(if postgres { goal * 2.0 } else { goal });
            let measured = reads::run(&stage, large, &path, self.options.seconds.min(3)).await;
            let mut part = self.table.part(READS, of);
            match measured {
                Ok(read) => {
                    let both = format!("{name}, µs of server and database");
                    part.add(&both, read.us[0] + read.us[1], goal);
                    part.add(&format!("{name}, statements"), read.statements, Goal::None);
                    part.add(&format!("{name}, per second"), read.per_second, Goal::None);
                }
                Err(error) => part.failed(name, goal, &error),
            }
        }
        let caught_up = reads::catch_up(&stage, large).await;
        stage.stop(self.databases).await?;
        let mut part = self.table.part(READS, of);
        let (name, goal) = (
            "catch-up of a device, messages per second",
            Goal::AtLeast(50_000.0),
        );
        match caught_up {
            Ok(rate) => part.add(name, rate, goal),
            Err(error) => part.failed(name, goal, &error),
        }
        Ok(())
    }
}
