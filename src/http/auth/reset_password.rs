//! `POST /v1/auth/password/reset` — replaces a password by means of a mailed token.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | replaced; all login sessions end |
//! | 400 | `RESET_TOKEN_INVALID` | no token, or one that is unknown, used or older than 30 minutes |
//! | 422 | `VALIDATION_ERROR` | the new password breaks its rule |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or for this identity |
//! | 503 | `OVERLOADED` | too many passwords are being hashed |

use sentinal_protocol::api::auth::ResetPasswordRequest;

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

pub(super) async fn reset_password(
    app: App,
    address: ClientAddress,
    body: Body<ResetPasswordRequest>,
) -> ApiResult<()> {
    app.reset_password(body.0, address.0).await?;
    Ok(Answer::empty())
}
