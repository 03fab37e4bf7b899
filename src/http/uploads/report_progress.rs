//! `POST /v1/uploads/{id}/progress` — notes how far the client believes to be. Only a hint:
//! `uploaded_bytes` of the answer is measured.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the upload |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 409 | `CONFLICT` | the upload has ended |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | more than the file's size |

use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::{ProgressRequest, Upload};

use crate::http::{Answer, ApiResult, App, BaseUrl, Body, Caller, Path};

pub(super) async fn report_progress(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
    request: Body<ProgressRequest>,
) -> ApiResult<Upload> {
    let upload = app.report_upload_progress(&caller, *id, request.0).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
