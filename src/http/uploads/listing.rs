//! Lists of the caller's uploads.

use sentinal_protocol::api::uploads::{Uploads, UploadsQuery};

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Query};

/// `GET /v1/uploads` — a page of the caller's uploads, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` or `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_uploads(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<UploadsQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.uploads.list_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}

/// `GET /v1/uploads/completed` — a page of the caller's complete uploads, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` or `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_completed(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<UploadsQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.uploads.list_completed_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}

/// `GET /v1/uploads/in-progress` — a page of the caller's uploads that are announced or under way, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` or `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_in_progress(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<UploadsQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.uploads.list_open_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}
