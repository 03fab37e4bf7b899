//! Starring a message, for the caller alone.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;

use crate::http::{Answer, ApiResult, App, Caller, Path};

/// `PUT /v1/messages/{id}/star` — stars a message, for the caller alone.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | starred, or so before; the message |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 409 | `CONFLICT` | the message was deleted or has expired |
pub(super) async fn star_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.messages.star_message(&caller, *id).await?))
}

/// `DELETE /v1/messages/{id}/star` — takes the caller's star off a message.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | without a star, or so before; the message |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn unstar_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.messages.unstar_message(&caller, *id).await?))
}
