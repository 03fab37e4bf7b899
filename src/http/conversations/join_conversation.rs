//! `POST /v1/conversations/join` — joins the group that an invite link, or its code, leads to.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the caller takes part from now on |
//! | 200 |  | the caller did already |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | the code leads nowhere, or not any more |
//! | 409 | `GROUP_FULL` | no place is left |
//! | 422 | `VALIDATION_ERROR` | `code` is missing, empty or too long |

use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::api::invites::JoinRequest;

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn join_conversation(
    app: App,
    caller: Caller,
    body: Body<JoinRequest>,
) -> ApiResult<Conversation> {
    let joined = app.join_conversation(&caller, body.0).await?;
    Ok(Answer::stored(joined))
}
