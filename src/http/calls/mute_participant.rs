//! `PUT /v1/calls/{id}/participants/{user_id}/mute` — says whether somebody is heard and seen. Whoever
//! made the call may mute others, but not unmute them.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the participant |
//! | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is not in the call, did not make it and mutes another, or unmutes another |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller, or nobody like that in it |
//! | 409 | `CALL_ENDED` | the call is over |

use sentinal_protocol::api::calls::{CallMuteRequest, CallParticipant};
use sentinal_protocol::{CallId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn mute_participant(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
    body: Body<CallMuteRequest>,
) -> ApiResult<CallParticipant> {
    let (id, user_id) = *ids;
    let participant = app.mute_in_call(&caller, id, user_id, body.0).await?;
    Ok(Answer::ok(participant))
}
