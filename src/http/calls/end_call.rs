//! `POST /v1/calls/{id}/end` — ends a call for everybody: anybody in a DM, in a group whoever made it, or
//! the last one in it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the call; also if it was over already |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is not in the call, or others are and the caller did not make it |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | an unknown reason |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::{Call, EndCallRequest};

use crate::http::{Answer, ApiResult, App, Caller, OptionalBody, Path};

pub(super) async fn end_call(
    app: App,
    caller: Caller,
    id: Path<CallId>,
    body: OptionalBody<EndCallRequest>,
) -> ApiResult<Call> {
    Ok(Answer::ok(app.end_call(&caller, *id, body.0).await?))
}
