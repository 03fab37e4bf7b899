//! `GET /v1/messages/{id}` — a message, with the ciphertext of the calling device.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the message |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<Message> {
    Ok(Answer::ok(app.get_message(&caller, *id).await?))
}
