//! Editing and deleting messages.

use sentinal_protocol::api::edits::{DeleteMessageQuery, EditMessageRequest};
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::{DeleteFor, MessageId, limits};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `PUT /v1/messages/{id}` — replaces what a message says.
///
/// Encrypted for those who could see it and still take part, in the forms of a send; `ciphertext` alone
/// is taken where exactly one device must get one.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | edited; the message as the calling device sees it |
/// | 400 | `BAD_REQUEST` | the id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | it is not the caller's, or only admins may write here |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `CONFLICT` | it was deleted or has expired |
/// | 409 | `DEVICE_MISMATCH` | the ciphertexts do not match the devices; `details` names them |
/// | 409 | `ROSTER_CHANGED` | the shared ciphertext was made for another roster |
/// | 413 | `PAYLOAD_TOO_LARGE` | more than 4 MiB |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule, or not exactly one form is given |
/// | 422 | `CIPHERTEXTS_REQUIRED` | `ciphertext` alone, and not exactly one device to encrypt for |
/// | 422 | `AMBIGUOUS_DEVICE` | a device string fits two participants |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many messages |
/// | 503 | `OVERLOADED` | too much waits to be committed |
/// | 503 | `UNSETTLED` | the outcome is not known yet; an edit may be repeated |
pub(super) async fn edit_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    body: Body<EditMessageRequest, { limits::SEND_BODY_BYTES_MAX }>,
) -> ApiResult<Message> {
    Ok(Answer::ok(
        app.messages.edit_message(&caller, *id, body.0).await?,
    ))
}

/// `DELETE /v1/messages/{id}` — takes a message's content away; with `?for=me` the message, for the
/// caller alone.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | deleted, or so before; the tombstone, or `null` with `for=me` |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is neither its sender nor an admin of the group |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 422 | `VALIDATION_ERROR` | `for` is neither `me` nor `everyone` |
pub(super) async fn delete_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<DeleteMessageQuery>,
) -> ApiResult<Option<Message>> {
    Ok(Answer::ok(
        match query.whom.unwrap_or(DeleteFor::Everyone) {
            DeleteFor::Everyone => Some(app.messages.delete_message(&caller, *id).await?),
            DeleteFor::Me => {
                app.messages.hide_message(&caller, *id).await?;
                None
            }
        },
    ))
}

/// `DELETE /v1/messages/{id}/hard` — takes a message away, its place in history too; a gap is
/// left.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | deleted |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is neither its sender nor the owner of the group |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn hard_delete_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<()> {
    app.messages.hard_delete_message(&caller, *id).await?;
    Ok(Answer::empty())
}
