//! `Idempotency-Key`: the layer around every `POST` that answers a repeat with the first answer, but
//! for those whose row says [`NotRemembered`](super::routes::Flag::NotRemembered).
//!
//! It stands behind authentication and before everything else, so that a retry succeeds even when
//! the world has moved on: rights, rate limit and the state that the first request changed are not
//! looked at again. Only successes are kept; what was refused may be tried again. The handler runs
//! in a task of its own, so that a client that hangs up gets its answer at the next try. Answers are
//! as secret as what they answer: they are never logged.

use actix_http::h1;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use sentinal_app::rate_limits;
use sentinal_app::{self as app, ApiError, Claim, Turn, request_hash};
use sentinal_store::{budget_left, with_budget_of};

use super::error::HttpError;
use super::extract::{App, Authenticated, ReadBody, read_body};
use super::routes::Flags;

/// The header.
const HEADER: &str = "Idempotency-Key";
/// Characters of a key.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 1..=128;

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
        Ok(Some(Taken {
            app,
            turn: Turn::First(claim),
            body,
        })) => run(app, claim, body, request, next).await,
        Ok(Some(Taken {
            app,
            turn: Turn::Repeat(kept),
            body,
        })) => {
            let answer = app.idempotency.restore_answer(kept, &body.bytes);
            let answer = HttpResponse::Ok()
                .content_type(ContentType::json())
                .body(as_duplicate(&answer));
            Ok(request.into_response(answer))
        }
        Ok(
            None
            | Some(Taken {
                turn: Turn::Unclaimed,
                ..
            }),
        ) => Ok(next.call(request).await?.map_into_boxed_body()),
        // Not `into_response`, which forgets the error that the outermost layer tells of.
        Err(refusal) => Ok(ServiceResponse::from_err(
            HttpError(refusal),
            request.into_parts().0,
        )),
    }
}

/// Whose turn it is to answer a request.
struct Taken {
    app: App,
    turn: Turn,
    body: ReadBody,
}

/// Whose turn it is; `None` if the caller is not known, which the handler tells them.
async fn take_turn(
    request: &mut ServiceRequest,
    body_bytes_max: usize,
) -> Result<Option<Taken>, ApiError> {
    let Some(app) = request.app_data::<App>().cloned() else {
        return Ok(None);
    };
    let flags = request.app_data::<Flags>().copied().unwrap_or_default();
    let Some(caller) = Authenticated::of(request.request(), &app, flags).await else {
        return Ok(None);
    };
    let Some(key) = key_of(request.headers())?.map(str::to_owned) else {
        return Ok(None);
    };
    let body = if body_bytes_max == 0 {
        ReadBody::none(request.request())
    } else {
        let payload = request.take_payload();
        let body = read_body(request.request(), payload, body_bytes_max).await?;
        request.set_payload(payload_of(body.bytes.clone()));
        body
    };
    let hash = request_hash(
        request.method().as_str(),
        request.path(),
        request.query_string(),
        &body.bytes,
    );
    let flags = request.app_data::<Flags>().copied().unwrap_or_default();
    let turn = app
        .idempotency
        .take_turn(&caller, &key, hash, flags.bucket())
        .await?;
    Ok(Some(Taken { app, turn, body }))
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
    body: ReadBody,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // A task of its own goes on with the budget of the request.
    let left = budget_left();
    let running = actix_web::rt::spawn(async move {
        // What becomes of the claim is not the request's work: it is kept or released also when the
        // request has used its budget up.
        let answering = with_budget_of(left, next.call(request));
        let (outcome, counted) = rate_limits::observe(answering).await;
        let settled = match outcome {
            Ok(response) => settle(&app, &claim, &body.bytes, response).await,
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
    request_body: &[u8],
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
    keep(app, claim, request_body, status, &body).await;
    let response = head.set_body(BoxBody::new(body));
    Ok(ServiceResponse::new(request, response))
}

/// The body of an answer could not be read.
#[derive(Debug, thiserror::Error)]
#[error("an answer without a body: {0}")]
struct Unreadable(String);

async fn keep(
    app: &app::App,
    claim: &Claim,
    request_body: &[u8],
    status: StatusCode,
    body: &Bytes,
) {
    // Answers are our own JSON.
    let Ok(answer) = std::str::from_utf8(body) else {
        return forget(app, claim).await;
    };
    if let Err(error) = app
        .idempotency
        .keep_answer(claim, status.as_u16(), answer, request_body)
        .await
    {
        // It is done and must be answered. The claim is given up; a repeat does it again.
        tracing::warn!(%error, "an answer could not be kept under its idempotency key");
    }
}

async fn forget(app: &app::App, claim: &Claim) {
    if let Err(error) = app.idempotency.give_up(claim).await {
        tracing::warn!(%error, "the claim of an idempotency key was not removed, it counts no more");
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
