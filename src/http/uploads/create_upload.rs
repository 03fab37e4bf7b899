//! `POST /v1/uploads` — announces a file; its bytes go to `upload_url`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the upload |
//! | 400 | `BAD_REQUEST` | the body cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | `uploader_id` is someone else |
//! | 413 | `FILE_TOO_LARGE` | larger than one file may be |
//! | 413 | `PAYLOAD_TOO_LARGE` | the body has more than 1 MiB |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
//! | 422 | `VALIDATION_ERROR` | a field breaks a rule |
//! | 507 | `QUOTA_EXCEEDED` | the caller's files would take more room than allowed |

use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};

use crate::http::{Answer, ApiResult, App, BaseUrl, Body, Caller};

pub(super) async fn create_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    request: Body<CreateUploadRequest>,
) -> ApiResult<Upload> {
    let upload = app.create_upload(&caller, request.0).await?;
    Ok(Answer::created(upload.at(&base.0)))
}
