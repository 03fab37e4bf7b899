//! `DELETE /v1/messages/{id}` — takes a message's content away; with `?for=me` the message, for the
//! caller alone.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | deleted, or so before; the tombstone, or `null` with `for=me` |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is neither its sender nor an admin of the group |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 422 | `VALIDATION_ERROR` | `for` is neither `me` nor `everyone` |

use sentinal_protocol::api::edits::DeleteMessageQuery;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::{DeleteFor, MessageId};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

pub(super) async fn delete_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<DeleteMessageQuery>,
) -> ApiResult<Option<Message>> {
    Ok(Answer::ok(
        match query.whom.unwrap_or(DeleteFor::Everyone) {
            DeleteFor::Everyone => Some(app.delete_message(&caller, *id).await?),
            DeleteFor::Me => {
                app.hide_message(&caller, *id).await?;
                None
            }
        },
    ))
}
