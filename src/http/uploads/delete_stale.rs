//! `DELETE /v1/uploads/stale?older_than_sec=` — deletes the caller's unfinished uploads to which
//! nothing has happened for so long.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | how many are gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `uploader_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | less than 60 seconds |

use sentinal_protocol::api::uploads::{DeletedUploads, StaleQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn delete_stale(
    app: App,
    caller: Caller,
    query: Query<StaleQuery>,
) -> ApiResult<DeletedUploads> {
    Ok(Answer::ok(app.delete_stale_uploads(&caller, *query).await?))
}
