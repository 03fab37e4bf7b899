//! `POST /v1/broadcasts/{id}/recipients` — puts somebody on a list.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | on it now |
//! | 200 |  | on it already |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `BLOCKED` | the caller has blocked this user |
//! | 404 | `NOT_FOUND` | no such list of the caller; no such user, or one who has blocked the caller |
//! | 409 | `CONFLICT` | the list is full |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | oneself |

use sentinal_protocol::BroadcastId;
use sentinal_protocol::api::broadcasts::{AddRecipientRequest, RecipientCheck};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn add_recipient(
    app: App,
    caller: Caller,
    id: Path<BroadcastId>,
    request: Body<AddRecipientRequest>,
) -> ApiResult<RecipientCheck> {
    let stored = app.add_recipient(&caller, *id, request.0).await?;
    Ok(Answer::stored(stored))
}
