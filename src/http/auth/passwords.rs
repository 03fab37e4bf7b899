//! Giving the password again; change and reset of passwords.

use sentinal_protocol::api::auth::{
    ChangePasswordRequest, ForgotPasswordRequest, ReauthenticateRequest, Reauthenticated,
    ResetPasswordRequest,
};

use crate::http::{Answer, ApiResult, App, Body, Caller, ClientAddress};

/// `POST /v1/auth/reauthenticate` — gives the password again, so that this login session may do what a token alone may not.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | noted, for 10 minutes |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `WRONG_PASSWORD` | the password is wrong |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many wrong passwords for this account from this address |
pub(super) async fn reauthenticate(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: Body<ReauthenticateRequest>,
) -> ApiResult<Reauthenticated> {
    let noted = app.accounts.reauthenticate(&caller, body.0, address.0);
    Ok(Answer::ok(noted.await?))
}

/// `POST /v1/auth/password/change` — replaces the caller's password.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | replaced; all other login sessions end |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `WRONG_PASSWORD` | the current password is wrong |
/// | 422 | `VALIDATION_ERROR` | the new password breaks its rule |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often by this user, or too many wrong passwords |
/// | 503 | `OVERLOADED` | too many passwords are being hashed |
pub(super) async fn change_password(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: Body<ChangePasswordRequest>,
) -> ApiResult<()> {
    app.accounts
        .change_password(&caller, body.0, address.0)
        .await?;
    Ok(Answer::empty())
}

/// `POST /v1/auth/password/forgot` — has a reset token mailed to the account, if there is one.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | always, in the same time, whether there is such an account or not |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or for this identity |
/// | 503 | `MAIL_NOT_CONFIGURED` | this server cannot send mail |
/// | 503 | `OVERLOADED` | too many mails are waiting |
pub(super) async fn forgot_password(
    app: App,
    address: ClientAddress,
    body: Body<ForgotPasswordRequest>,
) -> ApiResult<()> {
    app.accounts.forgot_password(body.0, address.0)?;
    Ok(Answer::empty())
}

/// `POST /v1/auth/password/reset` — replaces a password by means of a mailed token.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | replaced; all login sessions end |
/// | 400 | `RESET_TOKEN_INVALID` | no token, or one that is unknown, used or older than 30 minutes |
/// | 422 | `VALIDATION_ERROR` | the new password breaks its rule |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address |
/// | 503 | `OVERLOADED` | too many passwords are being hashed |
pub(super) async fn reset_password(
    app: App,
    address: ClientAddress,
    body: Body<ResetPasswordRequest>,
) -> ApiResult<()> {
    app.accounts.reset_password(body.0, address.0).await?;
    Ok(Answer::empty())
}
