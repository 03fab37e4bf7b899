//! `GET /health` — the database answers.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | it answers |
//! | 503 | `UNHEALTHY` | it does not |

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Answer, ApiResult, App};

/// One word.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    pub(super) status: &'static str,
}

pub(super) async fn health(app: App) -> ApiResult<Status> {
    app.check_health().await?;
    Ok(Answer::ok(Status { status: "healthy" }))
}
