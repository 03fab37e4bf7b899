//! `GET /metrics` — what Prometheus collects: requests, what is alive, the process. Text, without
//! envelope.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | the caller's address is in `OPERATOR_NETWORKS` |
//! | 404 | `NOT_FOUND` | otherwise |

use actix_web::{HttpResponse, web};
use prometheus::TEXT_FORMAT;
use sentinal_actors::app::ApiError;

use crate::http::{App, ClientAddress, Edge, HttpError};
use crate::metrics::Metrics;

pub(super) async fn metrics(
    app: App,
    edge: web::Data<Edge>,
    metrics: web::Data<Metrics>,
    client: ClientAddress,
) -> Result<HttpResponse, HttpError> {
    if !edge.is_operator(client.0) {
        return Err(ApiError::not_found("address").into());
    }
    let text = metrics.text(&app, &edge).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type(TEXT_FORMAT).body(text))
}
