//! The caller's settings.

use sentinal_protocol::api::settings::{UpdateSettingsRequest, UserSettings};

use crate::http::{Answer, ApiResult, App, Body, Caller};

/// `GET /v1/users/me/settings` — the caller's settings.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | all of them |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn get_settings(app: App, caller: Caller) -> ApiResult<UserSettings> {
    Ok(Answer::ok(app.people.get_settings(&caller).await?))
}

/// `PUT /v1/users/me/settings` — changes the caller's settings: what is absent stays, `null` is the
/// default again. Their other devices hear `account:changed`.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | all settings as they are now |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | a setting that there is not, a word that it does not take, or no language tag |
pub(super) async fn update_settings(
    app: App,
    caller: Caller,
    body: Body<UpdateSettingsRequest>,
) -> ApiResult<UserSettings> {
    Ok(Answer::ok(
        app.people.update_settings(&caller, body.0).await?,
    ))
}
