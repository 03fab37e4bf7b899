//! `GET /v1/calls/{id}/participants` — everybody who is or was in a call.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | in the order in which they were asked |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::CallParticipants;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn list_call_participants(
    app: App,
    caller: Caller,
    id: Path<CallId>,
) -> ApiResult<CallParticipants> {
    Ok(Answer::ok(app.list_call_participants(&caller, *id).await?))
}
