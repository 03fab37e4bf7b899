//! `GET /v1/messages/{id}/poll` — a poll and its votes.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the poll |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see, or no poll, or not any more |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::polls::Poll;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_poll(app: App, caller: Caller, id: Path<MessageId>) -> ApiResult<Poll> {
    Ok(Answer::ok(app.get_poll(&caller, *id).await?))
}
