//! `GET /openapi.json` — this document: every operation of the server, as OpenAPI 3.1.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;

use crate::http::openapi::json;

pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json())
}
