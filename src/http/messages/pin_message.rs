//! `PUT /v1/messages/{id}/pin` — pins a message for everybody.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | pinned, or so before; the message |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | only admins may write here |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 409 | `CONFLICT` | it was deleted or has expired, or 100 messages are pinned |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn pin_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.pin_message(&caller, *id).await?))
}
