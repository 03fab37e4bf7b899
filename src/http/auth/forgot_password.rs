//! `POST /v1/auth/password/forgot` — has a reset token mailed to the account, if there is one.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | always, in the same time, whether there is such an account or not |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or for this identity |
//! | 503 | `MAIL_NOT_CONFIGURED` | this server cannot send mail |
//! | 503 | `OVERLOADED` | too many mails are waiting |

use sentinal_protocol::api::auth::ForgotPasswordRequest;

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

pub(super) async fn forgot_password(
    app: App,
    address: ClientAddress,
    body: Body<ForgotPasswordRequest>,
) -> ApiResult<()> {
    app.forgot_password(body.0, address.0)?;
    Ok(Answer::empty())
}
