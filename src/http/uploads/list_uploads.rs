//! `GET /v1/uploads` — a page of the caller's uploads, newest first.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `uploader_id` or `user_id` is someone else |
//! | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |

use sentinal_protocol::api::uploads::{Uploads, UploadsQuery};

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Query};

pub(super) async fn list_uploads(
    app: App,
    caller: Caller,
    base: BaseUrl,
    query: Query<UploadsQuery>,
) -> ApiResult<Uploads> {
    let uploads = app.list_uploads(&caller, *query).await?;
    Ok(Answer::ok(uploads.at(&base.0)))
}
