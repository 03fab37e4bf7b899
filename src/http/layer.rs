//! The outermost layer of the HTTP door: request id, envelope of failures, headers, log line.
//!
//! Everything that leaves passes here, also what actix itself refuses. Upgrade requests do not:
//! the transport hands them to the WebSocket door before any layer (see `ws`).

use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_http::ConnectionType;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use bytes::Bytes;
use sentinal_app::ApiError;
use sentinal_app::rate_limits::{self, Bucket, Snapshot};
use sentinal_protocol::ErrorCode;
use sentinal_store::with_budget;

use super::cors;
use super::edge::Edge;
use super::error::{self, HttpError};
use super::extract::App;
use super::request_id::{self, RequestId};
use super::routes::speaks_tus;
use super::uploads::tus;
use crate::connections::{HttpConnection, RunningRequest};
use crate::metrics::Metrics;

/// Bytes of path and query.
const URL_BYTES_MAX: usize = 8 * 1024;

/// Methods that are counted by name: a client may make up any number of others.
const KNOWN_METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

const RATE_LIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RATE_LIMIT_BUCKET: HeaderName = HeaderName::from_static("x-ratelimit-bucket");

/// Headers of every answer that does not say otherwise itself.
const DEFAULT_HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Handles one request and what became of it.
pub(crate) async fn layer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let edge = Edge::of(request.request());
    let _running = edge.begin_request();
    let address = edge.client_address(request.peer_addr(), request.headers());
    let connection = request.conn_data::<Rc<HttpConnection>>().cloned();
    let answering = connection.as_ref().map(HttpConnection::begin_request);
    let counted_for = connection.map_or(Ok(()), |it| it.count_for(address));
    let request_id = RequestId::of(request.headers());
    request.extensions_mut().insert(request_id.clone());
    let method = request.method().clone();
    let with_tus = speaks_tus(request.match_info().as_str());
    let origin = allowed_origin(&request);
    let quota = idle_quota(&request, address);

    let preflight = cors::preflight(&method, request.headers());
    let is_preflight = preflight.is_some();
    let mut counted = None;
    let response = if counted_for.is_err() {
        request.error_response(HttpError(ApiError::overloaded()))
    } else if let Some(answer) = preflight {
        request.into_response(answer)
    } else if request
        .uri()
        .path_and_query()
        .map_or(0, |url| url.as_str().len())
        > URL_BYTES_MAX
    {
        let error = ApiError::new(
            ErrorCode::UriTooLong,
            format!("The URL may have {URL_BYTES_MAX} bytes at most."),
        );
        request.error_response(HttpError(error))
    } else {
        let (outcome, tightest) = rate_limits::observe(with_budget(next.call(request))).await;
        counted = tightest;
        outcome?.map_into_boxed_body()
    };

    let (mut response, code) = in_envelope(response, &request_id);
    let headers = response.headers_mut();
    add_defaults(headers);
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(request_id::HEADER, value);
    }
    if let Some(snapshot) = counted.or_else(quota) {
        add_quota(headers, &snapshot);
    }
    if with_tus {
        tus::sign(headers);
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        cors::permit(headers, &origin, is_preflight);
    }
    if counted_for.is_err() {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let elapsed = started.elapsed();
    count(&response, &method, elapsed);
    // Never the query: it may hold a token.
    tracing::info!(
        %request_id,
        %method,
        path = response.request().path(),
        status = response.status().as_u16(),
        code,
        elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    Ok(match answering {
        Some(answering) => response.map_body(|_, body| {
            BoxBody::new(Answering {
                body,
                _running: answering,
            })
        }),
        None => response,
    })
}

/// The body of an answer, with which the connection is busy until the transport has all of it.
struct Answering {
    body: BoxBody,
    _running: RunningRequest,
}

impl MessageBody for Answering {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// Counts an answer under its route; what has none is all the same.
fn count(response: &ServiceResponse<BoxBody>, method: &Method, elapsed: Duration) {
    let request = response.request();
    if let Some(metrics) = request.app_data::<web::Data<Metrics>>() {
        let route = request.match_pattern();
        let route = route.as_deref().unwrap_or("none");
        let known = KNOWN_METHODS.contains(method);
        let method = if known { method.as_str() } else { "other" };
        metrics.answered(method, route, response.status(), elapsed);
    }
}

/// Looks at what is left to the client's address in general, for answers to requests that were not
/// counted anywhere.
fn idle_quota(
    request: &ServiceRequest,
    address: IpAddr,
) -> impl FnOnce() -> Option<Snapshot> + use<> {
    let app = request.app_data::<App>().cloned();
    move || app?.limits.peek(Bucket::General, address)
}

/// Tells the client how much it may still do.
pub(crate) fn add_quota(headers: &mut HeaderMap, snapshot: &Snapshot) {
    headers.insert(RATE_LIMIT_LIMIT, snapshot.limit.into());
    headers.insert(RATE_LIMIT_REMAINING, snapshot.remaining.into());
    headers.insert(RATE_LIMIT_RESET, snapshot.reset_seconds().into());
    headers.insert(
        RATE_LIMIT_BUCKET,
        HeaderValue::from_static(snapshot.bucket.as_str()),
    );
}

/// The `Origin` of the request, if its pages may call.
fn allowed_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    let allowed = Edge::of(request.request()).allows_origin(origin.to_str().ok()?);
    allowed.then(|| origin.clone())
}

/// Gives a failure its body, whoever refused: our own code, or actix with a bare status.
fn in_envelope(
    response: ServiceResponse<BoxBody>,
    request_id: &RequestId,
) -> (ServiceResponse<BoxBody>, Option<&'static str>) {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return (response, None);
    }
    let own = response.response().error().and_then(|error| {
        let own = error.as_error::<HttpError>()?;
        Some(own.0.clone())
    });
    let allow = response.headers().get(header::ALLOW);
    let allow = allow.map(allowed_methods);
    let error = own.unwrap_or_else(|| foreign(status, allow.is_some(), &response));
    error.log(Some(request_id.as_str()));
    let mut answer = error::envelope(&error, request_id);
    if let (ErrorCode::MethodNotAllowed, Some(Ok(allow))) = (error.code, allow) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    let code = error.code.as_str();
    (response.into_response(answer), Some(code))
}

/// What actix means by a bare status.
fn foreign(
    status: StatusCode,
    has_other_methods: bool,
    response: &ServiceResponse<BoxBody>,
) -> ApiError {
    match status {
        StatusCode::METHOD_NOT_ALLOWED if has_other_methods => ApiError::new(
            ErrorCode::MethodNotAllowed,
            "This address knows other methods.",
        ),
        // See `no_such_route`: 405 without `Allow`.
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND => ApiError::not_found("address"),
        StatusCode::URI_TOO_LONG => ApiError::new(
            ErrorCode::UriTooLong,
            format!("The URL may have {URL_BYTES_MAX} bytes at most."),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(ErrorCode::PayloadTooLarge, "The body is too large.")
        }
        StatusCode::REQUEST_TIMEOUT => ApiError::new(
            ErrorCode::RequestTimeout,
            "The request did not arrive in time.",
        ),
        status if status.is_client_error() => {
            ApiError::bad_request("The request cannot be understood.")
        }
        _ => {
            let error = ApiError::new(ErrorCode::Internal, "Something went wrong on our side.");
            match response.response().error() {
                Some(cause) => error.with_source(Foreign(cause.to_string())),
                None => error,
            }
        }
    }
}

/// An error of actix itself, as text for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Foreign(String);

/// `Allow` in order and without repetitions.
fn allowed_methods(
    listed: &HeaderValue,
) -> Result<HeaderValue, actix_web::http::header::InvalidHeaderValue> {
    let mut methods: Vec<&str> = listed
        .to_str()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    methods.sort_unstable();
    methods.dedup();
    HeaderValue::from_str(&methods.join(", "))
}

fn add_defaults(headers: &mut HeaderMap) {
    for (name, text) in DEFAULT_HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(text));
        }
    }
}
