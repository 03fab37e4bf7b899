//! `POST /v1/users/me/push-tokens` — stores where one of the caller's devices can be woken, in place
//! of its other token of that platform. The same token is taken from every other device.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the token |
//! | 200 |  | the token; the device had it already |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
//! | 422 | `VALIDATION_ERROR` | an unknown platform, or a token that is empty or longer than 2,048 bytes |

use sentinal_protocol::api::push::{AddPushTokenRequest, PushToken};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn add_push_token(
    app: App,
    caller: Caller,
    body: Body<AddPushTokenRequest>,
) -> ApiResult<PushToken> {
    let stored = app.add_push_token(&caller, body.0).await?;
    Ok(Answer::stored(stored))
}
