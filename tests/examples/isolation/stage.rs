//! The server, the neighbours and the attackers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sentinal_protocol::{Clock, ConversationId};
use sentinal_store::{ConnectOptions, SeededDevice, Store};
use sentinal_tests::{Launch, ServerProcess, Site, TestDatabase, TestUser, rss_bytes};
use tokio::task::JoinHandle;

use crate::attack::Attack;
use crate::neighbours::Neighbours;

/// The address of an attacker.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
/// How often the server's memory and tasks are looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Who attacks, and what they have. What an attack does not need is empty.
#[derive(Default)]
pub struct Party {
    pub people: Vec<TestUser>,
    pub chat: Option<ConversationId>,
    pub devices: Vec<SeededDevice>,
    /// A token, an id or a path, as the attack needs it.
    pub word: String,
}

/// What the attackers see.
pub struct Scene {
    pub site: Arc<ServerProcess>,
    pub party: Party,
    /// Of the attack in full, percent.
    pub size: usize,
    /// Whom they mean.
    pub victim: String,
}

impl Scene {
    /// So many of something, where the attack in full has `full`.
    pub fn share_of(&self, full: usize) -> usize {
        share_of(full, self.size)
    }
}

/// So many of something, where the attack in full has `full`.
pub fn share_of(full: usize, size: usize) -> usize {
    (full * size / 100).max(1)
}

/// What an attack is prepared with, while no limits hold.
pub struct Setup<'a> {
    pub site: &'a Site,
    pub database: &'a TestDatabase,
    pub size: usize,
}

impl Setup<'_> {
    /// People with an address of the attacker's.
    pub async fn party(&self, people: usize) -> Party {
        let mut party = Party::default();
        for number in 0..people {
            party.people.push(self.attacker(number).await);
        }
        party
    }

    /// One of them.
    pub async fn attacker(&self, number: usize) -> TestUser {
        self.site
            .user_from(&format!("attacker{number}"), ATTACKER)
            .await
    }

    /// People who do nothing, past the server.
    pub async fn seed(&self, name: &str, people: usize) -> Vec<SeededDevice> {
        let options = ConnectOptions {
            url: self.database.url().to_owned(),
            connections_max: 2,
        };
        let store = Store::open(&options).await.expect("the database");
        let names: Vec<String> = (0..people).map(|it| format!("{name}{it}")).collect();
        let seeded = store.db_add_people(&names, 1, Clock::system().now()).await;
        store.close().await.expect("the database closes");
        seeded.expect("people")
    }

    /// So many of something, where the attack in full has `full`.
    pub fn share_of(&self, full: usize) -> usize {
        share_of(full, self.size)
    }
}

/// Everybody.
pub struct Stage {
    pub scene: Arc<Scene>,
    pub neighbours: Neighbours,
    server: Arc<ServerProcess>,
}

impl Stage {
    /// Starts a server, lets everybody sign up without limits, and starts it again with them.
    pub async fn set(attack: Attack, size: usize) -> Self {
        let settings = attack.settings(size);
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut server = ServerProcess::launch(Launch {
            settings: settings.collect(),
            ..Launch::default()
        })
        .await;
        let neighbours = Neighbours::settle(&server).await;
        let setup = Setup {
            site: &server,
            database: server.database(),
            size,
        };
        let party = attack.prepare(&setup).await;
        server.terminate();
        assert!(server.ended().await, "the server ends in good order");
        server.set("RATE_LIMIT", "on");
        server.start().await;
        let server = Arc::new(server);
        let victim = neighbours.first().to_owned();
        Self {
            scene: Arc::new(Scene {
                site: Arc::clone(&server),
                party,
                size,
                victim,
            }),
            neighbours,
            server,
        }
    }

    /// Looks at the server until it is told to stop.
    pub fn watch_process(&self) -> Watch {
        let counts = Arc::new(Counts::default());
        let base = self.server.rss_bytes();
        let watching = tokio::spawn(look(Arc::clone(&self.server), Arc::clone(&counts)));
        Watch {
            base,
            counts,
            watching,
        }
    }

    /// Whether it still answers that it lives.
    pub async fn lives(&self) -> bool {
        let answer = reqwest::get(self.server.url("/livez")).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

#[derive(Default)]
struct Counts {
    done: AtomicBool,
    memory: AtomicU64,
    tasks: AtomicU64,
}

/// Somebody looks at the server.
pub struct Watch {
    base: u64,
    counts: Arc<Counts>,
    watching: JoinHandle<()>,
}

/// What was seen.
pub struct Gauges {
    /// Above what it was before, bytes.
    pub memory: u64,
    pub tasks: u64,
}

impl Watch {
    /// The highest that was seen.
    pub async fn stop(self) -> Gauges {
        self.counts.done.store(true, Ordering::Relaxed);
        self.watching.await.expect("the watch ends");
        Gauges {
            memory: self
                .counts
                .memory
                .load(Ordering::Relaxed)
                .saturating_sub(self.base),
            tasks: self.counts.tasks.load(Ordering::Relaxed),
        }
    }
}

async fn look(server: Arc<ServerProcess>, counts: Arc<Counts>) {
    let operator = reqwest::Client::new();
    let url = server.url("/metrics");
    while !counts.done.load(Ordering::Relaxed) {
        counts
            .memory
            .fetch_max(rss_bytes(server.pid()), Ordering::Relaxed);
        // A server that does not answer is told of by the neighbours.
        if let Some(tasks) = tasks(&operator, &url).await {
            counts.tasks.fetch_max(tasks, Ordering::Relaxed);
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn tasks(operator: &reqwest::Client, url: &str) -> Option<u64> {
    let answer = operator.get(url).timeout(Duration::from_secs(2)).send();
    let text = answer.await.ok()?.text().await.ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("sentinal_tasks "))?;
    line.trim().parse().ok()
}
