//! `DELETE /v1/messages/{id}/star` — takes the caller's star off a message.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | without a star, or so before; the message |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn unstar_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.unstar_message(&caller, *id).await?))
}
