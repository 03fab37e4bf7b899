//! `GET /v1/sync?since=` — a page of the state that the socket tells of: conversations, contacts, own
//! devices, live calls.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page; with `since` only conversations that may have changed since that answer |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `since` is no cursor of an earlier answer; `page` or `limit` out of range |

use sentinal_protocol::api::sync::{Sync, SyncQuery};

use super::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn sync(app: App, caller: Caller, query: Query<SyncQuery>) -> ApiResult<Sync> {
    Ok(Answer::ok(app.sync(&caller, query.0).await?))
}
