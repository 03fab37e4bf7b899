//! `PUT /v1/messages/{id}` — replaces what a message says.
//!
//! Encrypted for those who could see it and still take part, in the forms of a send; `ciphertext` alone
//! is taken where exactly one device must get one.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | edited; the message as the calling device sees it |
//! | 400 | `BAD_REQUEST` | the id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | it is not the caller's, or only admins may write here |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 409 | `CONFLICT` | it was deleted or has expired |
//! | 409 | `DEVICE_MISMATCH` | the ciphertexts do not match the devices; `details` names them |
//! | 409 | `ROSTER_CHANGED` | the shared ciphertext was made for another roster |
//! | 413 | `PAYLOAD_TOO_LARGE` | more than 4 MiB |
//! | 422 | `VALIDATION_ERROR` | a field breaks a rule, or not exactly one form is given |
//! | 422 | `CIPHERTEXTS_REQUIRED` | `ciphertext` alone, and not exactly one device to encrypt for |
//! | 422 | `AMBIGUOUS_DEVICE` | a device string fits two participants |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too many messages |
//! | 503 | `OVERLOADED` | too much waits to be committed |
//! | 503 | `UNSETTLED` | the outcome is not known yet; an edit may be repeated |

use sentinal_protocol::api::edits::EditMessageRequest;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::{MessageId, limits};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn edit_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    body: Body<EditMessageRequest, { limits::SEND_BODY_BYTES_MAX }>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.edit_message(&caller, *id, body.0).await?))
}
