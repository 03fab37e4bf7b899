//! The API documents, and a page to read them on.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType, LOCATION};
use sentinal_app::ApiError;
use utoipa_swagger_ui::{Config, serve};

use super::guides;
use crate::http::{HttpError, Path, asyncapi, openapi};

/// Scripts, styles and images of the page itself, styles written into its elements by its own
/// scripts, and requests to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// What starts the page: our own, because a token is to be kept for the tab's session only.
const INITIALIZER: &str = include_str!("initializer.js");

/// `GET /openapi.json` — this document: every operation of the server, as OpenAPI 3.1.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | always |
pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(openapi::json())
}

/// `GET /asyncapi.json` — the document of the WebSocket: every event and every frame, as AsyncAPI 3.0.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | always |
pub(super) async fn asyncapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(asyncapi::json())
}

/// `GET /docs`, alias `/docs/{file}` — a page to read the API document and to try it (Swagger UI).
///
/// Its files are inside the binary. It alone gets a policy that lets a page run scripts, its own. Beside
/// it are the guides, `/docs/protocol` first, as pages without scripts.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | a file of the page |
/// | 307 | | the page is at `/docs/` |
/// | 404 | `NOT_FOUND` | no such file |
pub(super) async fn docs() -> HttpResponse {
    // The page names its files relative to itself.
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, "docs/"))
        .finish()
}

/// A file of the page, under the alias of [`docs`].
pub(super) async fn file(name: Path<String>) -> Result<HttpResponse, HttpError> {
    if let Some(page) = guides::page(&name) {
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_SECURITY_POLICY, guides::POLICY))
            .content_type(ContentType::html())
            .body(page));
    }
    if *name == *"swagger-initializer.js" {
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .content_type("text/javascript; charset=utf-8")
            .body(INITIALIZER));
    }
    let config = Arc::new(Config::from("../openapi.json"));
    let file = serve(&name, config)
        .map_err(|_| ApiError::not_found("file"))?
        .ok_or_else(|| ApiError::not_found("file"))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .content_type(file.content_type)
        .body(file.bytes.into_owned()))
}
