//! `PUT /v1/users/me` — changes the caller's profile: what is absent stays, `null` clears. Their other
//! devices hear `account:changed`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the account as it is now |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 409 | `EMAIL_TAKEN`, `USERNAME_TAKEN`, `PHONE_TAKEN` | another account has it |
//! | 422 | `VALIDATION_ERROR` | a field breaks its rule, or e-mail address or username is `null` |

use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::people::UpdateProfileRequest;

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn update_me(
    app: App,
    caller: Caller,
    body: Body<UpdateProfileRequest>,
) -> ApiResult<Me> {
    Ok(Answer::ok(app.update_profile(&caller, body.0).await?))
}
