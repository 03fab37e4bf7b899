//! `DELETE /v1/broadcasts/{id}/recipients/{user_id}` — takes somebody off a list.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller, or not on it |

use sentinal_protocol::{BroadcastId, UserId};

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_recipient(
    app: App,
    caller: Caller,
    path: Path<(BroadcastId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *path;
    app.remove_recipient(&caller, id, user_id).await?;
    Ok(Answer::empty())
}
