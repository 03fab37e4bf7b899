//! `GET /v1/broadcasts/{id}/recipients` — a page of a list's recipients, in the order in which they
//! were added.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::broadcasts::Recipients;

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

pub(super) async fn list_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    query: Query<PageQuery>,
) -> ApiResult<Recipients> {
    Ok(Answer::ok(
        app.list_recipients(&caller, *id, query.0).await?,
    ))
}
