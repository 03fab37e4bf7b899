//! `GET /v1/encryption/keys/active` — whether a device has an identity key and a signed prekey, so that
//! it must be encrypted to.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | yes or no |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user or device |
//! | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |

use sentinal_protocol::api::keys::{DeviceQuery, KeysActive};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_keys_active(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<KeysActive> {
    Ok(Answer::ok(app.has_active_keys(&caller, query.0).await?))
}
