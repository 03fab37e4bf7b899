//! Proving the caller's e-mail address.

use sentinal_protocol::api::accounts::{Me, VerifyEmailRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, ClientAddress};

/// `POST /v1/users/me/email/verify` — proves an e-mail address by the code that was mailed to it: the one that waits for it, which then takes effect, else the present one.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the account as it is now |
/// | 400 | `EMAIL_CODE_INVALID` | wrong, tried wrongly 5 times, older than 30 minutes, or replaced by a newer one |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 409 | `EMAIL_TAKEN` | the address is the caller's, and another account has it |
/// | 422 | `VALIDATION_ERROR` | not 8 digits |
/// | 429 | `RATE_LIMIT_EXCEEDED` | the fifth change that can still be undone was not long ago enough |
pub(super) async fn verify_email(
    app: App,
    caller: Caller,
    body: Body<VerifyEmailRequest>,
) -> ApiResult<Me> {
    let proved = app.accounts.verify_email(&caller, body.0);
    Ok(Answer::ok(proved.await?))
}

/// `POST /v1/users/me/email/code` — mails a new code for the address that waits to be proved, else for the present one; the code from before is good no more.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | it will be mailed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 409 | `CONFLICT` | no address waits, and the present one is proved |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many mails by this account, or to this address |
/// | 503 | `MAIL_NOT_CONFIGURED` | this server cannot send mail |
pub(super) async fn request_email_code(
    app: App,
    caller: Caller,
    address: ClientAddress,
) -> ApiResult<()> {
    let mailing = app.accounts.request_email_code(&caller, address.0);
    mailing.await?;
    Ok(Answer::empty())
}
