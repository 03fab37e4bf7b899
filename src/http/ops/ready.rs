//! `GET /ready` — requests may be sent here. A load balancer asks.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | the database answers and its schema is there |
//! | 503 | `UNHEALTHY` | it does not, or the server is on its way down; `details.down` says which, to operators only |

use actix_web::web;
use sentinal_actors::app::ApiError;
use serde_json::json;

use super::health::Status;
use crate::http::{Answer, ApiResult, App, ClientAddress, Edge};

pub(super) async fn ready(
    app: App,
    edge: web::Data<Edge>,
    client: ClientAddress,
) -> ApiResult<Status> {
    let (error, down) = if edge.is_draining() {
        (ApiError::unhealthy(), "draining")
    } else {
        match app.check_health().await {
            Ok(()) => return Ok(Answer::ok(Status { status: "ready" })),
            Err(error) => (error, "database"),
        }
    };
    Err(if edge.is_operator(client.0) {
        error.with_details(json!({ "down": [down] })).into()
    } else {
        error.into()
    })
}
