//! `GET /v1/auth/sessions` — the caller's live login sessions, newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use sentinal_protocol::api::auth::LoginSessions;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn list_sessions(app: App, caller: Caller) -> ApiResult<LoginSessions> {
    Ok(Answer::ok(app.list_sessions(&caller).await?))
}
