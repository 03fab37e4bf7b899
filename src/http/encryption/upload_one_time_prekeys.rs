//! `POST /v1/encryption/onetime-prekeys` — stores one-time prekeys of one of the caller's devices, all
//! or none. What the device has, and what was handed out, is left out silently.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | how many were new, and how many there are |
//! | 200 |  | none was new |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is not the caller |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 409 | `KEY_ID_CONFLICT` | some ids belong to other keys, or some keys to other ids; `details.key_ids` |
//! | 409 | `CONFLICT` | the device would have more than 200; `details` has `count` and `limit` |
//! | 422 | `VALIDATION_ERROR` | no key or more than 100, not public keys, or of several devices |

use sentinal_protocol::api::keys::{UploadOneTimePrekeysRequest, UploadedPrekeys};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn upload_one_time_prekeys(
    app: App,
    caller: Caller,
    request: Body<UploadOneTimePrekeysRequest>,
) -> ApiResult<UploadedPrekeys> {
    let stored = app.upload_one_time_prekeys(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
