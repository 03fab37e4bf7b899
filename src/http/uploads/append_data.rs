//! `PATCH /v1/uploads/{id}/data` — bytes from `Upload-Offset` on (tus 1.0). What came before the
//! connection broke is stored; `HEAD` says where to go on.
//!
//! | status | code | when |
//! |---|---|---|
//! | 204 |  | stored; `Upload-Offset` is where the file goes on |
//! | 400 | `BAD_REQUEST` | no usable `Upload-Offset`, or the body did not arrive whole |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 408 | `REQUEST_TIMEOUT` | the bytes stopped coming; what came is stored |
//! | 409 | `OFFSET_MISMATCH` | the file goes on elsewhere; `details` says where |
//! | 409 | `CONFLICT` | the upload has ended, or another request goes on with it |
//! | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |
//! | 413 | `PAYLOAD_TOO_LARGE` | more bytes than were announced |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | not `application/offset+octet-stream`, or compressed |
//! | 503 | `OVERLOADED` | too many uploads at once |
//! | 503 | `UNHEALTHY` | the store of files is not available |

use actix_web::{HttpRequest, HttpResponse, web};
use sentinal_actors::app::Receive;
use sentinal_protocol::UploadId;

use super::body::{self, Form};
use super::tus;
use crate::http::{App, Caller, HttpError, Path};

pub(super) async fn append_data(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<UploadId>,
    payload: web::Payload,
) -> Result<HttpResponse, HttpError> {
    tus::check_version(&request)?;
    tus::check_content_type(&request)?;
    body::check_encoding(&request)?;
    let receive = Receive {
        id: *id,
        offset: Some(tus::offset(&request)?),
        announced: Form::Raw.announced(&request),
    };
    let bytes = Form::Raw.read(&request, payload);
    let position = app.receive_upload(&caller, receive, bytes).await?;
    Ok(HttpResponse::NoContent()
        .insert_header((tus::UPLOAD_OFFSET, position.offset))
        .finish())
}
