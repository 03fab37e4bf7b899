//! `GET /v1/conversations/search?query=` — a page of the caller's groups with a text in their name, and
//! of DMs with somebody who has it in theirs.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page, archived ones included |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `query` is missing, empty or too long; `page` or `limit` out of range |

use sentinal_protocol::api::conversations::{ConversationSearchQuery, Conversations};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn search_conversations(
    app: App,
    caller: Caller,
    query: Query<ConversationSearchQuery>,
) -> ApiResult<Conversations> {
    Ok(Answer::ok(
        app.search_conversations(&caller, query.0).await?,
    ))
}
