//! Counters and gauges of the process.

use actix_web::{HttpRequest, HttpResponse, web};
use prometheus::TEXT_FORMAT;
use sentinal_app::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{App, Bare, Edge, HttpError};
use crate::metrics::Metrics;

/// The answer, named as it always was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Goroutines {
    /// Tasks, connections and actors.
    goroutines: usize,
}

/// `GET /goroutines` — how much is alive in the process: tasks, connections, actors. Bare, without
/// envelope.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | debug mode, or `GOROUTINES=on` |
/// | 404 | `NOT_FOUND` | otherwise |
pub(super) async fn goroutines(
    app: App,
    edge: web::Data<Edge>,
) -> Result<Bare<Goroutines>, HttpError> {
    if !edge.shows_goroutines() {
        return Err(ApiError::not_found("address").into());
    }
    Ok(Bare(Goroutines {
        goroutines: edge.live_tasks() + app.live_actors(),
    }))
}

/// `GET /metrics` — what Prometheus collects: requests, what is alive, the process. Text, without
/// envelope.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | the caller's address is in `OPERATOR_NETWORKS`, and operators have no listener of their own (`OPERATOR_ADDR`) |
/// | 404 | `NOT_FOUND` | otherwise |
pub(super) async fn metrics(
    app: App,
    edge: web::Data<Edge>,
    metrics: web::Data<Metrics>,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    if !edge.shows_metrics() || !edge.is_operator(request.peer_addr(), request.headers()) {
        return Err(ApiError::not_found("address").into());
    }
    text(app, edge, metrics).await
}

/// The whole answer.
pub(super) async fn text(
    app: App,
    edge: web::Data<Edge>,
    metrics: web::Data<Metrics>,
) -> Result<HttpResponse, HttpError> {
    // Counting the open files of thousands of connections takes a while.
    let text = web::block(move || metrics.text(&app, &edge)).await;
    let text = text.map_err(ApiError::internal)?;
    let text = text.map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type(TEXT_FORMAT).body(text))
}
