//! `GET /v1/conversations/{id}/participants` — who takes part, with the devices to encrypt to.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | all of them |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Participants;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn list_participants(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Participants> {
    Ok(Answer::ok(app.list_participants(&caller, *id).await?))
}
