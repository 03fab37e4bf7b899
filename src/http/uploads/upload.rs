//! One upload, from its announcement to its end. Its bytes are in `data`.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, web};
use sentinal_app::Receive;
use sentinal_protocol::UploadId;
use sentinal_protocol::api::uploads::{ProgressRequest, Upload};

use super::body::{self, Form};
use super::creation::{self, Announced};
use super::tus;
use crate::http::{Answer, ApiResult, App, BaseUrl, Body, Caller, ClientAddress, Path};

/// `POST /v1/uploads` — announces a file; its bytes go to `upload_url`. With `Tus-Resumable` it is the
/// `creation` of tus 1.0: `Upload-Length`, and `filename` and `filetype` of `Upload-Metadata`, take the
/// place of the JSON, and `Location` is that address. What such a request brings of the file is stored
/// (`creation-with-upload`); `Upload-Offset` says how much.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the upload |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed, or a header of tus |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `uploader_id` is someone else |
/// | 412 | `PRECONDITION_FAILED` | a version of tus that is not spoken here |
/// | 413 | `FILE_TOO_LARGE` | larger than one file may be |
/// | 413 | `PAYLOAD_TOO_LARGE` | the body has more than 1 MiB |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON; of tus, not `application/offset+octet-stream`, or compressed |
/// | 422 | `VALIDATION_ERROR` | a field breaks a rule |
/// | 507 | `QUOTA_EXCEEDED` | what is kept of the caller would take more room than allowed |
pub(super) async fn create_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    announced: Announced,
) -> ApiResult<Upload> {
    match announced {
        Announced::Json(announced) => {
            let upload = app.uploads.create_upload(&caller, announced).await?;
            Ok(Answer::created(upload.at(&base.0)))
        }
        Announced::Tus(request, bytes) => create_by_tus(app, caller, base, request, bytes).await,
    }
}

async fn create_by_tus(
    app: App,
    caller: Caller,
    base: BaseUrl,
    request: HttpRequest,
    bytes: web::Payload,
) -> ApiResult<Upload> {
    tus::check_version(&request)?;
    let announced = creation::announced(&request)?;
    let brings_bytes = creation::brings_bytes(&request);
    if brings_bytes {
        tus::check_content_type(&request)?;
        body::check_encoding(&request)?;
    }
    let upload = app.uploads.create_upload(&caller, announced).await?;
    if brings_bytes {
        let receive = Receive {
            id: upload.id,
            offset: Some(0),
            announced: Form::Raw.announced(&request),
            address: ClientAddress::of(&request).0,
        };
        let bytes = Form::Raw.read(&request, bytes);
        if let Err(error) = app.uploads.receive_upload(&caller, receive, bytes).await {
            // The upload is there, and goes on from where this has got.
            error.log(None);
        }
    }
    let upload = app.uploads.get_upload(&caller, upload.id).await?;
    let upload = upload.at(&base.0);
    let location = upload.upload_url.clone();
    let offset = upload.uploaded_bytes.to_string();
    Ok(Answer::created(upload)
        .with_header(LOCATION, &location)
        .with_header(tus::UPLOAD_OFFSET, &offset))
}

/// `GET /v1/uploads/{id}` — an upload of the caller.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the upload |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
pub(super) async fn get_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.uploads.get_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}

/// `DELETE /v1/uploads/{id}` — deletes an upload and its bytes.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | one that was under way: the upload, now `CANCELLED`; any other: `null`, it is gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
pub(super) async fn delete_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Option<Upload>> {
    let upload = app.uploads.delete_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.map(|upload| upload.at(&base.0))))
}

/// `POST /v1/uploads/{id}/complete` — makes an upload whose bytes are all there a file that others
/// can fetch.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the upload, complete now or before |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 409 | `UPLOAD_INCOMPLETE` | bytes are missing; `details` says how many have come |
/// | 409 | `CONFLICT` | failed or cancelled |
pub(super) async fn complete_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.uploads.complete_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}

/// `POST /v1/uploads/{id}/fail` — gives an upload up; its bytes go.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the upload, failed now or before |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 409 | `CONFLICT` | complete or cancelled |
pub(super) async fn fail_upload(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
) -> ApiResult<Upload> {
    let upload = app.uploads.fail_upload(&caller, *id).await?;
    Ok(Answer::ok(upload.at(&base.0)))
}

/// `POST /v1/uploads/{id}/progress` — notes how far the client believes to be. Only a hint:
/// `uploaded_bytes` of the answer is measured.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the upload |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such upload of the caller |
/// | 409 | `CONFLICT` | the upload has ended |
/// | 415 | `UNSUPPORTED_MEDIA_TYPE` | the body is no JSON |
/// | 422 | `VALIDATION_ERROR` | more than the file's size |
pub(super) async fn report_progress(
    app: App,
    caller: Caller,
    base: BaseUrl,
    id: Path<UploadId>,
    request: Body<ProgressRequest>,
) -> ApiResult<Upload> {
    let upload = app
        .uploads
        .report_upload_progress(&caller, *id, request.0)
        .await?;
    Ok(Answer::ok(upload.at(&base.0)))
}
