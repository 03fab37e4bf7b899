//! `POST /v1/uploads/{id}/fail` — gives an upload up; its bytes go.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the upload, failed now or before |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 409 | `CONFLICT` | complete or cancelled |

use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Path};

pub(super) async fn fail_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.fail_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
