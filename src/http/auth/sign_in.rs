//! Registration, sign-in and renewal of tokens.

use sentinal_protocol::api::auth::{LoginRequest, RefreshRequest, RegisterRequest, Tokens};

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

/// `POST /v1/auth/register` — makes an account and signs its first device in.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | made |
/// | 409 | `EMAIL_TAKEN`, `USERNAME_TAKEN`, `PHONE_TAKEN` | another account has it |
/// | 409 | `CONFLICT` | `device_id` is the server's id of some device |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or for this identity; as many accounts as a network may make in a day |
/// | 503 | `OVERLOADED` | too many passwords are being hashed |
pub(super) async fn register(
    app: App,
    address: ClientAddress,
    body: Body<RegisterRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::created(
        app.accounts.register(body.0, address.0).await?,
    ))
}

/// `POST /v1/auth/login` — signs a device in; an earlier login session of the device ends.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | signed in |
/// | 401 | `INVALID_CREDENTIALS` | unknown identity or wrong password, in the same time |
/// | 409 | `TOO_MANY_DEVICES` | a new device beside 16 active ones |
/// | 409 | `CONFLICT` | `device_id` is the server's id of some device |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many failures at this account, whichever identity was named, or from this address; with a `device_token`, too many of this device |
/// | 503 | `OVERLOADED` | too many passwords are being checked, or too many for this account |
pub(super) async fn login(
    app: App,
    address: ClientAddress,
    body: Body<LoginRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::ok(app.accounts.login(body.0, address.0).await?))
}

/// `POST /v1/auth/refresh` — exchanges a refresh token for new tokens.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | new tokens; the same refresh token again where the answer was lost |
/// | 401 | `UNAUTHORIZED` | no such token, or its login session has ended |
/// | 401 | `REFRESH_REUSED` | an old copy: the login session is ended |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often for this login session; for tokens that are nobody's, from this address |
pub(super) async fn refresh(
    app: App,
    address: ClientAddress,
    body: Body<RefreshRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::ok(app.accounts.refresh(body.0, address.0).await?))
}
