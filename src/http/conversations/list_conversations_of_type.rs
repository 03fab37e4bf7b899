//! `GET /v1/conversations/type?type=` — a page of the caller's DMs, or of their groups.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page; archived ones only with `&archived=true` |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `type` is missing or none; `page` or `limit` out of range |

use sentinal_protocol::api::conversations::{ConversationTypeQuery, Conversations};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_conversations_of_type(
    app: App,
    caller: Caller,
    query: Query<ConversationTypeQuery>,
) -> ApiResult<Conversations> {
    let listed = app.list_conversations_of_type(&caller, *query).await?;
    Ok(Answer::ok(listed))
}
