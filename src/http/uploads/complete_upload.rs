//! `POST /v1/uploads/{id}/complete` — makes an upload whose bytes are all there a file that others
//! can fetch.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the upload, complete now or before |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 409 | `UPLOAD_INCOMPLETE` | bytes are missing; `details` says how many have come |
//! | 409 | `CONFLICT` | failed or cancelled |

use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Path};

pub(super) async fn complete_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.complete_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
