//! Post-quantum prekeys.

use sentinal_protocol::api::pq_keys::{UploadPqPrekeysRequest, UploadedPqPrekeys};

use crate::http::{Answer, ApiResult, App, Body, Caller};

/// `POST /v1/encryption/pq-prekeys` — stores post-quantum prekeys of one of the caller's devices, all
/// or none. What the device has, and what was handed out, is left out silently; a last-resort key
/// replaces the one from before.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | how many were new, and how many there are |
/// | 200 |  | none was new |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 409 | `KEY_ID_CONFLICT` | some ids belong to other keys, or some keys to other ids; `details.key_ids` |
/// | 409 | `NO_IDENTITY_KEY` | the device has no identity key that could have signed |
/// | 409 | `CONFLICT` | the device would have more than 200; `details` has `count` and `limit` |
/// | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
/// | 422 | `VALIDATION_ERROR` | no key or more than 100, not a public key, or not a signature |
pub(super) async fn upload_pq_prekeys(
    app: App,
    caller: Caller,
    body: Body<UploadPqPrekeysRequest>,
) -> ApiResult<UploadedPqPrekeys> {
    let stored = app.keys.upload_pq_prekeys(&caller, body.0).await?;
    Ok(Answer::stored(stored))
}
