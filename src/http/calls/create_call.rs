//! `POST /v1/calls` — makes a call. In a DM every device of the other side rings; in a group
//! others are asked afterwards.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the call |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `initiator_id` is someone else, or only admins may call in this group |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 409 | `CALL_IN_PROGRESS` | there is a call in this conversation; `details.call_id` names it, and the caller may join it |
//! | 409 | `CONFLICT` | the other side of the DM has no account any more |
//! | 422 | `VALIDATION_ERROR` | a field is missing, or the type is not known |

use sentinal_protocol::api::calls::{Call, CreateCallRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn create_call(
    app: App,
    caller: Caller,
    body: Body<CreateCallRequest>,
) -> ApiResult<Call> {
    Ok(Answer::created(app.create_call(&caller, body.0).await?))
}
