//! How much the caller has not read.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::sync::Unread;

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/users/me/unread` — how much the caller has not read, and a page of where.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the count over all conversations, and the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_unread(
    app: App,
    caller: Caller,
    query: Query<PageQuery>,
) -> ApiResult<Unread> {
    Ok(Answer::ok(
        app.conversations.list_unread(&caller, *query).await?,
    ))
}
