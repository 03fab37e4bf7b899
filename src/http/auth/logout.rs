//! `POST /v1/auth/logout` — ends one of the caller's login sessions, the present one unless named.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | ended; its sockets close with 4401 |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a live session of the caller |

use sentinal_protocol::api::auth::LogoutRequest;

use crate::http::{Answer, ApiResult, App, Caller, OptionalBody};

pub(super) async fn logout(
    app: App,
    caller: Caller,
    body: OptionalBody<LogoutRequest>,
) -> ApiResult<()> {
    app.logout(&caller, body.0.session_id).await?;
    Ok(Answer::empty())
}
