//! `GET /v1/conversations/{id}` — one of the caller's conversations.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the conversation |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(app.get_conversation(&caller, *id).await?))
}
