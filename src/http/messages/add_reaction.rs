//! `PUT /v1/messages/{id}/reactions/{reaction}` — reacts to a message, with anything of at most 64
//! bytes.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | added, or there before; the message's reactions |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed, or U+0000 in the reaction |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 409 | `CONFLICT` | it was deleted or has expired, or has 20 reactions of the caller already |
//! | 422 | `VALIDATION_ERROR` | the reaction is longer than 64 bytes |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::reactions::ReactionCounts;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn add_reaction(
    app: App,
    caller: Caller,
    path: Path<(MessageId, String)>,
) -> ApiResult<ReactionCounts> {
    let (id, reaction) = path.0;
    let counts = app.add_reaction(&caller, id, reaction).await?;
    Ok(Answer::ok(counts))
}
