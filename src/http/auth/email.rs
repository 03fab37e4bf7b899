//! Undoing the change of an e-mail address.

use sentinal_protocol::api::accounts::UndoEmailRequest;

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

/// `POST /v1/auth/email/undo` — gives an account the e-mail address and password from before a change, by means of the token that was mailed to that address.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | undone; all login sessions end |
/// | 400 | `EMAIL_UNDO_INVALID` | the token is unknown, used or older than 72 hours |
/// | 403 | `WRONG_PASSWORD` | it is not the password from before the change |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or too many wrong passwords |
pub(super) async fn undo_email(
    app: App,
    address: ClientAddress,
    body: Body<UndoEmailRequest>,
) -> ApiResult<()> {
    app.accounts.undo_email(body.0, address.0).await?;
    Ok(Answer::empty())
}
