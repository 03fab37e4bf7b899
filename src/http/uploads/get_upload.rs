//! `GET /v1/uploads/{id}` — an upload of the caller.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the upload |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |

use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Path};

pub(super) async fn get_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.get_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
