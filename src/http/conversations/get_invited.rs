//! `GET /v1/conversations/invite?link=` — the group that an invite link, or its code, leads to.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | its name, picture and size; all of it for those who take part |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | the link leads nowhere, or not any more |
//! | 422 | `VALIDATION_ERROR` | `link` is missing |

use sentinal_protocol::api::invites::{InviteQuery, InvitedTo};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_invited(
    app: App,
    caller: Caller,
    query: Query<InviteQuery>,
) -> ApiResult<InvitedTo> {
    Ok(Answer::ok(app.get_invited(&caller, query.0).await?))
}
