//! `POST /v1/messages/{id}/read` — marks this message and all before it read.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | marked, or already there; the caller's cursors |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no message that the caller may see |

use sentinal_actors::app::ReceiptKind;
use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::ReceiptState;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn mark_read(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<ReceiptState> {
    let (_, state) = app.mark_message(&caller, *id, ReceiptKind::Read).await?;
    Ok(Answer::ok(state))
}
