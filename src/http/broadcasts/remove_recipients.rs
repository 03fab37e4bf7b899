//! `DELETE /v1/broadcasts/{id}/recipients/bulk` — takes many off a list; `skipped` names those who
//! were not on it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | how many were removed, and how many are on the list now |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | nobody, or more than 1,024 |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::{BulkRecipientsRequest, BulkRemoved};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn remove_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<BulkRecipientsRequest>,
) -> ApiResult<BulkRemoved> {
    let removed = app.remove_recipients(&caller, *id, request.0).await?;
    Ok(Answer::ok(removed))
}
