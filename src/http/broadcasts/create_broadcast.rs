//! `POST /v1/broadcasts` — makes a broadcast list.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the list; `skipped` names those who could not be put on it |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `owner_id` is someone else |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | a field breaks a rule |

use sentinal_protocol::api::broadcasts::{CreateBroadcastRequest, CreatedBroadcast};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn create_broadcast(
    app: App,
    caller: Caller,
    request: Body<CreateBroadcastRequest>,
) -> ApiResult<CreatedBroadcast> {
    let created = app.create_broadcast(&caller, request.0).await?;
    Ok(Answer::created(created))
}
