//! What a handler answers: a value in the envelope of success.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use sentinal_app::Stored;
use sentinal_protocol::api::Success;
use serde::Serialize;

use super::error::HttpError;

/// What handlers return.
pub(crate) type ApiResult<T> = Result<Answer<T>, HttpError>;

/// A success with its status.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    status: StatusCode,
    duplicate: bool,
    headers: HeaderMap,
    data: T,
}

impl<T> Answer<T> {
    /// 200.
    pub(crate) fn ok(data: T) -> Self {
        Self {
            status: StatusCode::OK,
            duplicate: false,
            headers: HeaderMap::new(),
            data,
        }
    }

    /// 201: something new is there.
    pub(crate) fn created(data: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            duplicate: false,
            headers: HeaderMap::new(),
            data,
        }
    }

    /// With a header; left out if no header can say it.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// 201 if it is new, 200 if it was there.
    pub(crate) fn stored(stored: Stored<T>) -> Self {
        match stored {
            Stored::Created(data) => Self::created(data),
            Stored::Unchanged(data) => Self::ok(data),
        }
    }

    /// 200: the original answer to an earlier, equal request.
    pub(crate) fn duplicate(data: T) -> Self {
        Self {
            status: StatusCode::OK,
            duplicate: true,
            headers: HeaderMap::new(),
            data,
        }
    }
}

impl Answer<()> {
    /// 200 with `"data":null`.
    pub(crate) fn empty() -> Self {
        Self::ok(())
    }
}

/// 200 without envelope.
#[derive(Debug)]
pub(crate) struct Bare<T>(pub(crate) T);

impl<T: Serialize> Responder for Bare<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status).json(Success {
            success: true,
            duplicate: self.duplicate,
            data: self.data,
        });
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    async fn written<T: Serialize>(answer: Answer<T>) -> (u16, String) {
        let response = answer.respond_to(&TestRequest::default().to_http_request());
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn an_empty_success_has_null_as_its_data() {
        let (status, body) = written(Answer::empty()).await;
        assert_eq!(status, 200);
        assert_eq!(body, r#"{"success":true,"data":null}"#);
    }

    #[actix_web::test]
    async fn only_a_replayed_answer_says_that_it_is_a_duplicate() {
        let (status, body) = written(Answer::created(1)).await;
        assert_eq!(status, 201);
        assert_eq!(body, r#"{"success":true,"data":1}"#);
        let (status, body) = written(Answer::duplicate(1)).await;
        assert_eq!(status, 200);
        assert_eq!(body, r#"{"success":true,"duplicate":true,"data":1}"#);
    }
}
