//! `PUT /v1/uploads/{id}/data` — the whole file, from its first byte: as the body, or as the field
//! `file` of `multipart/form-data`. What was stored before goes.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the upload; it still has to be completed |
//! | 400 | `BAD_REQUEST` | the body did not arrive whole; what came is stored |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such upload of the caller |
//! | 408 | `REQUEST_TIMEOUT` | the bytes stopped coming; what came is stored |
//! | 409 | `CONFLICT` | the upload has ended, or another request goes on with it |
//! | 413 | `PAYLOAD_TOO_LARGE` | more bytes than were announced |
//! | 415 | `UNSUPPORTED_MEDIA_TYPE` | a compressed body |
//! | 422 | `VALIDATION_ERROR` | a form without the field `file` |
//! | 503 | `OVERLOADED` | too many uploads at once |
//! | 503 | `UNHEALTHY` | the store of files is not available |

use actix_web::{HttpRequest, web};
use sentinal_actors::app::Receive;
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use super::body::{self, Form};
use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, Path};

pub(super) async fn put_data(
    request: HttpRequest,
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
    payload: web::Payload,
) -> ApiResult<Upload> {
    body::check_encoding(&request)?;
    let form = Form::of(&request);
    let receive = Receive {
        id: *id,
        offset: None,
        announced: form.announced(&request),
    };
    let bytes = form.read(&request, payload);
    app.receive_upload(&caller, receive, bytes).await?;
    let upload = app.get_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
