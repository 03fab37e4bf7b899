//! The caller's account.

use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::ConfirmRequest;
use sentinal_protocol::api::people::UpdateProfileRequest;

use crate::http::{Answer, ApiResult, App, Body, Caller, ClientAddress, OptionalBody};

/// `GET /v1/users/me` — the caller's own account.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the account |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn get_me(app: App, caller: Caller) -> ApiResult<Me> {
    Ok(Answer::ok(app.accounts.me(&caller).await?))
}

/// `PUT /v1/users/me` — changes the caller's profile: what is absent stays, `null` clears. Their other
/// devices hear `account:changed`. Another e-mail address waits as `pending_email` until the code that is
/// mailed to it proves it; the present one ends that.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the account as it is now |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | another e-mail address, username or phone number, without `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
/// | 409 | `USERNAME_TAKEN`, `PHONE_TAKEN` | another account has it |
/// | 409 | `EMAIL_TAKEN` | another account has it, and this server cannot send mail |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule, or e-mail address or username is `null` |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many other identities tried by this user or from this address, or too many mails by this user or to that e-mail address |
pub(super) async fn update_me(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: Body<UpdateProfileRequest>,
) -> ApiResult<Me> {
    Ok(Answer::ok(
        app.people
            .update_profile(&caller, body.0, address.0)
            .await?,
    ))
}

/// `DELETE /v1/users/me` — deletes the caller's account for good.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone: its names are free, its sockets close with 4401, its conversations hear `participant:removed` with `erased`, and what it wrote shows as tombstones until it is erased |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | no `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
pub(super) async fn delete_me(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: OptionalBody<ConfirmRequest>,
) -> ApiResult<()> {
    let confirmation = address.confirming(body.0.password);
    app.accounts.delete_account(&caller, confirmation).await?;
    Ok(Answer::empty())
}
