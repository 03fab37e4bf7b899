//! `GET /v1/users/me` — the caller's own account.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the account |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use sentinal_protocol::api::accounts::Me;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn get_me(app: App, caller: Caller) -> ApiResult<Me> {
    Ok(Answer::ok(app.me(&caller).await?))
}
