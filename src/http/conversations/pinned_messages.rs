//! The pinned messages of a conversation.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::pins::Pins;

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `GET /v1/conversations/{id}/pins` — a page of a conversation's pinned messages, the one pinned last
/// first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_pins(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    query: Query<PageQuery>,
) -> ApiResult<Pins> {
    Ok(Answer::ok(
        app.messages.list_pins(&caller, *id, query.0).await?,
    ))
}
