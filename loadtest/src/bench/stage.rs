//! The server that is measured: started on a copy of a database, with what the kernel counts of it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use sentinal_protocol::{Clock, ConversationId};
use sentinal_store::{ConnectOptions, Pooler, SeededConversation, SeededDevice, Store};
use tokio::time::{Instant, sleep};

use super::wire::{Http, Wire};
use crate::database::{Database, Databases};
use crate::population::{Chat, Population, Size};
use crate::process::{self, Server};
use crate::watch::Watch;
use crate::{Outcome, tokens};

/// How long the server may take to answer.
const READY_PATIENCE: Duration = Duration::from_mins(1);
/// Pause between two looks at a state that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Conversations of somebody whose lists are read.
pub const CONVERSATIONS: usize = 10;
/// Messages in the conversation whose history is read, and which a device catches up with.
pub const BACKLOG: u64 = 50_000;

/// A database with people, of which every case gets a copy.
pub struct Seeded {
    database: Database,
    /// Rooms, pairs, a DM, a group.
    pub population: Population,
    /// Somebody with ten conversations, and one of the others.
    pub reader: [SeededDevice; 2],
    /// One of the reader's conversations, with a backlog.
    pub long: ConversationId,
}

impl Seeded {
    /// Makes and fills a database.
    pub async fn make(
        binary: &Path,
        directory: &Path,
        databases: &mut Databases,
        size: Size,
        backlog: u64,
    ) -> Outcome<Self> {
        let database = databases.create().await?;
        process::migrate(binary, &database.url, directory)?;
        let options = ConnectOptions {
            url: database.url.clone(),
            connections_max: 4,
            pooler: Pooler::None,
        };
        let store = Store::open(&options).await?;
        let population = Population::seed(&store, size).await?;
        let now = Clock::system().now();
        let names: Vec<String> = (0..=CONVERSATIONS)
            .map(|it| format!("reader{it}"))
            .collect();
        let people = store.db_add_people(&names, 1, now).await?;
        let [reader, other, ..] = people.as_slice() else {
            return Err("nobody was added".into());
        };
        let pair = |it: &SeededDevice| SeededConversation {
            kind: sentinal_protocol::ConversationType::Dm,
            members: vec![reader.user_id, it.user_id],
        };
        let planned: Vec<_> = people.iter().skip(1).map(pair).collect();
        let ids = store.db_add_conversations(&planned, now).await?;
        let long = *ids.first().ok_or("no conversation")?;
        // The others are acknowledged and empty: connecting finds nothing to replay.
        for (place, (id, other)) in ids.iter().zip(people.iter().skip(1)).enumerate() {
            let messages = if place == 0 { backlog } else { 0 };
            super::reads::fill(&store, *id, other, messages, now).await?;
        }
        store.close().await?;
        Ok(Self {
            database,
            population,
            reader: [reader.clone(), other.clone()],
            long,
        })
    }
}

/// A running server.
pub struct Stage {
    server: Server,
    watch: Watch,
    /// Where it is.
    pub address: SocketAddr,
    database: Option<Database>,
    /// From its start to its first answer.
    pub cold_start: Duration,
}

/// What was used up to some moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// CPU time of the server.
    pub cpu: Duration,
    /// CPU time of all PostgreSQL processes of this machine.
    pub database_cpu: Duration,
    /// Since when.
    pub at: Option<Instant>,
}

impl Stage {
    /// Starts the server on a copy.
    pub async fn start(
        binary: &Path,
        directory: &Path,
        databases: &mut Databases,
        seeded: &Seeded,
    ) -> Outcome<Self> {
        let database = databases.copy(&seeded.database).await?;
        let place = process::Place {
            binary,
            database_url: &database.url,
            directory,
        };
        let started = Instant::now();
        let mut server = place.start()?;
        let watch = Watch::new(Some(server.pid()), server.base_url())?;
        let address = server.base_url().trim_start_matches("http://").parse()?;
        let token = token(&seeded.reader[0])?;
        loop {
            server.check_alive()?;
            let answered = async {
                let mut http = Http::connect(address).await?;
                http.ask("GET", "/v1/users/me", &token, "").await?;
                Outcome::Ok(())
            };
            match answered.await {
                Ok(()) => break,
                Err(error) if started.elapsed() > READY_PATIENCE => return Err(error),
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
        Ok(Self {
            server,
            watch,
            address,
            database: Some(database),
            cold_start: started.elapsed(),
        })
    }

    /// What was used until now.
    pub fn used(&self) -> Outcome<Used> {
        Ok(Used {
            cpu: self.server.cpu_time()?,
            database_cpu: process::cpu_time_of_all("postgres"),
            at: Some(Instant::now()),
        })
    }

    /// Resident memory, bytes.
    pub fn memory(&self) -> Outcome<u64> {
        Ok(self.server.memory()?.0)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Statements that the server has asked its database to run.
    pub async fn statements(&self) -> Outcome<u64> {
        let seen = self.watch.look().await.and_then(|seen| seen.statements);
        Ok(seen.ok_or("the server does not tell its statements")?)
    }

    /// A socket of somebody, in sync.
    pub async fn socket(&self, device: &SeededDevice) -> Outcome<Wire> {
        let mut wire = Wire::connect(self.address, "/v1/ws", Some(&token(device)?)).await?;
        wire.wait_for("sync:complete").await?;
        Ok(wire)
    }

    /// Sockets of all who take part in some conversations, in their order.
    pub async fn sockets(&self, chats: &[Chat]) -> Outcome<Vec<Vec<Wire>>> {
        let mut all = Vec::with_capacity(chats.len());
        for chat in chats {
            let mut wires = Vec::with_capacity(chat.devices.len());
            // Sixteen at a time: the server takes 32.
            for some in chat.devices.chunks(16) {
                let connecting = some.iter().map(|device| self.socket(device));
                wires.extend(futures_util::future::try_join_all(connecting).await?);
            }
            all.push(wires);
        }
        Ok(all)
    }

    /// Stops it and removes its database.
    pub async fn stop(self, databases: &mut Databases) -> Outcome {
        if !self.server.stop().await? {
            return Err("the server did not end well".into());
        }
        if let Some(database) = self.database {
            databases.remove(database).await?;
        }
        Ok(())
    }
}

impl Used {
    /// CPU time of the server, and of the database, for each of so many units since then: microseconds.
    pub fn per_unit(self, since: Self, units: u64) -> [f64; 2] {
        let us = |now: Duration, before: Duration| {
            now.saturating_sub(before).as_secs_f64() * 1e6 / (units as f64).max(1.0)
        };
        [
            us(self.cpu, since.cpu),
            us(self.database_cpu, since.database_cpu),
        ]
    }

    /// Seconds since then.
    pub fn seconds(self, since: Self) -> f64 {
        let both = self.at.zip(since.at);
        both.map_or(0.0, |(now, before)| {
            now.duration_since(before).as_secs_f64()
        })
    }
}

/// The access token of a seeded device.
pub fn token(device: &SeededDevice) -> Outcome<String> {
    Ok(tokens::login(device, Clock::system().now())?.access_token)
}
