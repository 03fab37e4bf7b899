//! What the operators' own door serves (`OPERATOR_ADDR`). Who reaches it is an operator: that is what
//! its address is for.

use std::sync::OnceLock;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{Error, HttpResponse, web};
use sentinal_app::ApiError;
use sentinal_protocol::api::server::ReadyQuery;

use super::metrics;
use super::probes::{self, Status, livez};
use super::starting::not_yet;
use crate::http::{Answer, ApiResult, App, Edge, HttpError, Query, layer};
use crate::metrics::Metrics;

/// The server that the door tells of, once it has started.
#[derive(Default)]
pub(crate) struct Operated(OnceLock<(App, web::Data<Metrics>)>);

impl Operated {
    /// The server has started. Called once.
    pub(crate) fn start(&self, app: App, metrics: web::Data<Metrics>) {
        self.0.get_or_init(|| (app, metrics));
    }
}

/// The whole service.
pub(crate) fn operator_service(
    edge: web::Data<Edge>,
    operated: web::Data<Operated>,
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
        .app_data(operated)
        .route("/livez", web::get().to(livez))
        .route("/ready", web::get().to(ready))
        .route("/metrics", web::get().to(figures))
        .default_service(web::to(nothing_else))
        .wrap(from_fn(layer::layer))
}

async fn ready(
    operated: web::Data<Operated>,
    edge: web::Data<Edge>,
    query: Query<ReadyQuery>,
) -> ApiResult<Status> {
    let Some((app, _)) = operated.0.get() else {
        return Err(not_yet().into());
    };
    match probes::check(app, &edge, query.purpose).await {
        Ok(()) => Ok(Answer::ok(Status::ready(app))),
        Err(down) => Err(down.told().into()),
    }
}

async fn figures(
    operated: web::Data<Operated>,
    edge: web::Data<Edge>,
) -> Result<HttpResponse, HttpError> {
    match operated.0.get() {
        Some((app, figures)) => metrics::text(app.clone(), edge, figures.clone()).await,
        None => Err(not_yet().into()),
    }
}

async fn nothing_else() -> HttpResponse {
    HttpResponse::from_error(HttpError(ApiError::not_found("address")))
}
