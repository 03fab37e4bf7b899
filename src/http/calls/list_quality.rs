//! `GET /v1/calls/quality?call_id=` — a page of what was measured in a call, oldest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | no `call_id`; `page` or `limit` out of range |

use sentinal_protocol::api::calls::{Qualities, QualityQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_quality(
    app: App,
    caller: Caller,
    query: Query<QualityQuery>,
) -> ApiResult<Qualities> {
    Ok(Answer::ok(app.list_call_quality(&caller, *query).await?))
}
