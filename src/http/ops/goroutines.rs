//! `GET /goroutines` — how much is alive in the process: tasks, connections, actors. Bare, without
//! envelope.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | debug mode, or `GOROUTINES=on` |
//! | 404 | `NOT_FOUND` | otherwise |

use actix_web::{HttpResponse, get, web};
use sentinal_actors::app::ApiError;
use serde_json::json;

use crate::http::{App, Edge, HttpError};

#[get("/goroutines")]
pub(super) async fn goroutines(app: App, edge: web::Data<Edge>) -> Result<HttpResponse, HttpError> {
    if !edge.shows_goroutines() {
        return Err(ApiError::not_found("address").into());
    }
    let alive = edge.live_tasks() + app.live_actors();
    Ok(HttpResponse::Ok().json(json!({ "goroutines": alive })))
}
