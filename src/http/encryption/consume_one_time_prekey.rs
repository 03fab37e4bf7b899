//! `POST /v1/encryption/onetime-prekeys/consume` — takes a one-time prekey of a device; nobody else gets
//! it any more.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `consumed_by` is not the caller |
//! | 404 | `NOT_FOUND` | no such user or device, or `consumed_device_id` is not one of the caller's |
//! | 404 | `NO_PREKEYS` | none left |
//! | 422 | `VALIDATION_ERROR` | the device would take its own key |
//! | 429 | `RATE_LIMIT_EXCEEDED` | the caller took too many of this device (6 at once, one per 10 minutes) |

use sentinal_protocol::api::keys::{ConsumeQuery, OneTimePrekey};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn consume_one_time_prekey(
    app: App,
    caller: Caller,
    query: Query<ConsumeQuery>,
) -> ApiResult<OneTimePrekey> {
    let key = app.consume_one_time_prekey(&caller, query.0).await?;
    Ok(Answer::ok(key))
}
