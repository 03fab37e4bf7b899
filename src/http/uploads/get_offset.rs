//! `HEAD /v1/uploads/{id}/data` — where an upload goes on (tus 1.0).
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | `Upload-Offset` and `Upload-Length` |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller, or one that failed or was cancelled |
//! | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |

use actix_web::{HttpRequest, HttpResponse};
use sentinal_protocol::UploadId;

use super::tus;
use crate::http::{App, Caller, HttpError, Path};

pub(super) async fn get_offset(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<UploadId>,
) -> Result<HttpResponse, HttpError> {
    tus::check_version(&request)?;
    let position = app.get_upload_offset(&caller, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((tus::UPLOAD_OFFSET, position.offset))
        .insert_header((tus::UPLOAD_LENGTH, position.file_size))
        .finish())
}
