//! `GET /asyncapi.json` — the document of the WebSocket: every event and every frame, as AsyncAPI 3.0.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;

use crate::http::asyncapi::json;

pub(super) async fn asyncapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json())
}
