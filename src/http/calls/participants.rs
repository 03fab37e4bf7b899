//! The participants of a call and their state.

use sentinal_protocol::api::calls::{
    AddCallParticipantRequest, CallMuteRequest, CallParticipant, CallParticipants,
    CallStatusRequest,
};
use sentinal_protocol::{CallId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `GET /v1/calls/{id}/participants` — everybody who is or was in a call.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | in the order in which they were asked |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
pub(super) async fn list_call_participants(
    app: App,
    caller: Caller,
    id: Path<CallId>,
) -> ApiResult<CallParticipants> {
    Ok(Answer::ok(
        app.calls.list_call_participants(&caller, *id).await?,
    ))
}

/// `POST /v1/calls/{id}/participants` — asks somebody to a call: their devices ring.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | they are asked |
/// | 200 |  | they are in it or were asked already; nothing changed |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller has not joined the call |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 409 | `CALL_FULL` | as many people are in the call as may be |
/// | 409 | `CALL_ENDED` | the call is over |
/// | 422 | `VALIDATION_ERROR` | they do not take part in the conversation |
pub(super) async fn add_call_participant(
    app: App,
    caller: Caller,
    id: Path<CallId>,
    body: Body<AddCallParticipantRequest>,
) -> ApiResult<CallParticipant> {
    let stored = app.calls.add_call_participant(&caller, *id, body.0).await?;
    Ok(Answer::stored(stored))
}

/// `DELETE /v1/calls/{id}/participants/{user_id}` — takes somebody out of a call; oneself: leaves it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | they are not in it |
/// | 400 | `BAD_REQUEST` | an id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is not in the call, or did not make it and removes another |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller, or nobody like that in it |
pub(super) async fn remove_call_participant(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *ids;
    app.calls
        .remove_call_participant(&caller, id, user_id)
        .await?;
    Ok(Answer::empty())
}

/// `PUT /v1/calls/{id}/participants/{user_id}/status` — accepts a call (`JOINED`; the first device
/// wins), declines it (`DECLINED`, `BUSY`) or leaves it (`LEFT`).
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the participant; also if nothing changed |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else, or the caller is not in the call |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 409 | `ALREADY_ANSWERED` | another device of the caller has answered or declined |
/// | 409 | `CALL_ENDED` | the call is over |
/// | 409 | `CALL_FULL` | as many people are in the call as may be |
/// | 409 | `CONFLICT` | it does not ring any more |
/// | 422 | `VALIDATION_ERROR` | an unknown status, or `MISSED` |
pub(super) async fn update_call_status(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
    body: Body<CallStatusRequest>,
) -> ApiResult<CallParticipant> {
    let (id, user_id) = *ids;
    let participant = app
        .calls
        .update_call_status(&caller, id, user_id, body.0)
        .await?;
    Ok(Answer::ok(participant))
}

/// `PUT /v1/calls/{id}/participants/{user_id}/mute` — says whether somebody is heard and seen. Whoever
/// made the call may mute others, but not unmute them.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the participant |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is not in the call, did not make it and mutes another, or unmutes another |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller, or nobody like that in it |
/// | 409 | `CALL_ENDED` | the call is over |
pub(super) async fn mute_participant(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
    body: Body<CallMuteRequest>,
) -> ApiResult<CallParticipant> {
    let (id, user_id) = *ids;
    let participant = app.calls.mute_in_call(&caller, id, user_id, body.0).await?;
    Ok(Answer::ok(participant))
}
