//! Signed prekeys of devices.

use sentinal_protocol::api::keys::{
    DeviceQuery, RotateSignedPrekeyRequest, SignedPrekey, UploadSignedPrekeyRequest,
};
use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `POST /v1/encryption/signed-prekeys` — stores a signed prekey of one of the caller's devices as the
/// active one.
///
/// With an identity key and a signed prekey the device enters the rosters (`device:added`).
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the key |
/// | 200 |  | the key; the device had it already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is not the caller |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 409 | `NO_IDENTITY_KEY` | the device has no active identity key |
/// | 409 | `KEY_ID_CONFLICT` | `key_id` belongs to another key |
/// | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
/// | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |
pub(super) async fn upload_signed_prekey(
    app: App,
    caller: Caller,
    request: Body<UploadSignedPrekeyRequest>,
) -> ApiResult<SignedPrekey> {
    let stored = app.keys.upload_signed_prekey(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/encryption/signed-prekeys` — a signed prekey of a device: that of `key_id` if it was not
/// replaced more than 30 days ago, else the active one.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user, device or key |
/// | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |
pub(super) async fn get_signed_prekey(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<SignedPrekey> {
    Ok(Answer::ok(
        app.keys.get_signed_prekey(&caller, query.0).await?,
    ))
}

/// `GET /v1/encryption/signed-prekeys/active` — the active signed prekey of a device; the calling one
/// if none is named.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user or device, or it has no signed prekey |
/// | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |
pub(super) async fn get_active_signed_prekey(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<SignedPrekey> {
    let query = DeviceQuery {
        key_id: None,
        ..query.0
    };
    Ok(Answer::ok(
        app.keys.get_signed_prekey(&caller, query).await?,
    ))
}

/// `POST /v1/encryption/signed-prekeys/rotate` — replaces the active signed prekey. The old one can be
/// fetched by its `key_id` for 30 days.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the new key |
/// | 200 |  | the key; the device had it already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is not the caller |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 409 | `NO_IDENTITY_KEY` | the device has no active identity key |
/// | 409 | `KEY_ID_CONFLICT` | `key_id` belongs to another key |
/// | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
/// | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |
pub(super) async fn rotate_signed_prekey(
    app: App,
    caller: Caller,
    request: Body<RotateSignedPrekeyRequest>,
) -> ApiResult<SignedPrekey> {
    let stored = app.keys.rotate_signed_prekey(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `PUT /v1/encryption/signed-prekeys/{id}/deactivate` — takes a signed prekey out of use; if it is the
/// active one, its device leaves the rosters.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key, now or already inactive |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not a key of the caller |
pub(super) async fn deactivate_signed_prekey(
    app: App,
    caller: Caller,
    id: Path<Uuid>,
) -> ApiResult<SignedPrekey> {
    Ok(Answer::ok(
        app.keys.deactivate_signed_prekey(&caller, *id).await?,
    ))
}
