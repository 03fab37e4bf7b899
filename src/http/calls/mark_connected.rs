//! `POST /v1/calls/{id}/connected` — says that media flow: from now on the call is `CONNECTED`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the call; also if it was connected already |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller has not joined the call |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
//! | 409 | `CONFLICT` | fewer than two have joined |
//! | 409 | `CALL_ENDED` | the call is over |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::Call;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn mark_connected(app: App, caller: Caller, id: Path<CallId>) -> ApiResult<Call> {
    Ok(Answer::ok(app.mark_call_connected(&caller, *id).await?))
}
