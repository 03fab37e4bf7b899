//! `POST /v1/encryption/identity` — makes a key the identity of one of the caller's devices.
//!
//! Another key than before is a rotation: the prekeys and everything encrypted for the device go, it
//! leaves the rosters, and everyone who shares a conversation is told `identity:changed`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the key |
//! | 200 |  | the key; the device had it already |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is not the caller |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 422 | `VALIDATION_ERROR` | not a public key |

use sentinal_protocol::api::keys::{IdentityKey, UploadIdentityRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn upload_identity(
    app: App,
    caller: Caller,
    request: Body<UploadIdentityRequest>,
) -> ApiResult<IdentityKey> {
    let stored = app.upload_identity_key(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
