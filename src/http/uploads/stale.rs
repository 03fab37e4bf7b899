//! Unfinished uploads that have stopped making progress.

use sentinal_protocol::api::uploads::{DeletedUploads, StaleQuery, Uploads};

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Query};

/// `GET /v1/uploads/stale?older_than_sec=` — a page of the caller's unfinished uploads to which
/// nothing has happened for so long, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | less than 60 seconds, or `page` or `limit` out of range |
pub(super) async fn list_stale(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<StaleQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.uploads.list_stale_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}

/// `DELETE /v1/uploads/stale?older_than_sec=` — deletes the caller's unfinished uploads to which
/// nothing has happened for so long.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | how many are gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | less than 60 seconds |
pub(super) async fn delete_stale(
    app: App,
    caller: Caller,
    query: Query<StaleQuery>,
) -> ApiResult<DeletedUploads> {
    Ok(Answer::ok(
        app.uploads.delete_stale_uploads(&caller, *query).await?,
    ))
}
