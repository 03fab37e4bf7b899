//! The download of a file.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, Charset, ContentDisposition, ContentRange, ContentRangeSpec, DispositionParam,
    DispositionType, ETag, EntityTag, ExtendedValue, Header as _, IfNoneMatch, IfRange, Range,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use futures_util::stream::StreamExt as _;
use garde::Validate;
use sentinal_app::{ApiError, OpenFile};
use sentinal_protocol::{ErrorCode, UploadId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{App, ClientAddress, HttpError, Path, Query};

/// What whoever fetches a file must know.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
pub(super) struct Capability {
    /// The secret half of the file's address.
    #[garde(skip)]
    #[serde(default)]
    cap: String,
}

/// `GET /v1/files/{id}?cap=` — the bytes of a complete file, or a part of them (`Range`). No token:
/// who knows the capability may read. `HEAD` answers the same without the bytes.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the file |
/// | 206 |  | the part that `Range` asks for |
/// | 304 |  | `If-None-Match` names the present `ETag` |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 404 | `NOT_FOUND` | no such complete file, or another capability |
/// | 416 | `RANGE_NOT_SATISFIABLE` | the file ends before the range; `Content-Range` says where |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many requests for files from this address, or for this file |
pub(super) async fn fetch_file(
    request: HttpRequest,
    app: App,
    client: ClientAddress,
    id: Path<UploadId>,
    query: Query<Capability>,
) -> Result<HttpResponse, HttpError> {
    let file = app.uploads.open_file(*id, &query.cap, client.0).await?;
    // Its bytes never change.
    let tag = EntityTag::new_strong(file.id.to_string());
    let mut answer = HttpResponse::Ok();
    answer.insert_header(ETag(tag.clone()));
    // Asked again each time, so that what was deleted is gone everywhere.
    answer.insert_header((CACHE_CONTROL, "private, no-cache"));
    if is_known(&request, &tag) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    let part = wanted(&request, &tag, file.size)?;
    describe(&mut answer, &file, part);
    Ok(answer.body(bytes(&request, &file, part)))
}

/// Bytes of a file from the first to the last.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Bytes(u64, u64),
}

/// Whether the client has the file already.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// What `Range` asks for. What cannot be read, several ranges, and a range of another state of the
/// file (`If-Range`) are the whole file, as RFC 9110 allows.
fn wanted(request: &HttpRequest, tag: &EntityTag, size: u64) -> Result<Part, ApiError> {
    let is_current = match IfRange::parse(request) {
        Ok(IfRange::EntityTag(asked)) => asked.strong_eq(tag),
        // Files have no date.
        Ok(IfRange::Date(_)) => false,
        Err(_) => true,
    };
    let Ok(Range::Bytes(ranges)) = Range::parse(request) else {
        return Ok(Part::Whole);
    };
    match ranges.as_slice() {
        [range] if is_current => match range.to_satisfiable_range(size) {
            Some((first, last)) => Ok(Part::Bytes(first, last)),
            None => Err(ApiError::new(
                ErrorCode::RangeNotSatisfiable,
                "The file ends before this range.",
            )
            .with_details(serde_json::json!({ "file_size": size }))),
        },
        [..] => Ok(Part::Whole),
    }
}

fn describe(answer: &mut actix_web::HttpResponseBuilder, file: &OpenFile, part: Part) {
    answer.content_type(file.content_type.as_str());
    answer.insert_header(("Accept-Ranges", "bytes"));
    // Never shown in place: it may be a page with scripts.
    answer.insert_header(ContentDisposition {
        disposition: DispositionType::Attachment,
        // Both forms, the plain one first: who knows the other one prefers it (RFC 6266 §4.3).
        parameters: vec![
            DispositionParam::Filename(plain_name(&file.file_name)),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: file.file_name.clone().into_bytes(),
            }),
        ],
    });
    if let Part::Bytes(first, last) = part {
        answer.status(StatusCode::PARTIAL_CONTENT);
        answer.insert_header(ContentRange(ContentRangeSpec::Bytes {
            range: Some((first, last)),
            instance_length: Some(file.size),
        }));
    }
}

/// A file's name for clients that know no other than plain ASCII (RFC 6266 §4.3, appendix D). What
/// ends a quoted string, is taken for an escape by some (`%`) or for a path becomes `_`, as does what
/// is no ASCII.
fn plain_name(name: &str) -> String {
    let plain = |sign: char| match sign {
        '"' | '\\' | '/' | '%' => '_',
        ' '..='~' => sign,
        _ => '_',
    };
    name.chars().map(plain).collect()
}

/// The bytes; for `HEAD` their number alone.
fn bytes(
    request: &HttpRequest,
    file: &OpenFile,
    part: Part,
) -> SizedStream<stream::LocalBoxStream<'static, Result<bytes::Bytes, actix_web::Error>>> {
    let (from, to) = match part {
        Part::Whole => (0, file.size),
        Part::Bytes(first, last) => (first, last + 1),
    };
    let body = if request.method() == Method::HEAD {
        stream::empty().boxed_local()
    } else {
        let read = file.read(from..to);
        read.map(|bytes| bytes.map_err(actix_web::error::ErrorInternalServerError))
            .boxed_local()
    };
    SizedStream::new(to - from, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_ends_no_quotes_and_names_no_path() {
        assert_eq!(plain_name("photo 1.jpg"), "photo 1.jpg");
        assert_eq!(plain_name("../a\\b\"; x=%20\r\n"), ".._a_b_; x=_20__");
        assert_eq!(plain_name("Löwe.html"), "L_we.html");
    }
}
