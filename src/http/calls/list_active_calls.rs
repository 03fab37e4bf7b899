//! `GET /v1/calls/active` — a page of the live calls of the caller's conversations, newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::calls::{Calls, OwnCallsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_active_calls(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(app.list_active_calls(&caller, *query).await?))
}
