//! `GET /v1/calls?conversation_id=` — a page of the calls of one of the caller's conversations,
//! newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | no `conversation_id`; `page` or `limit` out of range |

use sentinal_protocol::api::calls::{Calls, CallsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_calls(
    app: App,
    caller: Caller,
    query: Query<CallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(app.list_calls(&caller, *query).await?))
}
