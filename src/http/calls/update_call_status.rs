//! `PUT /v1/calls/{id}/participants/{user_id}/status` — accepts a call (`JOINED`; the first device
//! wins), declines it (`DECLINED`, `BUSY`) or leaves it (`LEFT`).
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the participant; also if nothing changed |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is someone else, or the caller is not in the call |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 409 | `ALREADY_ANSWERED` | another device of the caller has answered or declined |
//! | 409 | `CALL_ENDED` | the call is over |
//! | 409 | `CALL_FULL` | as many people are in the call as may be |
//! | 409 | `CONFLICT` | it does not ring any more |
//! | 422 | `VALIDATION_ERROR` | an unknown status, or `MISSED` |

use sentinal_protocol::api::calls::{CallParticipant, CallStatusRequest};
use sentinal_protocol::{CallId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn update_call_status(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
    body: Body<CallStatusRequest>,
) -> ApiResult<CallParticipant> {
    let (id, user_id) = *ids;
    let participant = app.update_call_status(&caller, id, user_id, body.0).await?;
    Ok(Answer::ok(participant))
}
