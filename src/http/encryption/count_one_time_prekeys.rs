//! `GET /v1/encryption/onetime-prekeys/count` — how many one-time prekeys a device has left.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the number |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user or device |
//! | 422 | `VALIDATION_ERROR` | another user, and no `device_id` |

use sentinal_protocol::api::keys::{DeviceQuery, PrekeyCount};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn count_one_time_prekeys(
    app: App,
    caller: Caller,
    query: Query<DeviceQuery>,
) -> ApiResult<PrekeyCount> {
    let count = app.count_one_time_prekeys(&caller, query.0).await?;
    Ok(Answer::ok(count))
}
