//! From JSON text to a request: what cannot be parsed is 400, a broken rule is 422 with the path of
//! its field. Both doors read their requests with it.

mod objects;

use std::marker::PhantomData;

use garde::Validate;
use sentinal_protocol::api::FieldError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Track;

use self::objects::Objects;
use super::ApiError;

/// The only way to write U+0000 in JSON.
const NUL: &str = "\\u0000";

/// Parses JSON and checks its rules.
pub fn parse_json<T>(bytes: &[u8]) -> Result<T, ApiError>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let value = parse_json_as(PhantomData::<T>, bytes)?;
    check_json(&value, bytes)?;
    Ok(value)
}

/// Checks the rules of what was parsed from this text.
pub fn check_json<T: Validate<Context = ()>>(value: &T, bytes: &[u8]) -> Result<(), ApiError> {
    value.validate().map_err(broken_rules)?;
    // PostgreSQL's texts cannot hold it, and no text has a use for it.
    if std::str::from_utf8(bytes).is_ok_and(|text| text.contains(NUL)) {
        return Err(ApiError::bad_request("U+0000 is not accepted."));
    }
    Ok(())
}

/// Parses JSON as what the seed says; rules beyond its types are not checked. A struct is an object,
/// nowhere an array.
pub fn parse_json_as<'a, S: DeserializeSeed<'a>>(
    seed: S,
    bytes: &'a [u8],
) -> Result<S::Value, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(Objects(&mut json), &mut track);
    let value = seed.deserialize(deserializer).map_err(|error| {
        let text = without_position(&error.to_string());
        if error.is_data() {
            refusal(&track.path().to_string(), &text)
        } else {
            ApiError::bad_request(format!("It is not valid JSON: {text}."))
        }
    })?;
    json.end()
        .map_err(|_| ApiError::bad_request("It goes on after its JSON value."))?;
    Ok(value)
}

/// The text of a serde error without the position that `serde_json` appends.
fn without_position(text: &str) -> String {
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

/// The error for what serde could not read at `path`, whatever format it came in: rules that fail
/// while parsing are 422 with the field, the rest is 400 and names the field. Nothing of serde's own
/// words is shown, which speak of types of Rust.
pub fn refusal(path: &str, text: &str) -> ApiError {
    let parent = if path == "." { "" } else { path };
    if let Some(rule) = text.strip_prefix("rule: ") {
        return ApiError::invalid(parent, rule);
    }
    let quoted = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?;
        rest.split('`').next().map(str::to_owned)
    };
    // serde's path sometimes ends with the field already.
    let child = |name: &str| match parent {
        "" => name.to_owned(),
        parent if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    if let Some(name) = quoted("missing field `") {
        return ApiError::invalid(&child(&name), "is required");
    }
    if let Some(name) = quoted("unknown field `") {
        return ApiError::invalid(&child(&name), "is not known");
    }
    if let Some(name) = quoted("duplicate field `") {
        return ApiError::bad_request(format!("`{}` is given twice.", child(&name)));
    }
    ApiError::bad_request(match (parent, needed(text)) {
        ("", Some(needed)) => format!("It must be {needed}."),
        ("", None) => "It cannot be parsed.".to_owned(),
        (path, Some(needed)) => format!("`{path}` must be {needed}."),
        (path, None) => format!("`{path}` cannot be parsed."),
    })
}

/// What a value must be, in words of the wire, as far as serde's error tells.
fn needed(text: &str) -> Option<&'static str> {
    // What a client sent may be quoted before it.
    let expected = text
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected);
    if let Some(expected) = expected {
        return match expected {
            "u8" | "u16" | "u32" | "u64" | "usize" => Some("a whole number, 0 or more, in range"),
            "i8" | "i16" | "i32" | "i64" | "isize" => Some("a whole number in range"),
            "f32" | "f64" => Some("a number"),
            "a boolean" => Some("true or false"),
            "a string" | "string" | "str" => Some("a string"),
            "a sequence" => Some("an array"),
            "a map" | "an object" => Some("an object"),
            _ if expected.contains("UUID") => Some("a UUID"),
            _ => None,
        };
    }
    // What the standard library says of texts in paths and queries.
    match text {
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too large to fit in target type"
        | "number too small to fit in target type" => Some("a whole number in range"),
        "invalid float literal" | "cannot parse float from empty string" => Some("a number"),
        "provided string was not `true` or `false`" => Some("true or false"),
        _ if text.starts_with("UUID parsing failed") => Some("a UUID"),
        _ => None,
    }
}

/// What garde found.
pub fn broken_rules(report: garde::Report) -> ApiError {
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
        #[serde(default, rename = "kind")]
        #[garde(skip)]
        _kind: Option<sentinal_protocol::ConversationType>,
    }

    #[derive(Debug, Deserialize, Validate)]
    struct Outer {
        #[garde(dive)]
        inner: Vec<Inner>,
    }

    fn refused(body: &str) -> (&'static str, Value) {
        let error = parse_json::<Outer>(body.as_bytes()).unwrap_err();
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

    #[derive(Debug, Deserialize, Validate)]
    #[serde(default)]
    #[garde(allow_unvalidated)]
    #[allow(dead_code, reason = "only whether it can be read matters")]
    #[derive(Default)]
    struct Kinds {
        count: u64,
        offset: i32,
        share: f64,
        is_set: bool,
        text: String,
        list: Vec<String>,
        id: Option<uuid::Uuid>,
        inner: Option<Box<Kinds>>,
    }

    #[test]
    fn a_refusal_names_the_field_and_what_it_must_be_in_words_of_the_wire() {
        for (body, expected) in [
            (
                r#"{"count":-1}"#,
                "`count` must be a whole number, 0 or more, in range.",
            ),
            (
                r#"{"count":", expected a string"}"#,
                "`count` must be a whole number, 0 or more, in range.",
            ),
            (
                r#"{"offset":1e12}"#,
                "`offset` must be a whole number in range.",
            ),
            (r#"{"share":"x"}"#, "`share` must be a number."),
            (r#"{"is_set":1}"#, "`is_set` must be true or false."),
            (r#"{"text":1}"#, "`text` must be a string."),
            (r#"{"list":{}}"#, "`list` must be an array."),
            (r#"{"list":["a",1]}"#, "`list[1]` must be a string."),
            (r#"{"id":"x"}"#, "`id` must be a UUID."),
            (r#"{"id":1}"#, "`id` must be a UUID."),
            (r#"{"inner":[1]}"#, "`inner` must be an object."),
            (
                r#"{"inner":{"count":[]}}"#,
                "`inner.count` must be a whole number, 0 or more, in range.",
            ),
            (r#"{"text":"a","text":"b"}"#, "`text` is given twice."),
            ("[]", "It must be an object."),
            ("7", "It must be an object."),
        ] {
            let error = parse_json::<Kinds>(body.as_bytes()).unwrap_err();
            assert_eq!(error.code.as_str(), "BAD_REQUEST", "{body}");
            assert_eq!(error.message, expected, "{body}");
        }
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
}
