//! The worker threads, and the transport on each of them.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_codec::Framed;
use actix_http::{HttpService, KeepAlive, Request, h1};
use actix_service::{fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::web;
use sentinal_app::App;

use crate::connections::{Admitted, Door, KEEP_ALIVE, UNDECIDED_MAX, WorkerConnections};
use crate::http::{self, Edge};
use crate::metrics::Metrics;
use crate::ws;

/// How long a request's head may take.
pub(super) const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long a refused body is read on, so that its sender gets to see the answer.
const LINGER: Duration = Duration::from_secs(2);
/// How long answers may take to reach their clients at the end, seconds.
pub(super) const ANSWERS_DEADLINE_SECONDS: u64 = 2;

/// What the workers serve, and how many they are.
pub(super) struct Workers {
    pub(super) count: usize,
    /// Connections at once, over all workers.
    pub(super) connections_max: usize,
    pub(super) app: App,
    pub(super) edge: web::Data<Edge>,
    pub(super) metrics: web::Data<Metrics>,
}

impl Workers {
    /// Starts them.
    pub(super) fn start(self, listener: TcpListener) -> io::Result<actix_server::Server> {
        let Self {
            count,
            connections_max,
            app,
            edge,
            metrics,
        } = self;
        let app = web::Data::new(app);
        let builder = actix_server::Server::build()
            .workers(count)
            .max_concurrent_connections((connections_max + UNDECIDED_MAX).div_ceil(count))
            .shutdown_timeout(ANSWERS_DEADLINE_SECONDS)
            .disable_signals();
        let stopping = builder.graceful_shutdown_signal();
        let index = Arc::new(AtomicUsize::new(0));
        let builder = builder.listen("sentinal", listener, move || {
            // Once per worker thread.
            let index = index.fetch_add(1, Ordering::Relaxed);
            let worker = Rc::new(ws::Worker::start(&app, index, edge.clone()));
            edge.watch_this_thread();
            let stopping = stopping.clone();
            let connections = WorkerConnections::new(Arc::clone(edge.connections()));
            let (served, expect) = http::answering_expectations(
                app.clone(),
                map_config(
                    http::service(app.clone(), edge.clone(), metrics.clone()),
                    |()| AppConfig::default(),
                ),
            );
            let http = HttpService::<Admitted, _, _>::build()
                .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
                .client_request_timeout(HEAD_DEADLINE)
                .client_disconnect_timeout(LINGER)
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .on_connect_ext(|stream: &Admitted, data| {
                    data.insert(Rc::clone(stream.connection()));
                })
                .expect(expect)
                .upgrade(fn_service(
                    move |(request, framed): (Request, Framed<Admitted, h1::Codec>)| {
                        let worker = worker.clone();
                        async move {
                            ws::accept(&worker, request, framed).await;
                            Ok::<_, actix_web::Error>(())
                        }
                    },
                ))
                .finish(served);
            Door::new(http, connections, UNDECIDED_MAX / count / 2)
        })?;
        Ok(builder.run())
    }
}
