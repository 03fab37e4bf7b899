//! `GET /v1/encryption/signed-prekeys` — a signed prekey of a device: that of `key_id` if it was not
//! replaced more than 30 days ago, else the active one.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user, device or key |
//! | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |

use sentinal_protocol::api::keys::{DeviceQuery, SignedPrekey};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_signed_prekey(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<SignedPrekey> {
    Ok(Answer::ok(app.get_signed_prekey(&caller, query.0).await?))
}
