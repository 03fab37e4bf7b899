//! `GET /v1/encryption/identity` — the active identity key of a device; the calling one if none is
//! named.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user or device, or it has no identity key |
//! | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |

use sentinal_protocol::api::keys::{DeviceQuery, IdentityKey};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn get_identity(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<IdentityKey> {
    Ok(Answer::ok(app.get_identity_key(&caller, query.0).await?))
}
