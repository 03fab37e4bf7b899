//! Control messages: ciphertext for some devices.

use sentinal_app::Duplicate;
use sentinal_protocol::api::control::{ControlRequest, SentControl};
use sentinal_protocol::{ConversationId, limits};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `POST /v1/conversations/{id}/control` — sends ciphertext to some devices of the participants: it has
/// a revision but no message number, and counts nowhere.
///
/// Resend requests, resets of sessions and late sender keys travel in it. Devices that are not named get
/// the bare `revision`. Where only admins may write, others may name admins' and their own devices.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | it is in the log |
/// | 200 |  | an equal request was answered before: that answer, `"duplicate":true` |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | only admins may write here, and a device is neither an admin's nor the caller's |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `DEVICE_MISMATCH` | a device belongs to no participant; `details.extra` names it |
/// | 409 | `IDEMPOTENCY_CONFLICT` | the id was used for another request |
/// | 413 | `PAYLOAD_TOO_LARGE` | more than 4 MiB |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule |
/// | 422 | `AMBIGUOUS_DEVICE` | a device string fits two participants |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many messages; it counts as one |
pub(super) async fn send_control(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<ControlRequest, { limits::SEND_BODY_BYTES_MAX }>,
) -> ApiResult<SentControl> {
    let (sent, duplicate) = app.messages.send_control(&caller, *id, body.0).await?;
    Ok(match duplicate {
        Duplicate::No => Answer::created(sent),
        Duplicate::Yes => Answer::duplicate(sent),
    })
}
