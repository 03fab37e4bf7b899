//! What announces an upload: JSON, or the headers of tus (`creation`, `creation-with-upload`).

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{FutureExt as _, LocalBoxFuture, ready};
use garde::Validate as _;
use sentinal_app::{ApiError, broken_rules};
use sentinal_protocol::Base64;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_protocol::limits::BODY_BYTES_MAX;
use sentinal_protocol::text::canonical_name;

use super::tus;
use crate::http::openapi::{Argument, Described};
use crate::http::{Body, HttpError};

/// The name of a file that is announced without one.
const UNNAMED: &str = "file";
/// The media type of a file that is announced without one.
const UNTYPED: &str = "application/octet-stream";

/// What a request to `POST /v1/uploads` is.
pub(super) enum Announced {
    /// A file's description.
    Json(CreateUploadRequest),
    /// A request of tus, not looked at yet, and what it brings.
    Tus(HttpRequest, web::Payload),
}

impl FromRequest for Announced {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if tus::is_spoken(request) {
            // Its headers are read once the caller is known.
            let bytes = web::Payload::from_request(request, payload).into_inner();
            let request = request.clone();
            return ready(match bytes {
                Ok(bytes) => Ok(Self::Tus(request, bytes)),
                Err(_) => Err(ApiError::bad_request("The body cannot be read.").into()),
            })
            .boxed_local();
        }
        let body = <Body<CreateUploadRequest>>::from_request(request, payload);
        async move { Ok(Self::Json(body.await?.0)) }.boxed_local()
    }
}

impl Argument for Announced {
    const BODY_BYTES_MAX: usize = BODY_BYTES_MAX;

    fn describe(operation: &mut Described) {
        <Body<CreateUploadRequest> as Argument>::describe(operation);
    }
}

/// The file that a request of tus announces.
pub(super) fn announced(request: &HttpRequest) -> Result<CreateUploadRequest, ApiError> {
    let metadata = metadata(request.headers())?;
    let field = |names: [&str; 2]| {
        let found = metadata.iter().find(|(key, _)| names.contains(key));
        found.map(|(_, value)| value.clone())
    };
    let announced = CreateUploadRequest {
        file_name: field(["filename", "name"])
            .map_or_else(|| UNNAMED.to_owned(), |name| canonical_name(&name)),
        file_size: tus::length(request)?,
        content_type: field(["filetype", "type"]).unwrap_or_else(|| UNTYPED.to_owned()),
        uploader_id: None,
    };
    announced.validate().map_err(broken_rules)?;
    Ok(announced)
}

/// Whether the request brings bytes of the file as well.
pub(super) fn brings_bytes(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH);
    length.is_some_and(|length| length != "0") || headers.contains_key(TRANSFER_ENCODING)
}

/// `Upload-Metadata`: keys, each with a value in base64, between commas.
fn metadata(headers: &HeaderMap) -> Result<Vec<(&str, String)>, ApiError> {
    let malformed = || ApiError::bad_request("`Upload-Metadata` cannot be read.");
    let Some(value) = headers.get(tus::UPLOAD_METADATA) else {
        return Ok(Vec::new());
    };
    let pairs = value.to_str().map_err(|_| malformed())?.split(',');
    let text = |value: &str| String::from_utf8(Base64::decode(value)?.0).ok();
    pairs
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .map(|it| {
            let (key, value) = it.split_once(' ').unwrap_or((it, ""));
            let value = text(value.trim()).ok_or_else(malformed)?;
            Ok((key, value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(length: &str, metadata: &str) -> Result<CreateUploadRequest, ApiError> {
        let request = TestRequest::post()
            .insert_header(("Upload-Length", length))
            .insert_header(("Upload-Metadata", metadata));
        announced(&request.to_http_request())
    }

    #[test]
    fn a_file_is_described_by_headers() {
        let file = of("7", "filename TMO2d2UuaHRtbA==,filetype dGV4dC9odG1s,empty").unwrap();
        assert_eq!((file.file_name.as_str(), file.file_size), ("Löwe.html", 7));
        assert_eq!(file.content_type, "text/html");
        // Spaces around it, and a letter and its dots apart: as in a body of JSON.
        let decomposed = of("7", "filename IExvzIh3ZSA=").unwrap();
        assert_eq!(decomposed.file_name, "L\u{f6}we");
        let bare = of("0", "").unwrap();
        assert_eq!(bare.file_name, UNNAMED);
        for (length, metadata) in [
            ("x", ""),
            ("-1", ""),
            ("7", "filename !"),
            ("7", "filename gA=="),
        ] {
            let refused = of(length, metadata).unwrap_err();
            assert_eq!(refused.code.status(), 400, "{length} {metadata}");
        }
        // A line break in the name.
        let refused = of("7", "filename YQpi").unwrap_err();
        assert_eq!(refused.code.status(), 422);
    }
}
