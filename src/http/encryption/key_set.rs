//! All keys of a device at once.

use sentinal_protocol::api::keys::{DeviceQuery, KeysActive, SetupKeys, SetupRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Query};

/// `POST /v1/encryption/setup` — makes these the keys of one of the caller's devices, all or none. Under
/// the same identity they take the place of all prekeys from before, whatever their ids were; what was
/// handed out is left out silently.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the keys; something was new |
/// | 200 |  | the keys; the device had them already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is not the caller |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 409 | `KEY_ID_CONFLICT` | an id or a key of the request is there twice; `details.key_ids` |
/// | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
/// | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |
pub(super) async fn set_up_keys(
    app: App,
    caller: Caller,
    request: Body<SetupRequest>,
) -> ApiResult<SetupKeys> {
    let stored = app.keys.set_up_keys(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/encryption/keys/active` — whether a device has an identity key and a signed prekey, so that
/// it must be encrypted to.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | yes or no |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user or device |
/// | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |
pub(super) async fn get_keys_active(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<KeysActive> {
    Ok(Answer::ok(
        app.keys.has_active_keys(&caller, query.0).await?,
    ))
}
