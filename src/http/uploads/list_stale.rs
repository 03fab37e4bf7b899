//! `GET /v1/uploads/stale?older_than_sec=` — a page of the caller's unfinished uploads to which
//! nothing has happened for so long, newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `uploader_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | less than 60 seconds, or `page` or `limit` out of range |

use sentinal_protocol::api::uploads::{StaleQuery, Uploads};

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Query};

pub(super) async fn list_stale(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<StaleQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.list_stale_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}
