//! One call, from its creation to its end.

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::{Call, CallDuration, CreateCallRequest, EndCallRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, OptionalBody, Path};

/// `POST /v1/calls` — makes a call. In a DM every device of the other side rings; in a group
/// others are asked afterwards.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the call |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `initiator_id` is someone else, or only admins may call in this group |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `CALL_IN_PROGRESS` | there is a call in this conversation; `details.call_id` names it, and the caller may join it |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 422 | `VALIDATION_ERROR` | a field is missing, or the type is not known |
pub(super) async fn create_call(
    app: App,
    caller: Caller,
    body: Body<CreateCallRequest>,
) -> ApiResult<Call> {
    Ok(Answer::created(
        app.calls.create_call(&caller, body.0).await?,
    ))
}

/// `GET /v1/calls/{id}` — a call of one of the caller's conversations.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the call |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
pub(super) async fn get_call(app: App, caller: Caller, id: Path<CallId>) -> ApiResult<Call> {
    Ok(Answer::ok(app.calls.get_call(&caller, *id).await?))
}

/// `POST /v1/calls/{id}/connected` — says that media flow: from now on the call is `CONNECTED`. Of
/// somebody who is asked it is the answer: the first device wins.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the call; also if it was connected already |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is neither in the call nor asked to it |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 409 | `ALREADY_ANSWERED` | another device of the caller has answered |
/// | 409 | `CONFLICT` | fewer than two have joined |
/// | 409 | `CALL_ENDED` | the call is over |
pub(super) async fn mark_connected(app: App, caller: Caller, id: Path<CallId>) -> ApiResult<Call> {
    Ok(Answer::ok(
        app.calls.mark_call_connected(&caller, *id).await?,
    ))
}

/// `POST /v1/calls/{id}/end` — ends a call for everybody: anybody in a DM, in a group whoever made it,
/// and once they have left, whoever of those in it has been there longest.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the call; also if it was over already |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is not in the call, or it is for another one in it to end it |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | an unknown reason |
pub(super) async fn end_call(
    app: App,
    caller: Caller,
    id: Path<CallId>,
    body: OptionalBody<EndCallRequest>,
) -> ApiResult<Call> {
    Ok(Answer::ok(app.calls.end_call(&caller, *id, body.0).await?))
}

/// `GET /v1/calls/{id}/duration` — how long a call was connected.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | seconds, until now if it still is |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
pub(super) async fn get_duration(
    app: App,
    caller: Caller,
    id: Path<CallId>,
) -> ApiResult<CallDuration> {
    Ok(Answer::ok(app.calls.get_call_duration(&caller, *id).await?))
}
