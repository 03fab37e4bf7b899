//! `POST /v1/calls/{id}/participants` — asks somebody to a call: their devices ring.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | they are asked |
//! | 200 |  | they are in it or were asked already; nothing changed |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller has not joined the call |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 409 | `CALL_FULL` | as many people are in the call as may be |
//! | 409 | `CALL_ENDED` | the call is over |
//! | 422 | `VALIDATION_ERROR` | they do not take part in the conversation |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::{AddCallParticipantRequest, CallParticipant};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn add_call_participant(
    app: App,
    caller: Caller,
    id: Path<CallId>,
    body: Body<AddCallParticipantRequest>,
) -> ApiResult<CallParticipant> {
    let stored = app.add_call_participant(&caller, *id, body.0).await?;
    Ok(Answer::stored(stored))
}
