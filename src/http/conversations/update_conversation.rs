//! `PUT /v1/conversations/{id}` — changes what a conversation is called, looks like and allows: an
//! absent field stays, `null` clears.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the conversation as it is now |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller may not edit this group; permissions are changed by admins only |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | a field breaks its rule, or is for groups only |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{Conversation, UpdateConversationRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn update_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<UpdateConversationRequest>,
) -> ApiResult<Conversation> {
    let updated = app.update_conversation(&caller, *id, body.0).await?;
    Ok(Answer::ok(updated))
}
