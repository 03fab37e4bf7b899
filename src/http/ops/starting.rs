//! What is answered while the server starts: that it lives, and to all else that it is not ready.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use sentinal_app::ApiError;
use sentinal_protocol::ErrorCode;
use serde_json::json;

use super::probes::livez;
use crate::http::{Edge, HttpError, layer};

/// When to come back. A start takes less than a second unless it migrates a large database.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The whole service until the schema is there.
pub(crate) fn starting_service(
    edge: web::Data<Edge>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(edge)
        .route("/livez", web::get().to(livez))
        .route("/livez", web::head().to(livez))
        .default_service(web::to(refuse))
        .wrap(from_fn(layer::layer))
}

async fn refuse(edge: web::Data<Edge>, request: HttpRequest) -> HttpResponse {
    let mut error = not_yet();
    if !edge.is_operator(request.peer_addr(), request.headers()) {
        error.details = None;
    }
    HttpResponse::from_error(HttpError(error))
}

/// The refusal of everything that needs the schema; its details are for operators.
pub(super) fn not_yet() -> ApiError {
    ApiError::new(ErrorCode::Unhealthy, "The server is starting.")
        .with_retry_after(RETRY_AFTER)
        .with_details(json!({ "down": ["starting"] }))
}
