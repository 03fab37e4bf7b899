//! `GET /v1/messages/{id}/reactions` — who reacted to a message, in pages, and the counts.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 422 | `VALIDATION_ERROR` | page or limit out of bounds |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::reactions::Reactions;

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

pub(super) async fn list_reactions(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<PageQuery>,
) -> ApiResult<Reactions> {
    let reactions = app.list_reactions(&caller, *id, query.0).await?;
    Ok(Answer::ok(reactions))
}
