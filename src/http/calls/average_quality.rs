//! `GET /v1/calls/quality/average?call_id=` — the averages of what was measured in a call.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the averages; `null` where nothing was measured |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | no `call_id` |

use sentinal_protocol::api::calls::{AverageQuality, AverageQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn average_quality(
    app: App,
    caller: Caller,
    query: Query<AverageQuery>,
) -> ApiResult<AverageQuality> {
    Ok(Answer::ok(app.average_call_quality(&caller, *query).await?))
}
