//! `DELETE /v1/users/me` — deletes the caller's account for good.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone: its names are free, its sockets close with 4401, its conversations hear `participant:removed` with `erased`, and what it wrote shows as tombstones until it is erased |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn delete_me(app: App, caller: Caller) -> ApiResult<()> {
    app.delete_account(&caller).await?;
    Ok(Answer::empty())
}
