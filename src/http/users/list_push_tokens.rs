//! `GET /v1/users/me/push-tokens` — the push tokens of all of the caller's devices, oldest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use sentinal_protocol::api::push::PushTokens;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn list_push_tokens(app: App, caller: Caller) -> ApiResult<PushTokens> {
    Ok(Answer::ok(app.list_push_tokens(&caller).await?))
}
