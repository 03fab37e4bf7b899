//! `GET /v1/calls/quality/user` — a page of what the caller's clients have measured, oldest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::calls::{OwnCallsQuery, Qualities};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_own_quality(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Qualities> {
    Ok(Answer::ok(
        app.list_own_call_quality(&caller, *query).await?,
    ))
}
