//! `DELETE /v1/messages/{id}/hard` — takes a message away, its place in history too; a gap is
//! left.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | deleted |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is neither its sender nor the owner of the group |
//! | 404 | `NOT_FOUND` | no message that the caller may see |

use sentinal_protocol::MessageId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn hard_delete_message(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<()> {
    app.hard_delete_message(&caller, *id).await?;
    Ok(Answer::empty())
}
