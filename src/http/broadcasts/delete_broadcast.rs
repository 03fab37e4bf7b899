//! `DELETE /v1/broadcasts/{id}` — deletes a list. What was sent through it stays.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |

use sentinal_protocol::BroadcastId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn delete_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<()> {
    app.delete_broadcast(&caller, *id).await?;
    Ok(Answer::empty())
}
