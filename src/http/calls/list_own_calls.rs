//! `GET /v1/calls/user` — a page of the calls that the caller is or was in, newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::calls::{Calls, OwnCallsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_own_calls(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(app.list_own_calls(&caller, *query).await?))
}
