//! The bytes of a file as they come: the body itself, or one field of a form.
//!
//! Not the extractors of JSON bodies: nothing is collected here, and the deadline is one of
//! progress, which the use case keeps.

use actix_multipart::Multipart;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::stream::{self, LocalBoxStream, StreamExt as _, TryStreamExt as _};
use sentinal_app::{ApiError, BodyError};
use sentinal_protocol::ErrorCode;

/// The field of a form that holds the file.
const FIELD: &str = "file";

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The bytes themselves.
    Raw,
    /// `multipart/form-data`.
    Multipart,
}

impl Form {
    /// What the headers say.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let given = request.headers().get(CONTENT_TYPE);
        let given = given
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if given
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
        {
            Self::Multipart
        } else {
            Self::Raw
        }
    }

    /// How many bytes of the file the headers announce.
    pub(super) fn announced(self, request: &HttpRequest) -> Option<u64> {
        match self {
            Self::Raw => request
                .headers()
                .get(CONTENT_LENGTH)?
                .to_str()
                .ok()?
                .parse()
                .ok(),
            Self::Multipart => None,
        }
    }

    /// The bytes of the file.
    pub(super) fn read(
        self,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> LocalBoxStream<'static, Result<Bytes, BodyError>> {
        match self {
            Self::Raw => payload
                .map_err(|error| BodyError::Broken(error.to_string().into()))
                .boxed_local(),
            Self::Multipart => field(Multipart::new(request.headers(), payload)),
        }
    }
}

/// Compressed bytes would have to be unpacked before they could be counted.
pub(super) fn check_encoding(request: &HttpRequest) -> Result<(), ApiError> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "Compressed bodies are not read.",
        ));
    }
    Ok(())
}

/// The content of the field; fields before it are passed over, those after it not looked at.
fn field(mut form: Multipart) -> LocalBoxStream<'static, Result<Bytes, BodyError>> {
    let found = async move {
        while let Some(field) = form.try_next().await.map_err(broken)? {
            if field.name() == Some(FIELD) {
                return Ok(stream::try_unfold(
                    (field, form),
                    |(mut field, form)| async {
                        let next = field.try_next().await.map_err(broken)?;
                        Ok(next.map(|bytes| (bytes, (field, form))))
                    },
                ));
            }
        }
        let missing = ApiError::invalid(FIELD, "is required");
        Err(BodyError::Refused(missing))
    };
    stream::once(found).try_flatten().boxed_local()
}

fn broken(error: actix_multipart::MultipartError) -> BodyError {
    BodyError::Broken(error.to_string().into())
}
