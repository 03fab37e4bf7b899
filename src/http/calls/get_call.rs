//! `GET /v1/calls/{id}` — a call of one of the caller's conversations.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the call |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller |

use sentinal_protocol::CallId;
use sentinal_protocol::api::calls::Call;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_call(app: App, caller: Caller, id: Path<CallId>) -> ApiResult<Call> {
    Ok(Answer::ok(app.get_call(&caller, *id).await?))
}
