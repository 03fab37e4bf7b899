//! `POST /v1/conversations/{id}/transfer` — makes another participant the owner; the caller stays as
//! an admin.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | handed over; the group as the caller sees it now |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller does not own the group |
//! | 404 | `NOT_FOUND` | no such conversation of the caller, or nobody in it with this id |
//! | 409 | `DM_IMMUTABLE` | it is a DM |
//! | 422 | `VALIDATION_ERROR` | `user_id` is missing, or the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{Conversation, TransferRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn transfer_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<TransferRequest>,
) -> ApiResult<Conversation> {
    let handed_over = app.transfer_conversation(&caller, *id, body.0).await?;
    Ok(Answer::ok(handed_over))
}
