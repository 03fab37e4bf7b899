//! `POST /v1/auth/password/change` — replaces the caller's password.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | replaced; all other login sessions end |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `WRONG_PASSWORD` | the current password is wrong |
//! | 422 | `VALIDATION_ERROR` | the new password breaks its rule |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too often by this user |
//! | 503 | `OVERLOADED` | too many passwords are being hashed |

use sentinal_protocol::api::auth::ChangePasswordRequest;

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn change_password(
    app: App,
    caller: Caller,
    body: Body<ChangePasswordRequest>,
) -> ApiResult<()> {
    app.change_password(&caller, body.0).await?;
    Ok(Answer::empty())
}
