//! `GET /v1/encryption/signed-prekeys/active` — the active signed prekey of a device; the calling one
//! if none is named.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user or device, or it has no signed prekey |
//! | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |

use sentinal_protocol::api::keys::{DeviceQuery, SignedPrekey};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_active_signed_prekey(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<SignedPrekey> {
    let query = DeviceQuery {
        key_id: None,
        ..query.0
    };
    Ok(Answer::ok(app.get_signed_prekey(&caller, query).await?))
}
