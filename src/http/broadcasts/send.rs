//! Sending to all recipients of a broadcast list.

use actix_web::HttpRequest;
use sentinal_app::Duplicate;
use sentinal_protocol::api::broadcasts::{SendBroadcastRequest, SentBroadcast};
use sentinal_protocol::{BroadcastId, limits};

use crate::http::idempotency::key_of;
use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `POST /v1/broadcasts/{id}/messages` — writes one message to each recipient, into the direct
/// conversation with them, which is made if there is none. Recipients do not see each other.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | sent to those who are `accepted`; `skipped` names the others and why (a code of `POST /v1/messages`, or `UNKNOWN_USER`) |
/// | 200 |  | an equal request was answered before: that answer, `"duplicate":true` |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
/// | 409 | `IDEMPOTENCY_CONFLICT` | the key was used for another request |
/// | 413 | `PAYLOAD_TOO_LARGE` | more than 4 MiB |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule, or names no device of a recipient |
/// | 422 | `AMBIGUOUS_DEVICE` | a device string fits two recipients |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many broadcasts; each counts as many as it has recipients |
/// | 503 | `OVERLOADED` | too much waits to be committed: repeat it under the same key |
/// | 503 | `UNSETTLED` | the outcome is not known yet: repeat it under the same key |
pub(super) async fn send_broadcast(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    body: Body<SendBroadcastRequest, { limits::SEND_BODY_BYTES_MAX }>,
) -> ApiResult<SentBroadcast> {
    let mut broadcast = body.0;
    if broadcast.idempotency_key.is_none() {
        broadcast.idempotency_key = key_of(request.headers())?.map(str::to_owned);
    }
    let (sent, duplicate) = app
        .broadcasts
        .send_broadcast(&caller, *id, broadcast)
        .await?;
    Ok(match duplicate {
        Duplicate::No => Answer::created(sent),
        Duplicate::Yes => Answer::duplicate(sent),
    })
}
