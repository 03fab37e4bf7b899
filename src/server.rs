//! Start and stop of one server: listener, workers, transport, drain.
//!
//! The transport is `actix_http::HttpService` with an upgrade service beside the actix-web `App`,
//! on one port: an upgrade hands the WebSocket door the TCP stream itself. Several servers may run
//! in one process; nothing here is global.

use std::error::Error as StdError;
use std::fs::DirBuilder;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Request, h1};
use actix_rt::net::TcpStream;
use actix_server::ServerHandle;
use actix_service::{fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::web;
use sentinal_actors::app::{App, Mode, SetupError};
use sentinal_protocol::Clock;
use sentinal_store::{Store, StoreError};
use socket2::{Domain, Protocol, Socket, Type};

use crate::config::{Config, ConfigError};
use crate::http::{self, Edge};
use crate::metrics::Metrics;
use crate::ws;

/// Connections that the kernel holds until they are accepted: a storm of reconnects.
const BACKLOG: i32 = 4_096;
/// What the kernel may hold for a client that does not read; unset it grows to 2.8 MB each.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// A peer that acknowledges nothing for so long is gone. It also cuts a client that does not read,
/// so it exceeds the 60 s that a silent socket may live.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a request's head may take.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle connection is kept for the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a refused body is read on, so that its sender gets to see the answer.
const LINGER: Duration = Duration::from_secs(2);
/// How long sockets may take to leave at the end. With the next one and what closing the database
/// takes it stays under the 30 s that a supervisor grants.
const DRAIN_DEADLINE: Duration = Duration::from_secs(20);
/// How long running requests may take at the end, seconds.
const REQUESTS_DEADLINE_SECONDS: u64 = 5;

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be made.
    #[error("the data directory {0} cannot be made")]
    Directory(String, #[source] io::Error),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Database(#[from] StoreError),
    /// The schema cannot be brought up to date.
    #[error("the database cannot be migrated")]
    Migration(#[source] Box<dyn StdError + Send + Sync>),
    /// A part of the server cannot work with this configuration.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What is measured cannot be registered.
    #[error("the metrics cannot be set up")]
    Metrics(#[from] prometheus::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: App,
    store: Store,
    edge: web::Data<Edge>,
    handle: ServerHandle,
    running: actix_rt::task::JoinHandle<io::Result<()>>,
}

impl Server {
    /// Opens the database, migrates it, listens, and serves until [`Server::stop`].
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        Self::start_at(config, Clock::system()).await
    }

    /// As [`Server::start`], with a clock of the caller's own.
    pub async fn start_at(config: &Config, clock: Clock) -> Result<Self, StartError> {
        // For object stores over TLS. An error says that the process has chosen one before, which is
        // as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = config.settings()?;
        if config.redis.is_some() && config.files.is_local() && config.mode == Mode::Debug {
            tracing::warn!("several nodes must share their files: set S3_BUCKET or FILES_SHARED");
        }
        if config.redis.is_some() && config.mode != Mode::Test {
            tracing::warn!("Redis is configured but not used: this version runs as a single node");
        }
        let store = open_store(config).await?;
        let listener = listen(config.listen.address)
            .map_err(|error| StartError::Listen(config.listen.address, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::Listen(config.listen.address, error))?;

        let app = App::start(settings, store.clone(), clock).await?;
        let edge = web::Data::new(Edge::new(config.network.clone()));
        let metrics = web::Data::new(Metrics::new()?);
        let server = serve(config, listener, app.clone(), edge.clone(), metrics)
            .map_err(|error| StartError::Listen(address, error))?;
        let handle = server.handle();
        tracing::info!(%address, "listening");
        Ok(Self {
            address,
            app,
            store,
            edge,
            handle,
            running: actix_rt::spawn(server),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Leaves in good order, within 30 s: not ready, sockets are told and closed, running requests
    /// end, the database is closed.
    pub async fn stop(self) -> Result<(), StoreError> {
        tracing::info!("draining");
        self.edge.start_draining();
        let drained = tokio::time::timeout(DRAIN_DEADLINE, self.app.drain()).await;
        if drained.is_err() {
            tracing::warn!("some sockets did not leave in time");
        }
        self.handle.stop(true).await;
        match self.running.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the listener failed"),
            Err(error) => tracing::error!(%error, "the listener's task failed"),
        }
        self.store.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Opens the database of a configuration and brings its schema up to date.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    // Others on the machine have no business in there.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .map_err(|error| StartError::Directory(config.data_dir.display().to_string(), error))?;
    let store = Store::open(&config.database.connect_options()).await?;
    sentinal_migration::migrate(store.for_migration())
        .await
        .map_err(|error| StartError::Migration(error.into()))?;
    Ok(store)
}

/// A listening socket whose options its connections inherit.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Starts the workers.
fn serve(
    config: &Config,
    listener: TcpListener,
    app: App,
    edge: web::Data<Edge>,
    metrics: web::Data<Metrics>,
) -> io::Result<actix_server::Server> {
    let app = web::Data::new(app);
    let workers = config.listen.workers;
    let per_worker = config.listen.connections_max.div_ceil(workers);
    let builder = actix_server::Server::build()
        .workers(workers)
        .max_concurrent_connections(per_worker)
        .shutdown_timeout(REQUESTS_DEADLINE_SECONDS)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let index = Arc::new(AtomicUsize::new(0));
    let builder = builder.listen("sentinal", listener, move || {
        // Once per worker thread.
        let index = index.fetch_add(1, Ordering::Relaxed);
        let worker = Rc::new(ws::Worker::start(&app, index, edge.clone()));
        edge.watch_this_thread();
        let stopping = stopping.clone();
        let connections = edge.connections();
        HttpService::build()
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(HEAD_DEADLINE)
            .client_disconnect_timeout(LINGER)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(move |_: &TcpStream, data| {
                data.insert(OpenConnection::count(&connections));
            })
            .upgrade(fn_service(
                move |(request, framed): (Request, actix_codec::Framed<TcpStream, h1::Codec>)| {
                    let worker = worker.clone();
                    async move {
                        ws::accept(&worker, request, framed).await;
                        Ok::<_, actix_web::Error>(())
                    }
                },
            ))
            .finish(map_config(
                http::service(app.clone(), edge.clone(), metrics.clone()),
                |()| AppConfig::default(),
            ))
            .tcp()
    })?;
    Ok(builder.run())
}

/// Counts one connection for as long as it lives.
struct OpenConnection(Arc<AtomicUsize>);

impl OpenConnection {
    fn count(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
