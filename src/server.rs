//! Start and stop of one server: the order of both.
//!
//! The transport is `actix_http::HttpService` with an upgrade service beside the actix-web `App`,
//! on one port (`workers`): an upgrade hands the WebSocket door the TCP stream itself. Several
//! servers may run in one process; nothing here is global.
//!
//! The order of a start: the database is taken (`instance`), so that no two processes believe to be
//! alone; the port is bound, so that one that is taken is told before anything was changed; the
//! process says that it lives (`starting`); only then the schema is brought up to date
//! (`database`), the use cases start, and the workers serve.

mod database;
mod descriptors;
mod error;
mod instance;
mod listen;
mod operator;
mod others;
mod small_door;
mod starting;
mod workers;

pub use database::{Exclusive, migrate, open_exclusive};
pub use descriptors::raise_limit;
pub use error::{StartError, describe};
pub use instance::InstanceError;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_rt::task::JoinHandle;
use actix_server::ServerHandle;
use actix_web::web;
use sentinal_app::{App, Mode};
use sentinal_protocol::Clock;
use sentinal_store::{Store, StoreError};

use crate::config::Config;
use crate::http::{Edge, Operated};
use crate::metrics::Metrics;

use self::instance::Instance;
use self::listen::listen;
use self::operator::OperatorDoor;
use self::starting::Starting;
use self::workers::{ANSWERS_DEADLINE_SECONDS, Workers};

/// How long a server may take from the moment it begins to drain until it is gone; a supervisor
/// grants 30 s. It is more than the four parts below together.
pub const STOP_DEADLINE: Duration = Duration::from_millis(29_500);
/// How long sockets may take to leave at the end, and what is written behind to be written.
const DRAIN_DEADLINE: Duration = Duration::from_secs(18);
/// How long running requests may take at the end: longer than they may wait for the database.
const REQUESTS_DEADLINE: Duration = Duration::from_secs(3);
/// How often running requests are counted at the end.
const REQUESTS_LOOK: Duration = Duration::from_millis(20);
/// How long the database may take to be closed. One that does not answer is left as it is: what was
/// answered is committed.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// How long the workers may take to end: answers on their way, and the second in which they look.
const WORKERS_DEADLINE: Duration = Duration::from_secs(ANSWERS_DEADLINE_SECONDS + 1);
/// How often the parts that a server cannot do without are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: App,
    store: Store,
    edge: web::Data<Edge>,
    drain_delay: Duration,
    handle: ServerHandle,
    running: JoinHandle<io::Result<()>>,
    others: Option<JoinHandle<()>>,
    operator: Option<OperatorDoor>,
    /// What keeps other processes from an SQLite file.
    instance: Option<Instance>,
}

impl Server {
    /// Takes the database, listens, migrates, and serves until [`Server::stop`].
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        Self::start_at(config, Clock::system()).await
    }

    /// As [`Server::start`], with a clock of the caller's own.
    pub async fn start_at(config: &Config, clock: Clock) -> Result<Self, StartError> {
        // For object stores over TLS. An error says that the process has chosen one before, which is
        // as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if config.redis.is_some() && config.files.is_local() && config.mode == Mode::Debug {
            tracing::warn!("several nodes must share their files: set S3_BUCKET or FILES_SHARED");
        }
        let instance = database::take(config).await?;
        let failed = |error| StartError::Listen(config.listen.address, error);
        let listener = listen(config.listen.address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let connections_max = descriptors::connections_max(
            config.listen.connections_max,
            config.database.connect_options().connections_max,
        );
        let edge = Edge::new(&config.network, &config.listen, connections_max);
        let edge = web::Data::new(edge);
        let operated = web::Data::new(Operated::default());
        let operator = match config.listen.operator_address {
            Some(address) => {
                let opened = OperatorDoor::open(address, edge.clone(), operated.clone());
                let door = opened.map_err(|error| StartError::Listen(address, error))?;
                tracing::info!(address = %door.address(), "listening for operators");
                Some(door)
            }
            None => None,
        };
        let starting = Starting::open(&listener, edge.clone()).map_err(failed)?;
        tracing::info!(%address, "starting");

        let settings = config.settings()?;
        let store = database::open(config).await?;
        database::check_restored(config, &store).await?;
        let app = App::start(settings, store.clone(), clock).await?;
        let workers = Workers {
            count: config.listen.workers,
            connections_max,
            app: app.clone(),
            edge: edge.clone(),
            metrics: web::Data::new(Metrics::new()?),
        };
        operated.start(web::Data::new(app.clone()), workers.metrics.clone());
        starting.close().await;
        let server = workers.start(listener).map_err(failed)?;
        let handle = server.handle();
        tracing::info!(%address, "listening");
        if config.mode == Mode::Debug && address.ip().is_loopback() {
            tracing::info!(
                "only this machine can connect; for others to, set APP_HOST=0.0.0.0, but first \
                 APP_MODE=release with a JWT_SECRET of your own, and TRUSTED_PROXIES behind a proxy"
            );
        }
        // With Redis they hear of each other.
        let is_shared = !config.database.is_sqlite() && config.redis.is_none();
        Ok(Self {
            address,
            drain_delay: config.listen.drain_delay,
            others: is_shared.then(|| actix_rt::spawn(others::watch(app.clone()))),
            app,
            store,
            edge,
            handle,
            running: actix_rt::spawn(server),
            operator,
            instance,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for operators, if they have an address of their own.
    pub fn operator_address(&self) -> Option<SocketAddr> {
        self.operator.as_ref().map(OperatorDoor::address)
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Resolves once a part has ended without which the server cannot go on: to its name.
    pub async fn failed(&self) -> &'static str {
        let mut look = actix_rt::time::interval(WATCH_EVERY);
        loop {
            look.tick().await;
            if let Some(actor) = self.app.ended_actor() {
                return actor;
            }
            if self.running.is_finished() {
                return "listener";
            }
            if self.operator.as_ref().is_some_and(OperatorDoor::has_ended) {
                return "listener of the operators";
            }
        }
    }

    /// Leaves in good order: not ready, for the configured time everything else goes on, and then,
    /// within [`STOP_DEADLINE`]: sockets are told and closed, running requests end, the database is
    /// closed, the workers end. In this order, because a connection to the database is of use only
    /// while the thread lives that opened it.
    pub async fn stop(self) -> Result<(), StoreError> {
        let Self {
            app,
            store,
            edge,
            drain_delay,
            handle,
            running,
            others,
            operator,
            instance,
            address: _,
        } = self;
        edge.start_leaving();
        if !drain_delay.is_zero() {
            let seconds = drain_delay.as_secs();
            tracing::info!(seconds, "not ready any more, serving on");
            actix_rt::time::sleep(drain_delay).await;
        }
        tracing::info!("draining");
        edge.start_draining();
        if let Some(others) = others {
            others.abort();
            // It says that it was aborted.
            let _ = others.await;
        }
        let drained = tokio::time::timeout(DRAIN_DEADLINE, app.drain()).await;
        if drained.is_err() {
            tracing::warn!("not everything was drained in time");
        }
        let answered = async {
            while edge.requests_running() > 0 {
                actix_rt::time::sleep(REQUESTS_LOOK).await;
            }
        };
        if tokio::time::timeout(REQUESTS_DEADLINE, answered)
            .await
            .is_err()
        {
            tracing::info!("not all requests were answered in time");
        }
        match tokio::time::timeout(CLOSE_DEADLINE, store.close()).await {
            Ok(Ok(())) => {}
            // What was answered is committed: a database that is away is no failure of the stop.
            Ok(Err(error)) => tracing::warn!(%error, "the database was not closed in order"),
            Err(_) => tracing::warn!("the database was not closed in time"),
        }
        let ended = async {
            handle.stop(true).await;
            match running.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "the listener failed"),
                Err(error) => tracing::error!(%error, "the listener's task failed"),
            }
        };
        let ended = async {
            if tokio::time::timeout(WORKERS_DEADLINE, ended).await.is_err() {
                tracing::warn!("not all workers ended in time");
            }
        };
        // As late as the workers, for the same reason: it may have opened connections to the database.
        let closed = async {
            if let Some(operator) = operator {
                operator.close().await;
            }
        };
        tokio::join!(ended, closed);
        // The next one may have the database now.
        drop(instance);
        tracing::info!("stopped");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
