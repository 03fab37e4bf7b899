//! What those who run the server ask it.

mod documents;
mod guides;
mod metrics;
mod operator;
mod probes;
mod rate_limits;
mod server;
mod starting;

pub(crate) use operator::{Operated, operator_service};
pub(crate) use starting::starting_service;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/ping" => probes::ping [Public],
        GET "/health" => probes::health [Public],
        GET "/livez" => probes::livez [Public],
        GET "/ready" => probes::ready [Public],
        GET "/goroutines" => metrics::goroutines [Public],
        GET "/metrics" => metrics::metrics [Public],
        GET "/openapi.json" => documents::openapi [Public],
        GET "/asyncapi.json" => documents::asyncapi [Public],
        GET "/docs" => documents::docs [Public],
        GET "/docs/{file:.*}" => documents::file [Public],
        GET "/v1/server" => server::describe [Public],
        GET "/v1/rate-limits" => rate_limits::list,
    });
}
