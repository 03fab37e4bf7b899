//! JSON bodies: bounded in size and time, parsed with the path of what is wrong, validated.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use sentinal_actors::app::ApiError;
use sentinal_protocol::api::FieldError;
use sentinal_protocol::{ErrorCode, limits};
use serde::de::DeserializeOwned;

use super::after_authentication;
use crate::http::error::HttpError;

/// How long a body may take to arrive; without it a client that dribbles holds its connection for
/// as long as it likes.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// A JSON body that parsed and keeps its rules. `BYTES_MAX` is its size on the wire, at most.
#[derive(Clone, Debug)]
pub(crate) struct Body<T, const BYTES_MAX: usize = { limits::BODY_BYTES_MAX }>(pub(crate) T);

impl<T, const BYTES_MAX: usize> FromRequest for Body<T, BYTES_MAX>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, BYTES_MAX);
        let payload = payload.take();
        after_authentication(request, async move {
            let bytes = match head? {
                Announced::Nothing => Bytes::new(),
                Announced::Json => read(payload, BYTES_MAX).await?,
            };
            if bytes.is_empty() {
                return Err(ApiError::bad_request("A JSON body is needed.").into());
            }
            Ok(Self(parse(&bytes)?))
        })
    }
}

/// A [`Body`] that may be absent; then it is the default.
#[derive(Clone, Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T> FromRequest for OptionalBody<T>
where
    T: DeserializeOwned + Default + Validate<Context = ()> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, limits::BODY_BYTES_MAX);
        let payload = payload.take();
        after_authentication(request, async move {
            let bytes = match head? {
                Announced::Nothing => Bytes::new(),
                Announced::Json => read(payload, limits::BODY_BYTES_MAX).await?,
            };
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            Ok(Self(parse(&bytes)?))
        })
    }
}

/// What the headers say about the body.
enum Announced {
    Nothing,
    Json,
}

/// Refuses by the headers alone what need not be read.
fn check_head(request: &HttpRequest, bytes_max: usize) -> Result<Announced, ApiError> {
    let headers = request.headers();
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if length.unwrap_or(0) == 0 && !headers.contains_key(TRANSFER_ENCODING) {
        return Ok(Announced::Nothing);
    }
    // Compressed bodies would have to be unpacked before their size is known.
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(unsupported("Compressed bodies are not read."));
    }
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !is_json(content_type) {
        return Err(unsupported("The body must be `application/json`."));
    }
    if length.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    Ok(Announced::Json)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .to_ascii_lowercase()
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype.ends_with("+json"))
}

fn unsupported(message: &'static str) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType, message)
}

fn too_large(bytes_max: usize) -> ApiError {
    ApiError::new(
        ErrorCode::PayloadTooLarge,
        format!("The body may have {bytes_max} bytes at most."),
    )
}

/// Reads a whole body.
async fn read(mut payload: Payload, bytes_max: usize) -> Result<Bytes, ApiError> {
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                ApiError::bad_request("The body did not arrive whole.").with_source(error)
            })?;
            if body.len() + chunk.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(BODY_DEADLINE, reading)
        .await
        .unwrap_or_else(|_| {
            Err(ApiError::new(
                ErrorCode::RequestTimeout,
                "The body did not arrive in time.",
            ))
        })
}

/// Parses and validates a body.
fn parse<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, &without_position(&error.inner().to_string()))
    })?;
    deserializer
        .end()
        .map_err(|_| ApiError::bad_request("The body goes on after its JSON value."))?;
    value.validate().map_err(broken_rules)?;
    Ok(value)
}

/// The text of a serde error without the place that `serde_json` appends.
fn without_position(text: &str) -> String {
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

/// Sorts what serde says: rules that fail while parsing are 422 with the field, the rest is 400.
pub(super) fn refusal(path: &str, text: &str) -> ApiError {
    let parent = if path == "." { "" } else { path };
    if let Some(rule) = text.strip_prefix("rule: ") {
        return ApiError::invalid(parent, rule);
    }
    let quoted = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?;
        rest.split('`').next().map(str::to_owned)
    };
    let child = |name: &str| match parent {
        "" => name.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    if let Some(name) = quoted("missing field `") {
        return ApiError::invalid(&child(&name), "is required");
    }
    if let Some(name) = quoted("unknown field `") {
        // serde's path already ends with the field that it does not know.
        let field = match parent == name || parent.ends_with(&format!(".{name}")) {
            true => parent.to_owned(),
            false => child(&name),
        };
        return ApiError::invalid(&field, "is not known");
    }
    match parent {
        "" => ApiError::bad_request(format!("It cannot be parsed: {text}.")),
        path => ApiError::bad_request(format!("`{path}` cannot be parsed: {text}.")),
    }
}

/// What garde found.
fn broken_rules(report: garde::Report) -> ApiError {
    let errors = report
        .into_inner()
        .into_iter()
        .map(|(path, error)| FieldError {
            field: path.to_string(),
            reason: error.message().to_owned(),
        });
    ApiError::validation(errors.collect())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[garde(length(chars, min = 1))]
        name: String,
        #[serde(default)]
        #[garde(skip)]
        kind: Option<sentinal_protocol::ConversationType>,
    }

    #[derive(Debug, Deserialize, Validate)]
    struct Outer {
        #[garde(dive)]
        inner: Vec<Inner>,
    }

    fn refused(body: &str) -> (&'static str, Value) {
        let error = parse::<Outer>(body.as_bytes()).unwrap_err();
        (error.code.as_str(), error.details.unwrap_or_default())
    }

    fn field(name: &str) -> Value {
        json!([{"field": name, "reason": "is required"}])
    }

    #[test]
    fn a_missing_field_is_a_broken_rule_with_its_path() {
        assert_eq!(refused("{}"), ("VALIDATION_ERROR", field("inner")));
        assert_eq!(
            refused(r#"{"inner":[{"name":"a"},{}]}"#),
            ("VALIDATION_ERROR", field("inner[1].name"))
        );
    }

    #[test]
    fn words_lengths_and_unknown_fields_are_rules_too() {
        let (code, details) = refused(r#"{"inner":[{"name":"a","kind":"CLUB"}]}"#);
        assert_eq!(code, "VALIDATION_ERROR");
        assert_eq!(details[0]["field"], "inner[0].kind");
        assert_eq!(details[0]["reason"], "must be one of DM GROUP");
        let (code, details) = refused(r#"{"inner":[{"name":""}]}"#);
        assert_eq!(code, "VALIDATION_ERROR");
        assert_eq!(details[0]["field"], "inner[0].name");
        let (code, details) = refused(r#"{"inner":[{"name":"a","nickname":1}]}"#);
        assert_eq!(code, "VALIDATION_ERROR");
        assert_eq!(details[0]["field"], "inner[0].nickname");
    }

    #[test]
    fn what_cannot_be_parsed_is_a_bad_request() {
        for body in [
            "",
            "{",
            "[]x",
            r#"{"inner":3}"#,
            r#"{"inner":[]} x"#,
            "\u{1}",
        ] {
            assert_eq!(refused(body), ("BAD_REQUEST", Value::Null), "{body}");
        }
    }

    #[test]
    fn json_is_known_by_its_essence() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        assert!(is_json("application/merge-patch+json"));
        assert!(!is_json("text/plain"));
        assert!(!is_json(""));
    }
}
