//! `GET /v1/conversations` — a page of the caller's conversations: pinned first, then by last message.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page; archived ones only with `?archived=true` |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::conversations::{Conversations, ConversationsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_conversations(
    app: App,
    caller: Caller,
    query: Query<ConversationsQuery>,
) -> ApiResult<Conversations> {
    Ok(Answer::ok(app.list_conversations(&caller, *query).await?))
}
