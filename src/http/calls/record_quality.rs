//! `POST /v1/calls/quality` — keeps what the caller's client has measured in a call.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the measurement |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller was not in the call, or `user_id` is someone else |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | a value is out of range |

use sentinal_protocol::api::calls::{Quality, QualityRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn record_quality(
    app: App,
    caller: Caller,
    body: Body<QualityRequest>,
) -> ApiResult<Quality> {
    Ok(Answer::created(
        app.record_call_quality(&caller, body.0).await?,
    ))
}
