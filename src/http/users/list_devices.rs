//! `GET /v1/users/me/devices` — the caller's active devices, the one seen last first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 401 | `UNAUTHORIZED` | no usable access token |

use sentinal_protocol::api::accounts::Devices;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn list_devices(app: App, caller: Caller) -> ApiResult<Devices> {
    Ok(Answer::ok(app.list_own_devices(&caller).await?))
}
