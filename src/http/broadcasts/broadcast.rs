//! One broadcast list, from its creation to its deletion.

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::{
    Broadcast, CreateBroadcastRequest, CreatedBroadcast, UpdateBroadcastRequest,
};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `POST /v1/broadcasts` — makes a broadcast list.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the list; `skipped` names those who could not be put on it |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `owner_id` is someone else |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule |
pub(super) async fn create_broadcast(
    app: App,
    caller: Caller,
    request: Body<CreateBroadcastRequest>,
) -> ApiResult<CreatedBroadcast> {
    let created = app.broadcasts.create_broadcast(&caller, request.0).await?;
    Ok(Answer::created(created))
}

/// `GET /v1/broadcasts/{id}` — a list of the caller.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
pub(super) async fn get_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<Broadcast> {
    Ok(Answer::ok(
        app.broadcasts.get_broadcast(&caller, *id).await?,
    ))
}

/// `PUT /v1/broadcasts/{id}` — changes a list's name or description; what is absent stays.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule |
pub(super) async fn update_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<UpdateBroadcastRequest>,
) -> ApiResult<Broadcast> {
    let changed = app
        .broadcasts
        .update_broadcast(&caller, *id, request.0)
        .await?;
    Ok(Answer::ok(changed))
}

/// `DELETE /v1/broadcasts/{id}` — deletes a list. What was sent through it stays.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
pub(super) async fn delete_broadcast(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<()> {
    app.broadcasts.delete_broadcast(&caller, *id).await?;
    Ok(Answer::empty())
}
