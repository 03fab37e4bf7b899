//! The message counter of a conversation.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::SequenceState;

use crate::http::{Answer, ApiResult, App, Caller, Path};

/// `GET /v1/conversations/{id}/sequence` — the highest message number given.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the number |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn get_sequence(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<SequenceState> {
    Ok(Answer::ok(
        app.conversations.get_sequence(&caller, *id).await?,
    ))
}

/// `POST /v1/conversations/{id}/sequence` — takes the next message number; no message will have it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the number taken |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller may not send here |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn reserve_sequence(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<SequenceState> {
    Ok(Answer::ok(
        app.conversations.reserve_sequence(&caller, *id).await?,
    ))
}
