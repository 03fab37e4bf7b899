//! `GET /v1/users/me/devices/{id}` — one of the caller's active devices, by either of its names.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the device |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not an active device of the caller |

use sentinal_protocol::api::accounts::Device;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_device(app: App, caller: Caller, name: Path<String>) -> ApiResult<Device> {
    Ok(Answer::ok(app.get_own_device(&caller, &name).await?))
}
