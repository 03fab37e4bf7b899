//! The HTTP door: extract the caller, validate, one call of a use case, answer.
//!
//! One folder per resource, in it one file per subject. A folder's table of `endpoints!` lists them,
//! fixed segments before variable ones, so that `/contacts/blocked` wins over `/contacts/{id}`. Every
//! answer passes the module `layer`, which alone writes the envelope of a failure.

mod answer;
pub mod asyncapi;
mod auth;
mod body_budget;
mod broadcasts;
mod calls;
mod conversations;
mod cors;
mod edge;
mod encryption;
mod error;
mod expect;
mod extract;
mod files;
mod idempotency;
mod layer;
mod messages;
pub mod openapi;
mod ops;
mod presence;
mod request_id;
mod routes;
mod sync;
mod uploads;
mod users;
mod web_app;
mod ws;

pub use cors::Origins;

pub(crate) use answer::{Answer, ApiResult, Bare};
pub(crate) use edge::Edge;
pub(crate) use error::{HttpError, envelope};
pub(crate) use expect::answering_expectations;
pub(crate) use extract::{
    App, BaseUrl, Body, Caller, Claimed, ClientAddress, OptionalBody, Path, Query, SocketCaller,
    bearer_token, protocol_token, query_parameter, upgrade_required,
};
pub(crate) use layer::add_quota;
pub(crate) use ops::{Operated, operator_service, starting_service};
pub(crate) use request_id::RequestId;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{Error, web};

use crate::metrics::Metrics;

use self::routes::{Operation, Routes, endpoints, no_such_route};

/// The routes and the layer around them, on one worker thread.
pub(crate) fn service(
    app: App,
    edge: web::Data<Edge>,
    metrics: web::Data<Metrics>,
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
        .app_data(app)
        .app_data(edge)
        .app_data(metrics)
        .configure(|cfg| routes(&mut Routes::new(cfg, &mut Vec::new())))
        .configure(web_app::routes)
        .service(no_such_route("/{rest:.*}"))
        .wrap(from_fn(layer::layer))
}

/// Every route.
fn routes(routes: &mut Routes) {
    ops::routes(routes);
    routes.scope("/v1/auth", auth::routes);
    routes.scope("/v1/users", users::routes);
    routes.scope("/v1/conversations", conversations::routes);
    routes.scope("/v1/messages", messages::routes);
    routes.scope("/v1/encryption", encryption::routes);
    routes.scope("/v1/uploads", uploads::routes);
    routes.scope("/v1/files", files::routes);
    routes.scope("/v1/broadcasts", broadcasts::routes);
    routes.scope("/v1/calls", calls::routes);
    routes.scope("/v1/ws", ws::routes);
    endpoints!(routes {
        GET "/v1/sync" => sync::sync,
        GET "/v1/presence" => presence::presence,
    });
}

/// Every operation, in the order in which they are looked at.
fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    // An app that nobody starts.
    drop(actix_web::App::new().configure(|cfg| routes(&mut Routes::new(cfg, &mut operations))));
    operations
}
