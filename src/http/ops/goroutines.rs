//! `GET /goroutines` — how much is alive in the process: tasks, connections, actors. Bare, without
//! envelope.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | debug mode, or `GOROUTINES=on` |
//! | 404 | `NOT_FOUND` | otherwise |

use actix_web::web;
use sentinal_actors::app::ApiError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{App, Bare, Edge, HttpError};

/// The answer, named as it always was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Goroutines {
    /// Tasks, connections and actors.
    goroutines: usize,
}

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
