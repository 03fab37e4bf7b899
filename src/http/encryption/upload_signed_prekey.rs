//! `POST /v1/encryption/signed-prekeys` — stores a signed prekey of one of the caller's devices as the
//! active one.
//!
//! With an identity key and a signed prekey the device enters the rosters (`device:added`).
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the key |
//! | 200 |  | the key; the device had it already |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is not the caller |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 409 | `NO_IDENTITY_KEY` | the device has no active identity key |
//! | 409 | `KEY_ID_CONFLICT` | `key_id` belongs to another key |
//! | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
//! | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |

use sentinal_protocol::api::keys::{SignedPrekey, UploadSignedPrekeyRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn upload_signed_prekey(
    app: App,
    caller: Caller,
    request: Body<UploadSignedPrekeyRequest>,
) -> ApiResult<SignedPrekey> {
    let stored = app.upload_signed_prekey(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
