//! `POST /v1/encryption/setup` — stores all keys of one of the caller's devices, all or none.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the keys; something was new |
//! | 200 |  | the keys; the device had them already |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `user_id` is not the caller |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 409 | `KEY_ID_CONFLICT` | `key_id` belongs to another key |
//! | 409 | `KEY_ID_CONFLICT` | some ids belong to other keys, or some keys to other ids; `details.key_ids` |
//! | 409 | `CONFLICT` | the device would have more than 200; `details` has `count` and `limit` |
//! | 422 | `INVALID_SIGNATURE` | not signed by the identity key (`E2EE_VERIFY=strict`) |
//! | 422 | `VALIDATION_ERROR` | not a public key, or not a signature |

use sentinal_protocol::api::keys::{SetupKeys, SetupRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn set_up_keys(
    app: App,
    caller: Caller,
    request: Body<SetupRequest>,
) -> ApiResult<SetupKeys> {
    let stored = app.set_up_keys(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
