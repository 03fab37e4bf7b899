//! `GET /v1/users/me/settings` — the caller's settings.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | all of them |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use sentinal_protocol::api::settings::UserSettings;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn get_settings(app: App, caller: Caller) -> ApiResult<UserSettings> {
    Ok(Answer::ok(app.get_settings(&caller).await?))
}
