//! `POST /v1/auth/logout-all` — ends all of the caller's login sessions, the present one included.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | ended; their sockets close with 4401 |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn logout_all(app: App, caller: Caller) -> ApiResult<()> {
    app.logout_all(&caller).await?;
    Ok(Answer::empty())
}
