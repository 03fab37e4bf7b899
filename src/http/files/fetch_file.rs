//! `GET /v1/files/{id}?cap=` — the bytes of a complete file, or a part of them (`Range`). No token:
//! who knows the capability may read. `HEAD` answers the same without the bytes.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the file |
//! | 206 |  | the part that `Range` asks for |
//! | 304 |  | `If-None-Match` names the present `ETag` |
//! | 400 | `BAD_REQUEST` | the id cannot be parsed |
//! | 404 | `NOT_FOUND` | no such complete file, or another capability |
//! | 416 | `RANGE_NOT_SATISFIABLE` | the file ends before the range; `Content-Range` says where |

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, Charset, ContentDisposition, ContentRange, ContentRangeSpec, DispositionParam,
    DispositionType, ETag, EntityTag, ExtendedValue, Header as _, IfNoneMatch, IfRange, Range,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{self, StreamExt as _};
use garde::Validate;
use sentinal_actors::app::{ApiError, OpenFile};
use sentinal_protocol::{ErrorCode, UploadId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{App, HttpError, Path, Query};

/// What whoever fetches a file must know.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
pub(super) struct Capability {
    /// The secret half of the file's address.
    #[garde(skip)]
    #[serde(default)]
    cap: String,
}

pub(super) async fn fetch_file(
    request: HttpRequest,
    app: App,
    id: Path<UploadId>,
    query: Query<Capability>,
) -> Result<HttpResponse, HttpError> {
    let file = app.open_file(*id, &query.cap).await?;
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
        parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: file.file_name.clone().into_bytes(),
        })],
    });
    if let Part::Bytes(first, last) = part {
        answer.status(StatusCode::PARTIAL_CONTENT);
        answer.insert_header(ContentRange(ContentRangeSpec::Bytes {
            range: Some((first, last)),
            instance_length: Some(file.size),
        }));
    }
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
