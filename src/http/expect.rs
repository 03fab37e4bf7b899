//! `Expect: 100-continue`: a client that waits for leave to send its body (RFC 9110 §10.1.1).
//!
//! The transport gives that leave as soon as its expect service answers, before the request has
//! reached any route. So this service decides first what the head alone decides: the route, whose
//! token it is, whether there is something left of the caller's quota, and the length. Where one of
//! them speaks against the body the request goes on without leave, and whoever refuses it in the end
//! does so before a byte of the body was sent.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::LazyLock;

use actix_http::{HttpMessage as _, Request, Response};
use actix_service::{Service, ServiceFactory, fn_service};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ResourceDef, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use futures_util::future::LocalBoxFuture;
use sentinal_app::rate_limits::Bucket;
use sentinal_store::with_budget;

use super::body_budget::SMALL_BODY_BYTES;
use super::extract::{App, Authenticated};
use super::operations;
use super::routes::{Flag, Flags};

/// A service of requests, and the service that answers their expectations before it.
pub(crate) fn answering_expectations<F>(
    app: App,
    served: F,
) -> (
    Lent<F>,
    impl ServiceFactory<
        Request,
        Config = (),
        Response = Request,
        Error = Response<BoxBody>,
        InitError = (),
    >,
)
where
    F: ServiceFactory<Request, Config = (), Response = ServiceResponse<BoxBody>, Error = Error>,
    F::Service: 'static,
    <F::Service as Service<Request>>::Future: 'static,
{
    let lent = Rc::new(OnceCell::new());
    let served = Lent {
        served,
        lent: Rc::clone(&lent),
    };
    let expect = fn_service(move |request: Request| {
        let (app, lent) = (app.clone(), Rc::clone(&lent));
        async move {
            if with_budget(is_welcome(&app, &request)).await {
                return Ok(request);
            }
            // An answer in place of the leave is an error to the transport.
            Err(match lent.get() {
                Some(served) => match served.call(request).await {
                    Ok(answer) => answer.into(),
                    Err(error) => error.into(),
                },
                None => Response::internal_server_error(),
            })
        }
    });
    (served, expect)
}

/// Whether nothing in the head speaks against the body.
async fn is_welcome(app: &App, request: &Request) -> bool {
    let Some(route) = Route::of(request) else {
        return false;
    };
    let is_public = route.flags.has(Flag::Public);
    if !is_public {
        let Some(caller) = Authenticated::of(request, app, route.flags).await else {
            return false;
        };
        let left = app.limits.peek(Bucket::General, caller.user_id);
        if !route.flags.has(Flag::OwnBucket) && left.is_some_and(|left| left.remaining == 0) {
            return false;
        }
    }
    let bytes_max = match route.body_bytes_max {
        0 => u64::MAX,
        most if is_public => most.min(SMALL_BODY_BYTES) as u64,
        most => most as u64,
    };
    announced(request).is_some_and(|bytes| bytes <= bytes_max)
}

/// The length that the body is announced with, 0 if only that it comes; `None` if none comes.
fn announced(request: &Request) -> Option<u64> {
    let headers = request.headers();
    if headers.contains_key(TRANSFER_ENCODING) {
        return Some(0);
    }
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    length.parse().ok().filter(|length| *length > 0)
}

/// What matters here of a route that takes a body.
struct Route {
    method: Method,
    pattern: ResourceDef,
    flags: Flags,
    body_bytes_max: usize,
}

impl Route {
    /// The one that a request will take; `None` if it takes none, or one without a body.
    fn of(request: &Request) -> Option<&'static Self> {
        static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
            let operations = operations().into_iter().filter(|it| it.takes_body);
            let routes = operations.map(|operation| Route {
                method: operation.method,
                pattern: ResourceDef::new(operation.pattern),
                flags: operation.row.flags,
                body_bytes_max: operation.body_bytes_max,
            });
            routes.collect()
        });
        ROUTES
            .iter()
            .find(|it| it.method == *request.method() && it.pattern.is_match(request.path()))
    }
}

/// Makes a service that the expect service can call as well.
pub(crate) struct Lent<F: ServiceFactory<Request>> {
    served: F,
    lent: Rc<OnceCell<Rc<F::Service>>>,
}

impl<F> ServiceFactory<Request> for Lent<F>
where
    F: ServiceFactory<Request, Config = ()>,
    F::Future: 'static,
    F::Service: 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type Service = Rc<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, F::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let service = self.served.new_service(());
        let lent = Rc::clone(&self.lent);
        Box::pin(async move {
            let service = Rc::new(service.await?);
            // A service that is made again after a failure serves; the first one answers expectations.
            let _ = lent.set(Rc::clone(&service));
            Ok(service)
        })
    }
}
