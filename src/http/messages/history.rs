//! Reading messages that were sent before.

use sentinal_app::ApiError;
use sentinal_protocol::api::messages::{HistoryQuery, Message, Messages};
use sentinal_protocol::{ErrorCode, MessageId};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `GET /v1/messages?conversation_id=` — a page of a conversation's history.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page and its gaps, with the ciphertexts of the calling device |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | two positions at once, or `limit` out of range |
pub(super) async fn list_messages(
    app: App,
    caller: Caller,
    query: Query<HistoryQuery>,
) -> ApiResult<Messages> {
    Ok(Answer::ok(
        app.messages.list_messages(&caller, *query).await?,
    ))
}

/// `GET /v1/messages/search` — refused: the server holds only ciphertext.
///
/// | status | code | when |
/// |---|---|---|
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `E2EE_NO_SEARCH` | always |
pub(super) async fn search_messages(_caller: Caller) -> ApiResult<()> {
    let message = "The server cannot read messages; search on the device.";
    Err(ApiError::new(ErrorCode::E2eeNoSearch, message).into())
}

/// `GET /v1/messages/{id}` — a message, with the ciphertext of the calling device.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the message |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn get_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.messages.get_message(&caller, *id).await?))
}
