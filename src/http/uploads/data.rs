//! The bytes of an upload: whole with `PUT`, or resumable with the methods of tus 1.0.

use actix_web::{HttpRequest, HttpResponse, web};
use sentinal_app::Receive;
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::Upload;

use super::body::Form;
use super::{body, tus};
use crate::http::{Answer, ApiResult, App, BaseUrl, Caller, ClientAddress, HttpError, Path};

/// `OPTIONS /v1/uploads/{id}/data` — what of tus is spoken here: version 1.0.0 with `creation`,
/// `creation-with-upload` (at `/v1/uploads`) and `termination`. Anybody may ask.
///
/// | status | code | when |
/// |---|---|---|
/// | 204 |  | `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` |
pub(super) async fn describe_tus(app: App, _: Path<UploadId>) -> HttpResponse {
    description(&app)
}

/// `OPTIONS /v1/uploads` — what of tus is spoken here, as for one upload. Anybody may ask.
///
/// | status | code | when |
/// |---|---|---|
/// | 204 |  | `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` |
pub(super) async fn describe_creation(app: App) -> HttpResponse {
    description(&app)
}

fn description(app: &App) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((tus::EXTENSION, tus::EXTENSIONS))
        .insert_header((tus::MAX_SIZE, app.settings().files.file_bytes_max))
        .finish()
}

/// `HEAD /v1/uploads/{id}/data` — where an upload goes on (tus 1.0).
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | `Upload-Offset` and `Upload-Length` |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller, or one that failed or was cancelled |
/// | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |
pub(super) async fn get_offset(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<UploadId>,
) -> Result<HttpResponse, HttpError> {
    tus::check_version(&request)?;
    let position = app.uploads.get_upload_offset(&caller, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((tus::UPLOAD_OFFSET, position.offset))
        .insert_header((tus::UPLOAD_LENGTH, position.file_size))
        .finish())
}

/// `PUT /v1/uploads/{id}/data` — the whole file, from its first byte: as the body, or as the field
/// `file` of `multipart/form-data`. What was stored before goes.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the upload; it still has to be completed |
/// | 400 | `BAD_REQUEST` | the body did not arrive whole; what came is stored |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 408 | `REQUEST_TIMEOUT` | the bytes stopped coming or came too slowly; what came is stored |
/// | 409 | `CONFLICT` | the upload has ended, or another request goes on with it |
/// | 413 | `PAYLOAD_TOO_LARGE` | more bytes than were announced |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | a compressed body |
/// | 422 | `VALIDATION_ERROR` | a form without the field `file` |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many requests, or too many uploads of the caller or of the address at once |
/// | 503 | `OVERLOADED` | too many uploads of everybody at once |
/// | 503 | `UNHEALTHY` | the store of files is not available |
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
        address: ClientAddress::of(&request).0,
    };
    let bytes = form.read(&request, payload);
    app.uploads.receive_upload(&caller, receive, bytes).await?;
    let upload = app.uploads.get_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}

/// `PATCH /v1/uploads/{id}/data` — bytes from `Upload-Offset` on (tus 1.0). What came before the
/// connection broke is stored; `HEAD` says where to go on.
///
/// | status | code | when |
/// |---|---|---|
/// | 204 |  | stored; `Upload-Offset` is where the file goes on |
/// | 400 | `BAD_REQUEST` | no usable `Upload-Offset`, or the body did not arrive whole |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 408 | `REQUEST_TIMEOUT` | the bytes stopped coming or came too slowly; what came is stored |
/// | 409 | `OFFSET_MISMATCH` | the file goes on elsewhere; `details` says where |
/// | 409 | `CONFLICT` | the upload has ended, or another request goes on with it |
/// | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |
/// | 413 | `PAYLOAD_TOO_LARGE` | more bytes than were announced |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | not `application/offset+octet-stream`, or compressed |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many requests, or too many uploads of the caller or of the address at once |
/// | 503 | `OVERLOADED` | too many uploads of everybody at once |
/// | 503 | `UNHEALTHY` | the store of files is not available |
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
        address: ClientAddress::of(&request).0,
    };
    let bytes = Form::Raw.read(&request, payload);
    let position = app.uploads.receive_upload(&caller, receive, bytes).await?;
    Ok(HttpResponse::NoContent()
        .insert_header((tus::UPLOAD_OFFSET, position.offset))
        .finish())
}

/// `DELETE /v1/uploads/{id}/data` — deletes an upload and its bytes (tus 1.0, `termination`).
///
/// | status | code | when |
/// |---|---|---|
/// | 204 |  | as `DELETE /v1/uploads/{id}` |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 412 | `PRECONDITION_FAILED` | no `Tus-Resumable`, or a version that is not spoken here |
pub(super) async fn terminate(
    request: HttpRequest,
    app: App,
    caller: Caller,
    id: Path<UploadId>,
) -> Result<HttpResponse, HttpError> {
    tus::check_version(&request)?;
    app.uploads.delete_upload(&caller, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
