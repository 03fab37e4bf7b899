//! Pinning a conversation in the caller's own list.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;

use crate::http::{Answer, ApiResult, App, Caller, Path};

/// `POST /v1/conversations/{id}/pin` — keeps the conversation above the others in the caller's lists.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | pinned, or it was |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn pin_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations.pin_conversation(&caller, *id).await?,
    ))
}

/// `POST /v1/conversations/{id}/unpin` — sorts the conversation by its last message again.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | not pinned; it may not have been |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn unpin_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations.unpin_conversation(&caller, *id).await?,
    ))
}
