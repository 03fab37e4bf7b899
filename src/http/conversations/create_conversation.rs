//! `POST /v1/conversations` — opens a group, or a DM unless the pair has one.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | made |
//! | 200 |  | the DM that the pair has |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 409 | `GROUP_FULL` | more participants than a group can have |
//! | 422 | `VALIDATION_ERROR` | a field breaks its rule; unknown participants, or (in a group) such as shut the caller off; a DM without exactly one other |

use sentinal_actors::app::Opened;
use sentinal_protocol::api::conversations::{Conversation, CreateConversationRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn create_conversation(
    app: App,
    caller: Caller,
    body: Body<CreateConversationRequest>,
) -> ApiResult<Conversation> {
    Ok(match app.create_conversation(&caller, body.0).await? {
        Opened::New(conversation) => Answer::created(conversation),
        Opened::Existing(conversation) => Answer::ok(conversation),
    })
}
