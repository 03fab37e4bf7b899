//! `GET /v1/messages?conversation_id=` — a page of a conversation's history.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page and its gaps, with the ciphertexts of the calling device |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 422 | `VALIDATION_ERROR` | two positions at once, or `limit` out of range |

use sentinal_protocol::api::messages::{HistoryQuery, Messages};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_messages(
    app: App,
    caller: Caller,
    query: Query<HistoryQuery>,
) -> ApiResult<Messages> {
    Ok(Answer::ok(app.list_messages(&caller, *query).await?))
}
