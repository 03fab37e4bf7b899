//! `POST /v1/conversations/{id}/unpin` — sorts the conversation by its last message again.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | not pinned; it may not have been |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn unpin_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(app.unpin_conversation(&caller, *id).await?))
}
