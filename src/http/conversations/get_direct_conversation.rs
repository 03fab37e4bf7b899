//! `GET /v1/conversations/direct` — the DM of the caller with someone.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the DM |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is neither of the two |
//! | 404 | `NOT_FOUND` | the two have no DM |
//! | 422 | `VALIDATION_ERROR` | nobody is named |

use sentinal_protocol::api::conversations::{Conversation, DirectQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_direct_conversation(
    app: App,
    caller: Caller,
    query: Query<DirectQuery>,
) -> ApiResult<Conversation> {
    let conversation = app.get_direct_conversation(&caller, *query).await?;
    Ok(Answer::ok(conversation))
}
