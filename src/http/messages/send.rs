//! Sending a message.

use actix_web::HttpRequest;
use sentinal_app::Duplicate;
use sentinal_protocol::api::messages::{SendMessageRequest, SentMessage};
use sentinal_protocol::limits;

use crate::http::idempotency::key_of;
use crate::http::{Answer, ApiResult, App, Body, Caller};

/// `POST /v1/messages` — sends a message; answered only once it is committed.
///
/// The header `Idempotency-Key` stands for the field `idempotency_key`.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | it is in the log |
/// | 200 |  | an equal request was answered before: that answer, `"duplicate":true` |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | only admins may write here |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `DEVICE_MISMATCH` | the ciphertexts do not match the devices; `details` names them |
/// | 409 | `ROSTER_CHANGED` | the shared ciphertext was made for another roster |
/// | 409 | `IDEMPOTENCY_CONFLICT` | the key was used for another request |
/// | 413 | `PAYLOAD_TOO_LARGE` | more than 4 MiB |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule |
/// | 422 | `AMBIGUOUS_DEVICE` | a device string fits two participants |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many messages; those refused for another device set do not count |
/// | 503 | `OVERLOADED` | too much waits to be committed |
/// | 503 | `UNSETTLED` | the outcome is not known yet: ask again with the same key |
pub(super) async fn send_message(
    request: HttpRequest,
    app: App,
    caller: Caller,
    body: Body<SendMessageRequest, { limits::SEND_BODY_BYTES_MAX }>,
) -> ApiResult<SentMessage> {
    let mut message = body.0;
    if message.idempotency_key.is_none() {
        message.idempotency_key = key_of(request.headers())?.map(str::to_owned);
    }
    let (sent, duplicate) = app.messages.send_message(&caller, message).await?;
    Ok(match duplicate {
        Duplicate::No => Answer::created(sent),
        Duplicate::Yes => Answer::duplicate(sent),
    })
}
