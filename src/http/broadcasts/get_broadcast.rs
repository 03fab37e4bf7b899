//! `GET /v1/broadcasts/{id}` — a list of the caller.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::Broadcast;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<Broadcast> {
    Ok(Answer::ok(app.get_broadcast(&caller, *id).await?))
}
