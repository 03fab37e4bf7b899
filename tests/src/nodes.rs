//! Two servers on one database and one Redis.

use std::sync::Arc;

use crate::faults::{PrivatePostgres, PrivateRedis};
use crate::{TestDatabase, TestServer, until};

/// The servers and what they share. Both run in the test's process.
pub struct TwoNodes {
    /// One of them.
    pub one: TestServer,
    /// The other one.
    pub two: TestServer,
    /// What they hear of each other by.
    pub redis: PrivateRedis,
    /// A private instance where the tests run on SQLite, which two servers cannot share.
    _postgres: Option<PrivatePostgres>,
}

impl TwoNodes {
    /// Starts them and waits until they hear of each other.
    pub async fn start() -> Self {
        let database = TestDatabase::create().await;
        let (database, postgres) = if database.is_sqlite() {
            let postgres = PrivatePostgres::start();
            let database = TestDatabase::create_at(&postgres.url()).await;
            (database, Some(postgres))
        } else {
            (database, None)
        };
        let database = Arc::new(database);
        let redis = PrivateRedis::start().await;
        let url = redis.url();
        let settings = [("REDIS_URL", url.as_str()), ("FILES_SHARED", "on")];
        let one = TestServer::spawn_on(database.clone(), &settings).await;
        let two = TestServer::spawn_on(database, &settings).await;
        let nodes = Self {
            one,
            two,
            redis,
            _postgres: postgres,
        };
        nodes.until_connected().await;
        nodes
    }

    /// Waits until both hear of each other.
    pub async fn until_connected(&self) {
        for server in [&self.one, &self.two] {
            until("Redis is connected", async || {
                server.app().live.node.bus.is_up().then_some(())
            })
            .await;
        }
    }

    /// Waits until both know that they do not.
    pub async fn until_apart(&self) {
        for server in [&self.one, &self.two] {
            until("Redis is away", async || {
                server.app().live.node.bus.is_away().then_some(())
            })
            .await;
        }
    }
}
