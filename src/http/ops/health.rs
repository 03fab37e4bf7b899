//! `GET /health` — the database answers.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | it answers |
//! | 503 | `UNHEALTHY` | it does not |

use actix_web::get;
use serde::Serialize;

use crate::http::{Answer, ApiResult, App};

/// One word.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    pub(super) status: &'static str,
}

#[get("/health")]
pub(super) async fn health(app: App) -> ApiResult<Status> {
    app.check_health().await?;
    Ok(Answer::ok(Status { status: "healthy" }))
}
