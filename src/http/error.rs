//! The error of the HTTP door, and the envelope in which every failure leaves it.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use sentinal_app::ApiError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::Failure;

use super::request_id::{self, RequestId};

/// Why a request was refused.
///
/// It travels through actix as a response without a body; the outermost layer, which knows the
/// request's id, writes the envelope with [`envelope`] and logs the causes once ([`ApiError::log`]).
#[derive(Debug)]
pub(crate) struct HttpError(pub(crate) ApiError);

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for HttpError {
    fn status_code(&self) -> StatusCode {
        status(self.0.code)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The status that comes with a code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The complete answer to a request that failed.
pub(crate) fn envelope(error: &ApiError, request_id: &RequestId) -> HttpResponse {
    let mut response = HttpResponseBuilder::new(status(error.code));
    response.insert_header((request_id::HEADER, request_id.as_str()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(after) = error.retry_after {
        // Rounded up: whoever waits that long is not refused again.
        let seconds = after.as_millis().div_ceil(1000).max(1).to_string();
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if error.code == ErrorCode::Unauthorized {
        response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    if error.code == ErrorCode::UpgradeRequired {
        // RFC 9110 §15.5.22, RFC 6455 §4.4.
        response.insert_header((header::UPGRADE, HeaderValue::from_static("websocket")));
        response.insert_header((
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        ));
    }
    if error.code == ErrorCode::RangeNotSatisfiable
        && let Some(size) = error
            .details
            .as_ref()
            .and_then(|it| it["file_size"].as_u64())
    {
        response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
    }
    response.json(Failure {
        success: false,
        error: error.message.clone().into_owned(),
        code: error.code.as_str().to_owned(),
        request_id: request_id.as_str().to_owned(),
        details: error.details.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("disk on fire")]
    struct Cause;

    #[actix_web::test]
    async fn a_failure_never_shows_its_cause() {
        let error = ApiError::new(ErrorCode::Internal, "Something went wrong.").with_source(Cause);
        let response = envelope(&error, &RequestId::for_test("r1"));
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body()).await.unwrap();
        assert_eq!(
            std::str::from_utf8(&body).unwrap(),
            r#"{"success":false,"error":"Something went wrong.","code":"INTERNAL_ERROR","request_id":"r1"}"#
        );
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let error = ApiError::overloaded().with_retry_after(Duration::from_millis(1_200));
        let response = envelope(&error, &RequestId::for_test("r1"));
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
    }
}
