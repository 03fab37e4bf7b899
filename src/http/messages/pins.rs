//! Pinning a message, for everybody in the conversation.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;

use crate::http::{Answer, ApiResult, App, Caller, Path};

/// `PUT /v1/messages/{id}/pin` — pins a message for everybody.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | pinned, or so before; the message |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | only admins may write here |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `CONFLICT` | it was deleted or has expired, or 100 messages are pinned |
pub(super) async fn pin_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.messages.pin_message(&caller, *id).await?))
}

/// `DELETE /v1/messages/{id}/pin` — ends the pinning of a message.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | not pinned, or so before; the message |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | only admins may write here |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn unpin_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.messages.unpin_message(&caller, *id).await?))
}
