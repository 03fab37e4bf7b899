//! `POST /v1/conversations/{id}/sequence` — takes the next message number; no message will have it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the number taken |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller may not send here |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::SequenceState;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn reserve_sequence(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<SequenceState> {
    Ok(Answer::ok(app.reserve_sequence(&caller, *id).await?))
}
