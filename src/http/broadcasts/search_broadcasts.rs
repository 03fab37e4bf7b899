//! `GET /v1/broadcasts/search?query=` — a page of the caller's lists whose name contains a text, in
//! any letter case.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | no `query`, or `page` or `limit` out of range |

use sentinal_protocol::api::broadcasts::{BroadcastSearchQuery, Broadcasts};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn search_broadcasts(
    app: App,
    caller: Caller,
    query: Query<BroadcastSearchQuery>,
) -> ApiResult<Broadcasts> {
    Ok(Answer::ok(app.search_broadcasts(&caller, query.0).await?))
}
