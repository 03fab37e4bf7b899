//! `POST /v1/conversations/{id}/leave` — leaves a group; its only owner hands it over.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | left |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 409 | `DM_IMMUTABLE` | it is a DM |

use sentinal_protocol::ConversationId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn leave_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<()> {
    app.leave_conversation(&caller, *id).await?;
    Ok(Answer::empty())
}
