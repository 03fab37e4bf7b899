//! The web app: pages at `/app` that are inside the binary, and `/`, which leads browsers there.
//!
//! These are no operations of the API: the documents of it do not list them, and they answer with files
//! instead of the envelope. Refusals have the envelope all the same, from the layer around everything.
//!
//! The files are what `web/` is built into (`npm run build`), committed so that building the server needs
//! no Node. Names of files below `assets/` contain a hash of their bytes, so browsers may keep them for
//! ever; everything else is asked for again and compared by its `ETag`. The app finds its own way between
//! views behind the `#` of the address, which no browser sends: the one page is at `/app/`.

mod files;

use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETag, EntityTag, Header as _, HeaderName, IfNoneMatch, LOCATION, VARY,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use sentinal_app::ApiError;

use self::files::File;
use super::{Edge, HttpError};

/// Scripts, styles, pictures and requests of this server alone; what the app has decrypted itself is shown
/// from `blob:` addresses. No script or style stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
     media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Calls need both; nothing else of the device is asked for.
const PERMISSIONS: &str = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()";

/// How long a browser may keep a file whose name changes with its bytes: a year, the longest that is in use.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Kept, but asked for each time.
const ASKED_AGAIN: &str = "no-cache";

/// Registers `/`, `/app` and what is below it.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    let reading = || guard::Any(guard::Get()).or(guard::Head());
    cfg.service(web::resource("/").guard(reading()).to(root))
        .service(web::resource("/app").guard(reading()).to(entrance))
        .service(web::resource("/app/{file:.*}").guard(reading()).to(file));
}

/// Leads whoever asks for a page to the app. Programs are told that nothing is here.
async fn root(request: HttpRequest, edge: web::Data<Edge>) -> Result<HttpResponse, HttpError> {
    let accepted = request.headers().get(ACCEPT);
    let wants_page = accepted
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.contains("text/html"));
    if !edge.shows_web_app() || !wants_page {
        return Err(ApiError::not_found("address").into());
    }
    Ok(leads_to("app/"))
}

/// The page names its files relative to itself, so its address ends with a slash.
async fn entrance(edge: web::Data<Edge>) -> Result<HttpResponse, HttpError> {
    if !edge.shows_web_app() {
        return Err(ApiError::not_found("address").into());
    }
    Ok(leads_to("app/"))
}

/// A temporary redirect to an address that is relative to the one asked for, because a proxy may serve the
/// app below a path of its own.
fn leads_to(address: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, address))
        .insert_header((VARY, "Accept"))
        .finish()
}

/// A file of the app; the page itself has no name.
async fn file(
    request: HttpRequest,
    edge: web::Data<Edge>,
    name: web::Path<String>,
) -> Result<HttpResponse, HttpError> {
    let name = match name.as_str() {
        "" => "index.html",
        name => name,
    };
    let file = files::find(name)
        .filter(|_| edge.shows_web_app())
        .ok_or_else(|| ApiError::not_found("file"))?;
    Ok(answer(&request, file))
}

fn answer(request: &HttpRequest, file: &File) -> HttpResponse {
    let compressed = file.brotli.filter(|_| accepts_brotli(request));
    // The two forms of a file are two representations, each with a tag of its own (RFC 9110 §8.8.3).
    let form = if compressed.is_some() { "-br" } else { "" };
    let tag = EntityTag::new_strong(format!("{}{form}", file.tag));
    let is_for_ever = file.name.starts_with("assets/");
    let mut answer = HttpResponse::Ok();
    answer.insert_header(ETag(tag.clone()));
    let caching = if is_for_ever { FOR_EVER } else { ASKED_AGAIN };
    answer.insert_header((CACHE_CONTROL, caching));
    answer.insert_header((VARY, "Accept-Encoding"));
    answer.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    answer.insert_header((HeaderName::from_static("permissions-policy"), PERMISSIONS));
    answer.insert_header((
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ));
    if is_known(request, &tag) {
        return answer
            .status(actix_web::http::StatusCode::NOT_MODIFIED)
            .finish();
    }
    answer.insert_header((CONTENT_TYPE, file.content_type));
    match compressed {
        Some(bytes) => {
            answer.insert_header((CONTENT_ENCODING, "br"));
            answer.body(bytes)
        }
        None => answer.body(file.plain),
    }
}

/// Whether the browser takes brotli. One that refuses it (`br;q=0`) is served the plain file.
fn accepts_brotli(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT_ENCODING);
    let accepted = accepted.and_then(|it| it.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("br") && !is_refused
    })
}

/// Whether the browser has the file already.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
