//! The name under which one request appears in its answer and in the log.

use std::fmt;
use std::rc::Rc;

use actix_web::http::header::{HeaderMap, HeaderName};
use uuid::Uuid;

/// The header that carries it both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a client's own id; longer ones are replaced.
const CHARS_MAX: usize = 128;

/// The id of a request: the client's own if it is harmless, else a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(Rc<str>);

impl RequestId {
    /// Reads the id from the headers, or makes one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_harmless(text));
        match given {
            Some(text) => Self(text.into()),
            None => Self(Uuid::now_v7().to_string().into()),
        }
    }

    /// The id as text of visible ASCII.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn for_test(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an id may enter the log and the answer as it came.
fn is_harmless(text: &str) -> bool {
    (1..=CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(text: &'static str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static(text));
        RequestId::of(&headers)
    }

    #[test]
    fn a_harmless_id_is_echoed_and_any_other_replaced() {
        assert_eq!(of("trace-1.2:a_b").as_str(), "trace-1.2:a_b");
        assert_ne!(of("a b").as_str(), "a b");
        assert_ne!(of("").as_str(), "");
        assert!(!is_harmless(&"x".repeat(129)));
    }
}
