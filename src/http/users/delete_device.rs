//! `DELETE /v1/users/me/devices/{id}` — takes one of the caller's devices away.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone with its login session, keys and ciphertexts; its sockets close with 4404 |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not an active device of the caller |

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn delete_device(app: App, caller: Caller, name: Path<String>) -> ApiResult<()> {
    app.remove_own_device(&caller, &name).await?;
    Ok(Answer::empty())
}
