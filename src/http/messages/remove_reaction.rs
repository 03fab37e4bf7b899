//! `DELETE /v1/messages/{id}/reactions/{reaction}` — takes a reaction of the caller's back.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | taken back, or not there; the message's reactions |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed, or U+0000 in the reaction |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 422 | `VALIDATION_ERROR` | the reaction is longer than 64 bytes |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::reactions::ReactionCounts;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_reaction(
    app: App,
    caller: Caller,
    path: Path<(MessageId, String)>,
) -> ApiResult<ReactionCounts> {
    let (id, reaction) = path.0;
    let counts = app.remove_reaction(&caller, id, reaction).await?;
    Ok(Answer::ok(counts))
}
