//! What those who run the server ask it.

mod goroutines;
mod health;
mod livez;
mod ping;
mod rate_limits;
mod ready;
mod server;
mod websocket;

use actix_web::web;

/// `/ping`, `/health`, `/livez`, `/ready`, `/goroutines`, `/v1/server`, `/v1/rate-limits`, and
/// `/v1/ws` for requests that do not ask to upgrade.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(ping::ping)
        .service(health::health)
        .service(livez::livez)
        .service(ready::ready)
        .service(goroutines::goroutines)
        .service(server::describe)
        .service(rate_limits::list)
        .service(websocket::explain);
}
