//! `GET /v1/broadcasts/{id}/recipients/{user_id}` — whether somebody is on a list.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | `is_recipient` |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |

use sentinal_protocol::api::broadcasts::RecipientCheck;
use sentinal_protocol::{BroadcastId, UserId};

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn check_recipient(
    app: App,
    caller: Caller,
    path: Path<(BroadcastId, UserId)>,
) -> ApiResult<RecipientCheck> {
    let (id, user_id) = *path;
    Ok(Answer::ok(app.check_recipient(&caller, id, user_id).await?))
}
