//! The caller's conversations: list and search.

use sentinal_protocol::api::conversations::{
    ConversationSearchQuery, ConversationTypeQuery, Conversations, ConversationsQuery,
};

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/conversations` — a page of the caller's conversations: pinned first, then by last message.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page; archived ones only with `?archived=true` |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_conversations(
    app: App,
    caller: Caller,
    query: Query<ConversationsQuery>,
) -> ApiResult<Conversations> {
    Ok(Answer::ok(
        app.conversations
            .list_conversations(&caller, *query)
            .await?,
    ))
}

/// `GET /v1/conversations/type?type=` — a page of the caller's DMs, or of their groups.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page; archived ones only with `&archived=true` |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `type` is missing or none; `page` or `limit` out of range |
pub(super) async fn list_conversations_of_type(
    app: App,
    caller: Caller,
    query: Query<ConversationTypeQuery>,
) -> ApiResult<Conversations> {
    let listed = app
        .conversations
        .list_conversations_of_type(&caller, *query)
        .await?;
    Ok(Answer::ok(listed))
}

/// `GET /v1/conversations/search?query=` — a page of the caller's groups with a text in their name, and
/// of DMs with somebody who has it in theirs.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page, archived ones included |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `query` is missing, empty or too long; `page` or `limit` out of range |
pub(super) async fn search_conversations(
    app: App,
    caller: Caller,
    query: Query<ConversationSearchQuery>,
) -> ApiResult<Conversations> {
    Ok(Answer::ok(
        app.conversations
            .search_conversations(&caller, query.0)
            .await?,
    ))
}
