//! `GET /docs`, alias `/docs/{file}` — a page to read the API document and to try it (Swagger UI).
//!
//! Its files are inside the binary. It alone gets a policy that lets a page run scripts, its own.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | a file of the page |
//! | 307 | | the page is at `/docs/` |
//! | 404 | `NOT_FOUND` | no such file |

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use sentinal_actors::app::ApiError;
use utoipa_swagger_ui::{Config, serve};

use crate::http::{HttpError, Path};

/// Scripts, styles and images of the page itself, styles written into its elements by its own
/// scripts, and requests to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

pub(super) async fn docs() -> HttpResponse {
    // The page names its files relative to itself.
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, "docs/"))
        .finish()
}

pub(super) async fn file(name: Path<String>) -> Result<HttpResponse, HttpError> {
    let config = Arc::new(Config::from("../openapi.json"));
    let file = serve(&name, config)
        .map_err(|_| ApiError::not_found("file"))?
        .ok_or_else(|| ApiError::not_found("file"))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .content_type(file.content_type)
        .body(file.bytes.into_owned()))
}
