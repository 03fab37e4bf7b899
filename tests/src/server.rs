//! A server in the test's own process.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::thread;

use sentinal_app::App;
use sentinal_chat::config::Config;
use sentinal_chat::server::Server;
use sentinal_protocol::Clock;
use tokio::sync::oneshot;

use crate::process::owned;
use crate::{Site, TestDatabase};

/// A server on a free port, with a database of its own. It runs in a thread with an actix system of
/// its own, so that tests are plain tokio tests. Dropping it abandons it; [`TestServer::stop`]
/// drains it.
pub struct TestServer {
    site: Site,
    operator_address: Option<SocketAddr>,
    app: App,
    database: Arc<TestDatabase>,
    stop: Option<oneshot::Sender<Stop>>,
    thread: Option<thread::JoinHandle<()>>,
}

enum Stop {
    Drain,
    Abandon,
}

impl TestServer {
    /// Starts one.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// Starts one with more variables.
    pub async fn spawn_with(settings: &[(&str, &str)]) -> Self {
        Self::spawn_at(Clock::system(), settings).await
    }

    /// Starts one whose clock the test holds.
    pub async fn spawn_at(clock: Clock, settings: &[(&str, &str)]) -> Self {
        let database = Arc::new(TestDatabase::create().await);
        Self::spawn_at_on(clock, database, settings).await
    }

    /// Starts one on a database that it shares with others.
    pub async fn spawn_on(database: Arc<TestDatabase>, settings: &[(&str, &str)]) -> Self {
        Self::spawn_at_on(Clock::system(), database, settings).await
    }

    async fn spawn_at_on(
        clock: Clock,
        database: Arc<TestDatabase>,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut variables: Vec<(String, String)> = environment(&database, 0)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        // Later ones win.
        variables.extend(owned(settings));
        let config = Config::from_pairs(variables).expect("a configuration");
        sentinal_chat::log::start(&config.logging).expect("a log");
        let (stop, stopping) = oneshot::channel();
        let (started, starting) = oneshot::channel();
        let thread = thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let server = Server::start_at(&config, clock)
                    .await
                    .expect("the server starts");
                // Nobody listens if the test has failed meanwhile.
                let _ = started.send((
                    server.address(),
                    server.operator_address(),
                    server.app().clone(),
                ));
                match stopping.await {
                    Ok(Stop::Drain) => server.stop().await.expect("the database closes"),
                    Ok(Stop::Abandon) | Err(_) => {}
                }
            });
        });
        let (address, operator_address, app) = starting.await.expect("the server's addresses");
        Self {
            site: Site::new(&format!("http://{address}")),
            operator_address,
            app,
            database,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its use cases: what a test cannot see from outside, such as mail that was sent.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens for operators: with `OPERATOR_ADDR`.
    pub fn operators(&self) -> Site {
        let address = self.operator_address.expect("OPERATOR_ADDR is set");
        Site::new(&format!("http://{address}"))
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Drains it, as SIGTERM does, and waits for its end.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It is gone already if it failed, which the join tells.
            let _ = stop.send(Stop::Drain);
        }
        let thread = self.thread.take().expect("it runs");
        let joined = tokio::task::spawn_blocking(move || thread.join());
        let ended = crate::patiently("the server's end", joined).await;
        assert!(ended.is_ok_and(|ended| ended.is_ok()), "the server failed");
    }
}

impl Deref for TestServer {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(Stop::Abandon);
        }
        if let Some(thread) = self.thread.take() {
            // A failed server has failed the test already.
            let _ = thread.join();
        }
    }
}

/// The variables that every server under test runs with.
pub(crate) fn environment(database: &TestDatabase, port: u16) -> Vec<(&'static str, String)> {
    vec![
        // The least cost of password hashes.
        ("APP_MODE", "test".to_owned()),
        ("APP_HOST", "127.0.0.1".to_owned()),
        ("APP_PORT", port.to_string()),
        ("DATA_DIR", database.directory().display().to_string()),
        ("DATABASE_URL", database.url().to_owned()),
        ("RATE_LIMIT", "off".to_owned()),
        ("E2EE_VERIFY", "off".to_owned()),
        (
            "RUST_LOG",
            std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned()),
        ),
    ]
}
