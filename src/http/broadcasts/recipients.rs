//! The recipients of a broadcast list.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::broadcasts::{
    AddRecipientRequest, BulkAdded, BulkRecipientsRequest, BulkRemoved, RecipientCheck,
    RecipientCount, Recipients,
};
use sentinal_protocol::{BroadcastId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `GET /v1/broadcasts/{id}/recipients` — a page of a list's recipients, in the order in which they
/// were added.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    query: Query<PageQuery>,
) -> ApiResult<Recipients> {
    Ok(Answer::ok(
        app.broadcasts
            .list_recipients(&caller, *id, query.0)
            .await?,
    ))
}

/// `POST /v1/broadcasts/{id}/recipients` — puts somebody on a list.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | on it now |
/// | 200 |  | on it already |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `BLOCKED` | the caller has blocked this user |
/// | 404 | `NOT_FOUND` | no such list of the caller, or no such user |
/// | 409 | `CONFLICT` | the list is full |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | oneself |
pub(super) async fn add_recipient(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<AddRecipientRequest>,
) -> ApiResult<RecipientCheck> {
    let stored = app
        .broadcasts
        .add_recipient(&caller, *id, request.0)
        .await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/broadcasts/{id}/recipients/count` — how many recipients a list has.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the number |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
pub(super) async fn count_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
) -> ApiResult<RecipientCount> {
    Ok(Answer::ok(
        app.broadcasts.count_recipients(&caller, *id).await?,
    ))
}

/// `POST /v1/broadcasts/{id}/recipients/bulk` — puts many on a list; `skipped` names those who cannot
/// be, and why.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | how many were added, and how many are on the list now |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | nobody, or more than 1,024 |
pub(super) async fn add_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<BulkRecipientsRequest>,
) -> ApiResult<BulkAdded> {
    let added = app
        .broadcasts
        .add_recipients(&caller, *id, request.0)
        .await?;
    Ok(Answer::created(added))
}

/// `DELETE /v1/broadcasts/{id}/recipients/bulk` — takes many off a list; `skipped` names those who
/// were not on it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | how many were removed, and how many are on the list now |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | nobody, or more than 1,024 |
pub(super) async fn remove_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<BulkRecipientsRequest>,
) -> ApiResult<BulkRemoved> {
    let removed = app
        .broadcasts
        .remove_recipients(&caller, *id, request.0)
        .await?;
    Ok(Answer::ok(removed))
}

/// `GET /v1/broadcasts/{id}/recipients/{user_id}` — whether somebody is on a list.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | `is_recipient` |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller |
pub(super) async fn check_recipient(
    app: App,
    caller: Caller,
    path: Path<(BroadcastId, UserId)>,
) -> ApiResult<RecipientCheck> {
    let (id, user_id) = *path;
    Ok(Answer::ok(
        app.broadcasts.check_recipient(&caller, id, user_id).await?,
    ))
}

/// `DELETE /v1/broadcasts/{id}/recipients/{user_id}` — takes somebody off a list.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such list of the caller, or not on it |
pub(super) async fn remove_recipient(
    app: App,
    caller: Caller,
    path: Path<(BroadcastId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *path;
    app.broadcasts
        .remove_recipient(&caller, id, user_id)
        .await?;
    Ok(Answer::empty())
}
