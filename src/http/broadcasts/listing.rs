//! The caller's broadcast lists: list and search.

use sentinal_protocol::api::broadcasts::{BroadcastSearchQuery, Broadcasts, BroadcastsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/broadcasts` — a page of the caller's lists, oldest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_broadcasts(
    app: App,
    caller: Caller,
    query: Query<BroadcastsQuery>,
) -> ApiResult<Broadcasts> {
    Ok(Answer::ok(
        app.broadcasts.list_broadcasts(&caller, *query).await?,
    ))
}

/// `GET /v1/broadcasts/search?query=` — a page of the caller's lists whose name contains a text, in
/// any letter case.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | no `query`, or `page` or `limit` out of range |
pub(super) async fn search_broadcasts(
    app: App,
    caller: Caller,
    query: Query<BroadcastSearchQuery>,
) -> ApiResult<Broadcasts> {
    Ok(Answer::ok(
        app.broadcasts.search_broadcasts(&caller, query.0).await?,
    ))
}
