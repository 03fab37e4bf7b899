//! `GET /v1/calls/{id}/duration` — how long a call was connected.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | seconds, until now if it still is |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::CallDuration;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_duration(
    app: App,
    caller: Caller,
    id: Path<CallId>,
) -> ApiResult<CallDuration> {
    Ok(Answer::ok(app.get_call_duration(&caller, *id).await?))
}
