//! `DELETE /v1/uploads/{id}/data` — deletes an upload and its bytes (tus 1.0, `termination`).
//!
//! | status | code | when |
//! |---|---|---|
//! | 204 |  | as `DELETE /v1/uploads/{id}` |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |

use actix_web::{HttpRequest, HttpResponse};
use sentinal_protocol::UploadId;

use super::tus;
use crate::http::{App, Caller, HttpError, Path};

pub(super) async fn terminate(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<UploadId>,
) -> Result<HttpResponse, HttpError> {
    tus::check_version(&request)?;
    app.delete_upload(&caller, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
