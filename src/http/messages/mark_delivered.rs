//! `POST /v1/messages/{id}/delivered` — marks this message and all before it delivered.
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

pub(super) async fn mark_delivered(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<ReceiptState> {
    let (_, state) = app
        .mark_message(&caller, *id, ReceiptKind::Delivered)
        .await?;
    Ok(Answer::ok(state))
}
