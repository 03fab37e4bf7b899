//! What Prometheus asks a running server for: requests as they were answered, and what is alive.
//!
//! Requests are counted by the HTTP door. What is alive is known elsewhere and looked up when
//! somebody asks, so that a socket or a room costs nothing here. Labels are methods, routes and
//! statuses, which are few: never an id, a name or an address.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus::core::Collector;
use prometheus::{
    Error, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use sentinal_app::App;

use crate::http::Edge;
use crate::log;

/// Bounds of the times of requests, seconds: from a read of one row to a client that is given up.
const SECONDS: [f64; 11] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0,
];

/// The figures of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Held while what is alive is looked up, so that two who ask at once do not count twice.
    alive: Mutex<Alive>,
}

/// What is looked up when somebody asks.
struct Alive {
    connections: IntGauge,
    connections_refused: IntCounter,
    connections_shed: IntCounter,
    sockets: IntGauge,
    users_online: IntGauge,
    rooms: IntGauge,
    actors: IntGauge,
    tasks: IntGauge,
    waiting: IntGauge,
    connecting: IntGauge,
    connects_waiting: IntGauge,
    statements: IntCounter,
    dropped_lines: IntCounter,
    bus_up: IntGauge,
    bus_published: IntCounter,
    bus_dropped: IntCounter,
    bus_heard: IntCounter,
    bus_skipped: IntCounter,
}

impl Metrics {
    /// With nothing counted yet.
    pub(crate) fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let requests = register(
            &registry,
            IntCounterVec::new(
                Opts::new(
                    "sentinal_http_requests_total",
                    "Requests answered over HTTP.",
                ),
                &["method", "route", "status"],
            )?,
        )?;
        let seconds = register(
            &registry,
            HistogramVec::new(
                HistogramOpts::new(
                    "sentinal_http_request_seconds",
                    "Time from a request's head to its answer.",
                )
                .buckets(SECONDS.to_vec()),
                &["method", "route"],
            )?,
        )?;
        let gauge = |name, help| register(&registry, IntGauge::new(name, help)?);
        let count = |name, help| register(&registry, IntCounter::new(name, help)?);
        let alive = Alive {
            connections: gauge(
                "sentinal_connections",
                "Connections that are open, WebSockets included.",
            )?,
            connections_refused: count(
                "sentinal_connections_refused_total",
                "Connections beyond what may be open, or what one network may have.",
            )?,
            connections_shed: count(
                "sentinal_connections_shed_total",
                "Idle connections that were closed early so that others had a place.",
            )?,
            sockets: gauge("sentinal_sockets", "WebSockets that are signed in.")?,
            users_online: gauge("sentinal_users_online", "Users with a socket.")?,
            rooms: gauge("sentinal_rooms", "Conversations that are live.")?,
            actors: gauge("sentinal_actors", "Actors that are running.")?,
            tasks: gauge(
                "sentinal_tasks",
                "Tasks of the worker threads, and open connections.",
            )?,
            waiting: gauge(
                "sentinal_changes_waiting",
                "Changes of conversations that wait to be committed.",
            )?,
            connecting: gauge(
                "sentinal_connects",
                "WebSockets between authentication and hello.",
            )?,
            connects_waiting: gauge(
                "sentinal_connects_waiting",
                "WebSockets that wait for their turn to connect.",
            )?,
            statements: count(
                "sentinal_database_statements_total",
                "Statements that the database was asked to run.",
            )?,
            dropped_lines: count(
                "sentinal_log_lines_dropped_total",
                "Lines of the log that could not be written, or not fast enough.",
            )?,
            bus_up: gauge(
                "sentinal_bus_up",
                "Whether other nodes are heard of: 1, or 0 without Redis and while it is away.",
            )?,
            bus_published: count(
                "sentinal_bus_published_total",
                "Envelopes for other nodes that Redis took.",
            )?,
            bus_dropped: count(
                "sentinal_bus_dropped_total",
                "Envelopes for other nodes that were not published.",
            )?,
            bus_heard: count("sentinal_bus_heard_total", "Envelopes of other nodes.")?,
            bus_skipped: count(
                "sentinal_bus_skipped_total",
                "Envelopes that a newer version has written.",
            )?,
        };
        #[cfg(target_os = "linux")]
        registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        Ok(Self {
            registry,
            requests,
            seconds,
            alive: Mutex::new(alive),
        })
    }

    /// A request was answered. `route` is the pattern that it matched.
    pub(crate) fn answered(&self, method: &str, route: &str, status: StatusCode, after: Duration) {
        self.requests
            .with_label_values(&[method, route, status.as_str()])
            .inc();
        self.seconds
            .with_label_values(&[method, route])
            .observe(after.as_secs_f64());
    }

    /// Everything as text (Prometheus exposition format 0.0.4).
    pub(crate) fn text(&self, app: &App, edge: &Edge) -> Result<String, Error> {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let set = |gauge: &IntGauge, value: usize| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        let connections = edge.connections();
        set(&alive.connections, connections.open());
        let directory = app.directory();
        set(&alive.sockets, directory.sockets());
        set(&alive.users_online, directory.users_online());
        set(&alive.rooms, directory.rooms_running());
        set(&alive.actors, app.live_actors());
        set(&alive.tasks, edge.live_tasks());
        set(&alive.waiting, app.waiting_changes());
        set(&alive.connecting, app.connects().connecting());
        set(&alive.connects_waiting, app.connects().waiting());
        let count = |counter: &IntCounter, value: u64| {
            counter.inc_by(value.saturating_sub(counter.get()));
        };
        count(&alive.connections_refused, connections.refused());
        count(&alive.connections_shed, connections.shed());
        count(&alive.statements, app.statements());
        count(&alive.dropped_lines, log::dropped_lines());
        let bus = &app.live.node.bus;
        set(&alive.bus_up, usize::from(bus.is_up()));
        if let Some(counts) = bus.counts() {
            count(&alive.bus_published, counts.published);
            count(&alive.bus_dropped, counts.dropped);
            count(&alive.bus_heard, counts.heard);
            count(&alive.bus_skipped, counts.skipped);
        }
        drop(alive);
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> Result<C, Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
