//! `POST /v1/broadcasts/{id}/recipients/bulk` — puts many on a list; `skipped` names those who cannot
//! be, and why.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | how many were added, and how many are on the list now |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such list of the caller |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | nobody, or more than 1,024 |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::{BulkAdded, BulkRecipientsRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn add_recipients(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<BulkRecipientsRequest>,
) -> ApiResult<BulkAdded> {
    let added = app.add_recipients(&caller, *id, request.0).await?;
    Ok(Answer::created(added))
}
