//! `DELETE /v1/users/me/sessions/{id}` — ends one of the caller's login sessions.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | ended; its sockets close with 4401 |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a live session of the caller |

use sentinal_protocol::LoginSessionId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn revoke_session(
    app: App,
    caller: Caller,
    id: Path<LoginSessionId>,
) -> ApiResult<()> {
    app.logout(&caller, Some(*id)).await?;
    Ok(Answer::empty())
}
