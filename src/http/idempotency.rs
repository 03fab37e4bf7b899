//! `Idempotency-Key`: the layer around every `POST` that answers a repeat with the first answer.
//!
//! It stands behind authentication and before everything else, so that a retry succeeds even when
//! the world has moved on: rights, rate limit and the state that the first request changed are not
//! looked at again. Only successes are kept; what was refused may be tried again. The handler runs
//! in a task of its own, so that a client that hangs up gets its answer at the next try. Answers are
//! as secret as what they answer: they are never logged.

use actix_http::h1;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ContentType, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use sentinal_actors::app::rate_limits;
use sentinal_actors::app::{self, ApiError, Claim, Turn, request_hash};

use super::error::HttpError;
use super::extract::{App, Authenticated, read_body};

/// The header.
const HEADER: &str = "Idempotency-Key";
/// Characters of a key.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 1..=128;

/// `POST`s that it does not stand around. Tokens and tickets must not lie in a table; a send keeps
/// its key in the transaction of its message, a broadcast derives those of its messages from its own.
const EXCEPT: [&str; 4] = [
    "/v1/auth/",
    "/v1/ws/ticket",
    "/v1/messages",
    "/v1/broadcasts/{id}/messages",
];

/// Whether answers of an operation are kept.
pub(crate) fn covers(method: &Method, pattern: &str) -> bool {
    let excepted = EXCEPT
        .iter()
        .any(|except| *except == pattern || (except.ends_with('/') && pattern.starts_with(except)));
    *method == Method::POST && !excepted
}

/// The key of a request, if it has one.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(HEADER) else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| {
        KEY_CHARS.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    match key {
        Some(key) => Ok(Some(key)),
        None => Err(ApiError::invalid(
            HEADER,
            "must be 1 to 128 visible characters",
        )),
    }
}

/// The layer around a handler that takes a body of so many bytes.
pub(crate) fn remember<B: MessageBody + 'static>(
    body_bytes_max: usize,
) -> impl Fn(ServiceRequest, Next<B>) -> LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>
+ Clone {
    move |request, next| {
        Box::pin(async move {
            if request.headers().contains_key(HEADER) {
                repeat_or_run(request, next, body_bytes_max).await
            } else {
                let response = next.call(request).await?;
                Ok(response.map_into_boxed_body())
            }
        })
    }
}

async fn repeat_or_run<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    body_bytes_max: usize,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let turn = take_turn(&mut request, body_bytes_max).await;
    match turn {
        Ok(Some((app, Turn::First(claim)))) => run(app, claim, request, next).await,
        Ok(Some((_, Turn::Repeat(answer)))) => {
            let answer = HttpResponse::Ok()
                .content_type(ContentType::json())
                .body(as_duplicate(&answer));
            Ok(request.into_response(answer))
        }
        Ok(None | Some((_, Turn::Unclaimed))) => {
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        // Not `into_response`, which forgets the error that the outermost layer tells of.
        Err(refusal) => Ok(ServiceResponse::from_err(
            HttpError(refusal),
            request.into_parts().0,
        )),
    }
}

/// Whose turn it is; `None` if the caller is not known, which the handler tells them.
async fn take_turn(
    request: &mut ServiceRequest,
    body_bytes_max: usize,
) -> Result<Option<(App, Turn)>, ApiError> {
    let Some(app) = request.app_data::<App>().cloned() else {
        return Ok(None);
    };
    let Some(caller) = Authenticated::of(request.request(), &app).await else {
        return Ok(None);
    };
    let Some(key) = key_of(request.headers())?.map(str::to_owned) else {
        return Ok(None);
    };
    let body = if body_bytes_max == 0 {
        Bytes::new()
    } else {
        let payload = request.take_payload();
        let body = read_body(request.request(), payload, body_bytes_max).await?;
        request.set_payload(payload_of(body.clone()));
        body
    };
    let hash = request_hash(
        request.method().as_str(),
        request.path(),
        request.query_string(),
        &body,
    );
    let turn = app.take_turn(&caller, &key, hash).await?;
    Ok(Some((app, turn)))
}

fn payload_of(body: Bytes) -> Payload {
    let (_, mut payload) = h1::Payload::create(true);
    payload.unread_data(body);
    Payload::from(payload)
}

/// Lets the handler answer, and keeps a success.
async fn run<B: MessageBody + 'static>(
    app: App,
    claim: Claim,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let running = actix_web::rt::spawn(async move {
        let (outcome, counted) = rate_limits::observe(next.call(request)).await;
        let settled = match outcome {
            Ok(response) => settle(&app, &claim, response).await,
            Err(error) => {
                forget(&app, &claim).await;
                Err(error)
            }
        };
        (settled, counted)
    });
    match running.await {
        Ok((settled, counted)) => {
            rate_limits::relay(counted);
            settled
        }
        Err(error) => Err(HttpError(ApiError::internal(error)).into()),
    }
}

/// Keeps the answer if it is a success, else gives the key free.
async fn settle<B: MessageBody + 'static>(
    app: &app::App,
    claim: &Claim,
    response: ServiceResponse<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let status = response.status();
    if !status.is_success() {
        forget(app, claim).await;
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body)
        .await
        .map_err(|error| HttpError(ApiError::internal(Unreadable(error.into().to_string()))))?;
    keep(app, claim, status, &body).await;
    let response = head.set_body(BoxBody::new(body));
    Ok(ServiceResponse::new(request, response))
}

/// The body of an answer could not be read.
#[derive(Debug, thiserror::Error)]
#[error("an answer without a body: {0}")]
struct Unreadable(String);

async fn keep(app: &app::App, claim: &Claim, status: StatusCode, body: &Bytes) {
    // Answers are our own JSON.
    let Ok(answer) = std::str::from_utf8(body) else {
        return forget(app, claim).await;
    };
    if let Err(error) = app.keep_answer(claim, status.as_u16(), answer).await {
        // It is done and must be answered. The claim lapses; a repeat after that does it again.
        tracing::warn!(%error, "an answer could not be kept under its idempotency key");
    }
}

async fn forget(app: &app::App, claim: &Claim) {
    if let Err(error) = app.give_up(claim).await {
        tracing::warn!(%error, "an idempotency key stays claimed until its claim lapses");
    }
}

/// A kept answer, marked as the repetition that it is.
fn as_duplicate(answer: &str) -> String {
    match answer.strip_prefix(r#"{"success":true,"#) {
        Some(rest) if !rest.starts_with(r#""duplicate""#) => {
            format!(r#"{{"success":true,"duplicate":true,{rest}"#)
        }
        Some(_) | None => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn every_post_is_covered_but_those_that_hand_out_secrets_or_keep_keys_themselves() {
        assert!(covers(&Method::POST, "/v1/conversations"));
        assert!(covers(&Method::POST, "/v1/messages/{id}/read"));
        assert!(!covers(&Method::POST, "/v1/messages"));
        assert!(!covers(&Method::POST, "/v1/auth/login"));
        assert!(!covers(&Method::POST, "/v1/ws/ticket"));
        assert!(!covers(&Method::PUT, "/v1/users/me"));
    }

    #[test]
    fn a_key_is_visible_characters() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("idempotency-key"),
                HeaderValue::from_static(text),
            );
            key_of(&headers).map(|key| key.map(str::to_owned))
        };
        assert_eq!(of("a-1:b").unwrap().as_deref(), Some("a-1:b"));
        assert!(of("").is_err());
        assert!(of("a b").is_err());
        assert!(key_of(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn a_repetition_says_that_it_is_one() {
        let first = r#"{"success":true,"data":{"id":1}}"#;
        let again = r#"{"success":true,"duplicate":true,"data":{"id":1}}"#;
        assert_eq!(as_duplicate(first), again);
        assert_eq!(as_duplicate(again), again);
    }
}
