//! Archiving a conversation, for the caller alone.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;

use crate::http::{Answer, ApiResult, App, Caller, Path};

/// `POST /v1/conversations/{id}/archive` — takes the conversation out of the caller's lists but for those of archived ones.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | archived, or it was |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn archive_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations.archive_conversation(&caller, *id).await?,
    ))
}

/// `POST /v1/conversations/{id}/unarchive` — puts the conversation back into the caller's lists.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | not archived; it may not have been |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn unarchive_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations
            .unarchive_conversation(&caller, *id)
            .await?,
    ))
}
