//! `GET /v1/conversations/{id}/sequence` — the highest message number given.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the number |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::SequenceState;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_sequence(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<SequenceState> {
    Ok(Answer::ok(app.get_sequence(&caller, *id).await?))
}
