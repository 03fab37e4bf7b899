//! Which pages may call the server from a browser.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// Request headers that a page may send.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, X-Request-ID, Upload-Offset, \
     Upload-Length, Upload-Metadata, Tus-Resumable, Range, If-Range, If-None-Match";
/// Methods that a page may use.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// Answer headers that a page may read.
const ANSWER_HEADERS: &str = "X-Request-ID, Retry-After, X-RateLimit-Limit, \
     X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Bucket, Location, Upload-Offset, Upload-Length, \
     Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, ETag, Accept-Ranges, Content-Range, \
     Content-Disposition";
/// Seconds that a browser may keep a preflight's answer; browsers cut it at two hours.
const PREFLIGHT_SECONDS: &str = "7200";

/// The origins that `CORS_ORIGINS` allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// No page of another origin.
    #[default]
    None,
    /// Pages that the developer's own machine serves.
    Localhost,
    /// These, as `scheme://host[:port]` in lower case.
    Listed(Vec<String>),
    /// All. Credentials travel in headers that a page must set itself, never in cookies.
    Any,
}

impl Origins {
    /// Whether a page of this origin may call.
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Listed(listed) => listed.iter().any(|own| own.eq_ignore_ascii_case(origin)),
            Self::Localhost => url::Url::parse(origin).is_ok_and(|url| match url.host() {
                Some(url::Host::Domain(name)) => {
                    name == "localhost" || name.ends_with(".localhost")
                }
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            }),
        }
    }
}

/// The answer to a preflight, if the request is one.
pub(crate) fn preflight(method: &Method, headers: &HeaderMap) -> Option<HttpResponse> {
    let asked = headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    (method == Method::OPTIONS && asked).then(|| HttpResponse::NoContent().finish())
}

/// Tells the browser that the page may see the answer.
pub(crate) fn permit(answer: &mut HeaderMap, origin: &HeaderValue, is_preflight: bool) {
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if is_preflight {
        let mut insert = |name, text| answer.insert(name, HeaderValue::from_static(text));
        insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    } else {
        answer.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(ANSWER_HEADERS),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_means_the_machine_itself_and_nothing_that_looks_like_it() {
        let own = Origins::Localhost;
        for origin in [
            "http://localhost:3000",
            "https://app.localhost",
            "http://127.0.0.1",
            "http://[::1]:5173",
        ] {
            assert!(own.allow(origin), "{origin}");
        }
        for origin in ["http://localhost.evil.com", "http://evil.com", "null", ""] {
            assert!(!own.allow(origin), "{origin}");
        }
    }

    #[test]
    fn a_list_allows_what_it_names() {
        let listed = Origins::Listed(vec!["https://chat.example".to_owned()]);
        assert!(listed.allow("https://chat.example"));
        assert!(!listed.allow("https://chat.example.evil.com"));
        assert!(!listed.allow("http://chat.example"));
    }
}
