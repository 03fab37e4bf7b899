//! `GET /v1/broadcasts` — a page of the caller's lists, oldest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::broadcasts::{Broadcasts, BroadcastsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_broadcasts(
    app: App,
    caller: Caller,
    query: Query<BroadcastsQuery>,
) -> ApiResult<Broadcasts> {
    Ok(Answer::ok(app.list_broadcasts(&caller, *query).await?))
}
