//! Identity keys of devices.

use sentinal_protocol::api::keys::{DeviceQuery, IdentityKey, UploadIdentityRequest};
use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `POST /v1/encryption/identity` — makes a key the identity of one of the caller's devices.
///
/// Another key than before is a rotation: the prekeys and everything encrypted for the device go, it
/// leaves the rosters, and everyone who shares a conversation is told `identity:changed`.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the key |
/// | 200 |  | the key; the device had it already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is not the caller |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 422 | `VALIDATION_ERROR` | not a public key |
pub(super) async fn upload_identity(
    app: App,
    caller: Caller,
    request: Body<UploadIdentityRequest>,
) -> ApiResult<IdentityKey> {
    let stored = app.keys.upload_identity_key(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/encryption/identity` — the active identity key of a device; the calling one if none is
/// named.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user or device, or it has no identity key |
/// | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |
pub(super) async fn get_identity(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<IdentityKey> {
    Ok(Answer::ok(
        app.keys.get_identity_key(&caller, query.0).await?,
    ))
}

/// `PUT /v1/encryption/identity/{id}/deactivate` — takes an identity key out of use; its device
/// leaves the rosters.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key, now or already inactive |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not a key of the caller |
pub(super) async fn deactivate_identity(
    app: App,
    caller: Caller,
    id: Path<Uuid>,
) -> ApiResult<IdentityKey> {
    Ok(Answer::ok(
        app.keys.deactivate_identity_key(&caller, *id).await?,
    ))
}

/// `DELETE /v1/encryption/identity/{id}` — deletes an identity key; if it is the active one, its
/// prekeys too, and its device leaves the rosters.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not a key of the caller |
pub(super) async fn delete_identity(app: App, caller: Caller, id: Path<Uuid>) -> ApiResult<()> {
    app.keys.delete_identity_key(&caller, *id).await?;
    Ok(Answer::empty())
}
