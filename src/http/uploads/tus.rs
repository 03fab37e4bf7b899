//! The headers of tus 1.0, the protocol of resumable uploads (<https://tus.io/protocols/resumable-upload>).

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sentinal_app::ApiError;
use sentinal_protocol::ErrorCode;

/// The version that is spoken here.
const VERSION: &str = "1.0.0";
/// What the bytes of a `PATCH` are.
const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const SPOKEN: HeaderName = HeaderName::from_static("tus-version");
/// What is spoken beside the core.
pub(super) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
/// Bytes of one file, at most.
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
/// Where the bytes belong, or the file goes on.
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// What the file is.
pub(super) const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// What is spoken beside the core.
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,termination";
/// Bytes of the whole file.
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");

/// Every answer, refusals too, says which version is spoken.
pub(in crate::http) fn sign(answer: &mut HeaderMap) {
    answer.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    answer.insert(SPOKEN, HeaderValue::from_static(VERSION));
}

/// Whether a request is one of tus, in whatever version.
pub(super) fn is_spoken(request: &HttpRequest) -> bool {
    request.headers().contains_key(RESUMABLE)
}

/// How many bytes the file will have.
pub(super) fn length(request: &HttpRequest) -> Result<u64, ApiError> {
    let given = request.headers().get(UPLOAD_LENGTH);
    given
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .ok_or_else(|| ApiError::bad_request("`Upload-Length` must be a number of bytes."))
}

/// Refuses a request in another version, or in none.
pub(super) fn check_version(request: &HttpRequest) -> Result<(), ApiError> {
    let asked = request.headers().get(RESUMABLE);
    if asked.is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::PreconditionFailed,
        "`Tus-Resumable: 1.0.0` is needed.",
    ))
}

/// Refuses a body that does not say that it is a part of a file.
pub(super) fn check_content_type(request: &HttpRequest) -> Result<(), ApiError> {
    let given = request.headers().get(CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    if given.is_some_and(|it| it.trim().eq_ignore_ascii_case(OFFSET_OCTET_STREAM)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "The body must be `application/offset+octet-stream`.",
    ))
}

/// Where the bytes of a request belong.
pub(super) fn offset(request: &HttpRequest) -> Result<u64, ApiError> {
    let given = request.headers().get(UPLOAD_OFFSET);
    given
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .ok_or_else(|| ApiError::bad_request("`Upload-Offset` must be a number of bytes."))
}
