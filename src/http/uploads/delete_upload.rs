//! `DELETE /v1/uploads/{id}` — deletes an upload and its bytes.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | one that was under way: the upload, now `CANCELLED`; any other: `null`, it is gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |

use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Path};

pub(super) async fn delete_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Option<Upload>> {
    let upload = app.delete_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.map(|upload| upload.at(&base.0))))
}
