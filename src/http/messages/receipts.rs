//! Receipts of a message: delivered, read.

use sentinal_app::ReceiptKind;
use sentinal_protocol::MessageId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::ReceiptState;
use sentinal_protocol::api::receipts::Receipts;

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `POST /v1/messages/{id}/read` — marks this message and all before it read.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | marked, or already there; the caller's cursors |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn mark_read(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<ReceiptState> {
    let (_, state) = app
        .messages
        .mark_message(&caller, *id, ReceiptKind::Read)
        .await?;
    Ok(Answer::ok(state))
}

/// `POST /v1/messages/{id}/delivered` — marks this message and all before it delivered.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | marked, or already there; the caller's cursors |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
pub(super) async fn mark_delivered(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
) -> ApiResult<ReceiptState> {
    let (_, state) = app
        .messages
        .mark_message(&caller, *id, ReceiptKind::Delivered)
        .await?;
    Ok(Answer::ok(state))
}

/// `GET /v1/messages/{id}/receipts` — how far a message of the caller's has got, in pages.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page; `read` is `null` where either side keeps it to itself |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is not its sender |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_receipts(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<PageQuery>,
) -> ApiResult<Receipts> {
    let receipts = app
        .messages
        .list_message_receipts(&caller, *id, query.0)
        .await?;
    Ok(Answer::ok(receipts))
}
