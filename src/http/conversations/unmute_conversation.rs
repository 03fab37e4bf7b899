//! `POST /v1/conversations/{id}/unmute` — notifies the caller again.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | it is not muted; it may not have been |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn unmute_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(app.unmute_conversation(&caller, *id).await?))
}
