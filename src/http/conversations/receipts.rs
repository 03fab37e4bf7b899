//! Read receipts up to a message number.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::ReadUpToRequest;
use sentinal_protocol::api::messages::ReceiptState;

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `POST /v1/conversations/{id}/read`, alias `…/read-sequence` — marks everything up to a message
/// number read.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | marked, or already there; the caller's cursors |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | `up_to_sequence` is missing |
pub(super) async fn mark_read(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<ReadUpToRequest>,
) -> ApiResult<ReceiptState> {
    let up_to = body.0.up_to_sequence;
    Ok(Answer::ok(
        app.messages.mark_read_up_to(&caller, *id, up_to).await?,
    ))
}
