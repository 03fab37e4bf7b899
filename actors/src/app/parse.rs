//! From JSON text to a request: what cannot be parsed is 400, a broken rule is 422 with the path of
//! its field. Both doors read their requests with it.

use garde::Validate;
use sentinal_protocol::api::FieldError;
use serde::de::DeserializeOwned;

use super::ApiError;

/// The only way to write U+0000 in JSON.
const NUL: &str = "\\u0000";

/// Parses JSON and checks its rules.
pub fn parse_json<T>(bytes: &[u8]) -> Result<T, ApiError>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let value: T = parse_json_unvalidated(bytes)?;
    value.validate().map_err(broken_rules)?;
    // PostgreSQL's texts cannot hold it, and no text has a use for it.
    if std::str::from_utf8(bytes).is_ok_and(|text| text.contains(NUL)) {
        return Err(ApiError::bad_request("U+0000 is not accepted."));
    }
    Ok(value)
}

/// Parses JSON that has no rules beyond its types.
pub fn parse_json_unvalidated<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, &without_position(&error.inner().to_string()))
    })?;
    deserializer
        .end()
        .map_err(|_| ApiError::bad_request("It goes on after its JSON value."))?;
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
pub fn refusal(path: &str, text: &str) -> ApiError {
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
        let field = if parent == name || parent.ends_with(&format!(".{name}")) {
            parent.to_owned()
        } else {
            child(&name)
        };
        return ApiError::invalid(&field, "is not known");
    }
    match parent {
        "" => ApiError::bad_request(format!("It cannot be parsed: {text}.")),
        path => ApiError::bad_request(format!("`{path}` cannot be parsed: {text}.")),
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
