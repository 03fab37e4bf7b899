//! Probes for supervisors, load balancers and monitoring.

use actix_web::{HttpRequest, web};
use sentinal_app::ApiError;
use sentinal_protocol::api::server::{ReadyFor, ReadyQuery};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::{Answer, ApiResult, App, Edge, Query};

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pong {
    message: &'static str,
}

/// `GET /ping` — answers.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | always |
pub(super) async fn ping() -> Answer<Pong> {
    Answer::ok(Pong { message: "pong" })
}

/// One word.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    status: &'static str,
}

impl Status {
    /// Requests may be sent here; `degraded` where other nodes are heard of late, because Redis is away.
    pub(super) fn ready(app: &App) -> Self {
        let status = if app.live.node.bus.is_away() {
            "degraded"
        } else {
            "ready"
        };
        Self { status }
    }
}

/// `GET /health` — the database answers.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | it answers |
/// | 503 | `UNHEALTHY` | it does not |
pub(super) async fn health(app: App) -> ApiResult<Status> {
    app.check_reads().await?;
    Ok(Answer::ok(Status { status: "healthy" }))
}

/// `GET /livez` — the process lives. A supervisor that gets no answer restarts it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | always |
pub(super) async fn livez() -> Answer<Status> {
    Answer::ok(Status { status: "alive" })
}

/// `GET /ready` — requests may be sent here. A load balancer asks; one that sends reads elsewhere
/// than writes asks `?for=reads`.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | the database answers, its schema is there, and it takes writes; with `for=reads`, the first two; `degraded` while Redis is away |
/// | 503 | `UNHEALTHY` | it does not, or the server starts or is on its way down; `details.down` says which, to operators only |
pub(super) async fn ready(
    app: App,
    edge: web::Data<Edge>,
    request: HttpRequest,
    query: Query<ReadyQuery>,
) -> ApiResult<Status> {
    match check(&app, &edge, query.purpose).await {
        Ok(()) => Ok(Answer::ok(Status::ready(&app))),
        Err(down) if edge.is_operator(request.peer_addr(), request.headers()) => {
            Err(down.told().into())
        }
        Err(down) => Err(down.error.into()),
    }
}

/// Why requests may not be sent here.
pub(super) struct Down {
    error: ApiError,
    part: &'static str,
}

impl Down {
    /// The refusal with what is down, for operators.
    pub(super) fn told(self) -> ApiError {
        self.error.with_details(json!({ "down": [self.part] }))
    }
}

/// Whether requests of this kind may be sent here.
pub(super) async fn check(app: &App, edge: &Edge, purpose: Option<ReadyFor>) -> Result<(), Down> {
    if edge.is_leaving() {
        return Err(Down {
            error: ApiError::unhealthy(),
            part: "draining",
        });
    }
    let checked = match purpose {
        Some(ReadyFor::Reads) => app.check_reads().await,
        None => app.check_health().await,
    };
    checked.map_err(|error| Down {
        error,
        part: "database",
    })
}
