//! The state of everything that the socket tells of, in pages.

use sentinal_protocol::api::sync::{Sync, SyncQuery};

use super::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/sync?since=` — a page of the state that the socket tells of: conversations, contacts, own
/// devices, live calls.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page; with `since` only conversations that may have changed since that answer |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `since` is no cursor of an earlier answer, `after` no `next_after`, or beside `page`; `page` or `limit` out of range |
pub(super) async fn sync(app: App, caller: Caller, query: Query<SyncQuery>) -> ApiResult<Sync> {
    Ok(Answer::ok(app.sync.sync(&caller, query.0).await?))
}
