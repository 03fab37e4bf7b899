//! Prekey bundles (X3DH): what it takes to start an encrypted session with a device.

use sentinal_protocol::api::keys::{BundleAnswer, BundleQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/encryption/bundles` — what is needed to start a session with a device, or with all active
/// devices of a user (`{"bundles":[…]}`).
///
/// A one-time prekey is taken for each bundle; without any left, or past the limit of 6 at once and one
/// per 10 minutes, the bundle has none. There is no HEAD: it would use up a key.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the bundle or the bundles |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user, no such device with keys, or `consumer_device_id` is not one of the caller's |
/// | 405 | `METHOD_NOT_ALLOWED` | HEAD |
/// | 422 | `VALIDATION_ERROR` | the device would take its own keys |
pub(super) async fn get_bundles(
    app: App,
    caller: Caller,
    query: Query<BundleQuery>,
) -> ApiResult<BundleAnswer> {
    Ok(Answer::ok(app.keys.get_bundles(&caller, query.0).await?))
}
