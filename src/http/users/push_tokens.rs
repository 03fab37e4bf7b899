//! The push tokens of the caller's devices.

use sentinal_protocol::api::push::{AddPushTokenRequest, PushToken, PushTokens};
use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `POST /v1/users/me/push-tokens` — stores where one of the caller's devices can be woken, in place
/// of its other token of that platform. The same token is taken from every other device.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the token |
/// | 200 |  | the token; the device had it already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 422 | `VALIDATION_ERROR` | an unknown platform, or a token that is empty, longer than 2,048 bytes, or nothing that the service of its platform gives, whether or not the server sends there |
pub(super) async fn add_push_token(
    app: App,
    caller: Caller,
    body: Body<AddPushTokenRequest>,
) -> ApiResult<PushToken> {
    let stored = app.accounts.add_push_token(&caller, body.0).await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/users/me/push-tokens` — the push tokens of all of the caller's devices, oldest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn list_push_tokens(app: App, caller: Caller) -> ApiResult<PushTokens> {
    Ok(Answer::ok(app.accounts.list_push_tokens(&caller).await?))
}

/// `DELETE /v1/users/me/push-tokens/{id}` — forgets one of the caller's push tokens.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 400 | `BAD_REQUEST` | the id is malformed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not a push token of the caller |
pub(super) async fn remove_push_token(app: App, caller: Caller, id: Path<Uuid>) -> ApiResult<()> {
    app.accounts.remove_push_token(&caller, *id).await?;
    Ok(Answer::empty())
}
