//! `POST /v1/encryption/signed-prekeys/rotate` — replaces the active signed prekey. The old one can be
//! fetched by its `key_id` for 30 days.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the new key |
//! | 200 |  | the key; the device had it already |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is not the caller |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 409 | `NO_IDENTITY_KEY` | the device has no active identity key |
//! | 409 | `KEY_ID_CONFLICT` | `key_id` belongs to another key |
//! | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
//! | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |

use sentinal_protocol::api::keys::{RotateSignedPrekeyRequest, SignedPrekey};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn rotate_signed_prekey(
    app: App,
    caller: Caller,
    request: Body<RotateSignedPrekeyRequest>,
) -> ApiResult<SignedPrekey> {
    let stored = app.rotate_signed_prekey(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
