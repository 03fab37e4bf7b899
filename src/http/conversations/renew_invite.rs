//! `POST /v1/conversations/{id}/invite` — makes a new invite link; the one before leads nowhere.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the link, and the code in it |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller may not invite |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 409 | `DM_IMMUTABLE` | it is a DM |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::invites::InviteLink;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn renew_invite(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<InviteLink> {
    Ok(Answer::ok(app.renew_invite(&caller, *id).await?))
}
