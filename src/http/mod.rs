//! The HTTP door: extract the caller, validate, one call of a use case, answer.
//!
//! One file per endpoint, one folder per resource. A folder's `routes` lists its endpoints, fixed
//! segments before variable ones, so that `/contacts/blocked` wins over `/contacts/{id}`. Every
//! answer passes the module `layer`, which alone writes the envelope of a failure.

mod answer;
mod auth;
mod broadcasts;
mod conversations;
mod cors;
mod edge;
mod encryption;
mod error;
mod extract;
mod files;
mod layer;
mod messages;
mod ops;
mod request_id;
mod sync;
mod uploads;
mod users;
mod ws_ticket;

pub use cors::Origins;

pub(crate) use answer::{Answer, ApiResult};
pub(crate) use edge::Edge;
pub(crate) use error::{HttpError, envelope};
pub(crate) use extract::{App, BaseUrl, Body, Caller, ClientAddress, OptionalBody, Path, Query};
pub(crate) use request_id::RequestId;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{Error, Resource, Scope, web};

/// The routes and the layer around them, on one worker thread.
pub(crate) fn service(
    app: App,
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
        .app_data(app)
        .app_data(edge)
        .configure(routes)
        .service(no_such_route("/{rest:.*}"))
        .wrap(from_fn(layer::layer))
}

/// Every route.
fn routes(cfg: &mut web::ServiceConfig) {
    cfg.configure(ops::routes)
        .service(scope("/v1/auth", auth::routes))
        .service(scope("/v1/users", users::routes))
        .service(scope("/v1/conversations", conversations::routes))
        .service(scope("/v1/messages", messages::routes))
        .service(scope("/v1/encryption", encryption::routes))
        .service(sync::sync)
        .service(scope("/v1/uploads", uploads::routes))
        .service(scope("/v1/files", files::routes))
        .service(scope("/v1/broadcasts", broadcasts::routes))
        .service(ws_ticket::issue_ticket);
}

/// The routes of one folder, whose paths start after `prefix`. A request whose path starts with it
/// is not looked for elsewhere.
fn scope(prefix: &str, routes: impl FnOnce(&mut web::ServiceConfig)) -> Scope {
    web::scope(prefix)
        .configure(routes)
        .service(no_such_route(""))
        .service(no_such_route("/{rest:.*}"))
}

/// Takes what no route took. actix notes the methods of all routes whose path fits, and a resource
/// without routes answers 405 with them as `Allow`. Without `Allow` there was no such path, which
/// the layer makes a 404.
fn no_such_route(pattern: &str) -> Resource {
    web::resource(pattern)
}
