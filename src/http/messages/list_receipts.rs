//! `GET /v1/messages/{id}/receipts` — how far a message of the caller's has got, in pages.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page; `read` is `null` where either side keeps it to itself |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is not its sender |
//! | 404 | `NOT_FOUND` | no message that the caller may see |
//! | 422 | `VALIDATION_ERROR` | page or limit out of bounds |

use sentinal_protocol::MessageId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::receipts::Receipts;

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

pub(super) async fn list_receipts(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<PageQuery>,
) -> ApiResult<Receipts> {
    let receipts = app.list_message_receipts(&caller, *id, query.0).await?;
    Ok(Answer::ok(receipts))
}
