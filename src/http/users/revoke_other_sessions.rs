//! `DELETE /v1/users/me/sessions` — ends all of the caller's login sessions but the present one.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | ended; their sockets close with 4401 |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn revoke_other_sessions(app: App, caller: Caller) -> ApiResult<()> {
    app.revoke_other_sessions(&caller).await?;
    Ok(Answer::empty())
}
