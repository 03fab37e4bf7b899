//! `GET /v1/broadcasts/{id}/recipients/count` — how many recipients a list has.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the number |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::RecipientCount;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn count_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<RecipientCount> {
    Ok(Answer::ok(app.count_recipients(&caller, *id).await?))
}
