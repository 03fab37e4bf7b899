//! One-time prekeys, each of which is claimed at most once.

use sentinal_protocol::api::keys::{
    ConsumeQuery, ConsumedPrekey, DeviceQuery, PrekeyCount, UploadOneTimePrekeysRequest,
    UploadedPrekeys,
};

use crate::http::{Answer, ApiResult, App, Body, Caller, Query};

/// `POST /v1/encryption/onetime-prekeys` — stores one-time prekeys of one of the caller's devices, all
/// or none. What the device has, and what was handed out, is left out silently.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | how many were new, and how many there are |
/// | 200 |  | none was new |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is not the caller |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 409 | `KEY_ID_CONFLICT` | some ids belong to other keys, or some keys to other ids; `details.key_ids` |
/// | 409 | `CONFLICT` | the device would have more than 200; `details` has `count` and `limit` |
/// | 422 | `VALIDATION_ERROR` | no key or more than 100, not public keys, or of several devices |
pub(super) async fn upload_one_time_prekeys(
    app: App,
    caller: Caller,
    request: Body<UploadOneTimePrekeysRequest>,
) -> ApiResult<UploadedPrekeys> {
    let stored = app.keys.upload_one_time_prekeys(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `POST /v1/encryption/onetime-prekeys/consume` — takes a one-time prekey of a device; nobody else gets
/// it any more.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the key |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `consumed_by` is not the caller |
/// | 404 | `NOT_FOUND` | no such user or device, or `consumed_device_id` is not one of the caller's |
/// | 404 | `NO_PREKEYS` | none left |
/// | 422 | `VALIDATION_ERROR` | the device would take its own key |
/// | 429 | `RATE_LIMIT_EXCEEDED` | the caller took too many of this device (6 at once, one per 10 minutes) |
pub(super) async fn consume_one_time_prekey(
    app: App,
    caller: Caller,
    query: Query<ConsumeQuery>,
) -> ApiResult<ConsumedPrekey> {
    let key = app.keys.consume_one_time_prekey(&caller, query.0).await?;
    Ok(Answer::ok(key))
}

/// `GET /v1/encryption/onetime-prekeys/count` — how many one-time prekeys a device has left.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the number |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user or device |
/// | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |
pub(super) async fn count_one_time_prekeys(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<PrekeyCount> {
    let count = app.keys.count_one_time_prekeys(&caller, query.0).await?;
    Ok(Answer::ok(count))
}
