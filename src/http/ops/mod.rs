//! What those who run the server ask it.

mod asyncapi;
mod docs;
mod goroutines;
mod health;
mod livez;
mod metrics;
mod openapi;
mod ping;
mod rate_limits;
mod ready;
mod server;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/ping" => ping,
        GET "/health" => health,
        GET "/livez" => livez,
        GET "/ready" => ready,
        GET "/goroutines" => goroutines,
        GET "/metrics" => metrics,
        GET "/openapi.json" => openapi,
        GET "/asyncapi.json" => asyncapi,
        GET "/docs" => docs,
        GET "/docs/{file:.*}" => docs::file,
        GET "/v1/server" => server::describe,
        GET "/v1/rate-limits" => rate_limits::list,
    });
}
