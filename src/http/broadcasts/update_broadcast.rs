//! `PUT /v1/broadcasts/{id}` — changes a list's name or description; what is absent stays.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | a field breaks a rule |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::{Broadcast, UpdateBroadcastRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn update_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<UpdateBroadcastRequest>,
) -> ApiResult<Broadcast> {
    let changed = app.update_broadcast(&caller, *id, request.0).await?;
    Ok(Answer::ok(changed))
}
