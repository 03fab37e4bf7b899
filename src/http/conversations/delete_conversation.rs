//! `DELETE /v1/conversations/{id}` — deletes a group for everybody; hides and clears a DM for the
//! caller.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone; the next message brings a DM back, without the earlier ones |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller does not own the group |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn delete_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<()> {
    app.delete_conversation(&caller, *id).await?;
    Ok(Answer::empty())
}
