//! The servers, what they stand on, and how that fails.

use std::time::Duration;

use sentinal_tests::faults::{PrivatePostgres, PrivateRedis};
use sentinal_tests::{Launch, ServerProcess, Site, TestDatabase, until};

/// How long something stays away.
const AWAY: Duration = Duration::from_secs(3);
/// Within this time of SIGTERM the process has ended.
const STOP_MAX: Duration = Duration::from_secs(30);

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A server is killed, and another one takes its place a moment later.
    KillNode,
    /// All servers are drained and started again, one after the other.
    Roll,
    /// Redis ends, and comes back empty.
    KillRedis,
    /// Redis takes connections and says nothing.
    PauseRedis,
    /// Redis forgets everything.
    FlushRedis,
    /// The database says nothing.
    PauseDatabase,
    /// The database ends as in a crash.
    CrashDatabase,
    /// A server is killed while Redis is away.
    KillNodeAndRedis,
}

impl Fault {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("kill-node", Self::KillNode),
        ("roll", Self::Roll),
        ("kill-redis", Self::KillRedis),
        ("pause-redis", Self::PauseRedis),
        ("flush-redis", Self::FlushRedis),
        ("pause-database", Self::PauseDatabase),
        ("crash-database", Self::CrashDatabase),
        ("kill-node-and-redis", Self::KillNodeAndRedis),
    ];
}

/// Two servers and their surroundings. Fields are dropped in this order: the servers first.
pub struct Stage {
    nodes: [ServerProcess; 2],
    redis: PrivateRedis,
    postgres: PrivatePostgres,
}

impl Stage {
    /// Starts everything.
    pub async fn set() -> Self {
        let postgres = PrivatePostgres::start();
        let redis = PrivateRedis::start().await;
        let settings = [
            ("REDIS_URL", redis.url()),
            ("FILES_SHARED", "on".to_owned()),
        ];
        let one = ServerProcess::launch(Launch {
            settings: settings
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            database: Some(TestDatabase::create_at(&postgres.url()).await),
            ..Launch::default()
        })
        .await;
        let mut two = one.beside();
        two.start().await;
        Self {
            nodes: [one, two],
            redis,
            postgres,
        }
    }

    /// Where people sign up.
    pub fn sites(&self) -> [&Site; 2] {
        let [one, two] = &self.nodes;
        [one, two]
    }

    /// Has it happen, and waits until it is over and both servers are ready.
    pub async fn cause(&mut self, fault: Fault, node: usize) {
        match fault {
            Fault::KillNode => self.kill(node).await,
            Fault::Roll => {
                for node in &mut self.nodes {
                    node.terminate();
                    let ended = node.ended_within(STOP_MAX).await;
                    assert_eq!(ended, Some(true), "a server did not end well");
                    node.start().await;
                }
            }
            Fault::KillRedis => {
                self.redis.kill();
                tokio::time::sleep(AWAY).await;
                self.redis.start_again().await;
            }
            Fault::PauseRedis => {
                self.redis.pause();
                tokio::time::sleep(AWAY).await;
                self.redis.resume();
            }
            Fault::FlushRedis => self.redis.flush(),
            Fault::PauseDatabase => {
                self.postgres.pause();
                tokio::time::sleep(AWAY).await;
                self.postgres.resume();
            }
            Fault::CrashDatabase => {
                self.postgres.crash();
                tokio::time::sleep(AWAY / 3).await;
                self.postgres.start_again();
            }
            Fault::KillNodeAndRedis => {
                self.redis.kill();
                self.kill(node).await;
                self.redis.start_again().await;
            }
        }
        for site in self.sites() {
            let ready = site.url("/ready");
            until("the server is ready", async || {
                let answer = reqwest::get(&ready).await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }

    async fn kill(&mut self, node: usize) {
        let node = self.nodes.get_mut(node).expect("one of two");
        node.kill();
        tokio::time::sleep(AWAY / 3).await;
        node.start().await;
    }
}
