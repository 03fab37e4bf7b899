//! Puts the document together: one operation after the other, then what they refer to.

use std::collections::BTreeMap;

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::Failure;
use serde_json::{Map, Value, json};

use super::arguments::Described;
use super::head::{Answered, Head};
use super::refusals;
use crate::http::routes::Operation;

/// Headers of every answer: name, schema type, meaning.
const HEADERS: [(&str, &str, &str); 6] = [
    (
        "X-Request-ID",
        "string",
        "The request's id, the client's own or a new one.",
    ),
    (
        "X-RateLimit-Limit",
        "integer",
        "Requests that a full bucket allows.",
    ),
    (
        "X-RateLimit-Remaining",
        "integer",
        "Requests that it allows now.",
    ),
    (
        "X-RateLimit-Reset",
        "integer",
        "Seconds until it is full again.",
    ),
    (
        "X-RateLimit-Bucket",
        "string",
        "The tightest bucket that the request was counted in.",
    ),
    (
        RETRY_AFTER,
        "integer",
        "Seconds to wait before trying again.",
    ),
];
const RETRY_AFTER: &str = "Retry-After";

const INTRODUCTION: &str = "\
End-to-end-encrypted realtime chat. Every answer comes in an envelope, but for `GET /goroutines`: \
`{\"success\":true,\"data\":…}`, or `{\"success\":false,\"error\",\"code\",\"request_id\"}` with `details` \
where the code has something to tell. Words of an enumeration are read in any letter case. \
Every answer, also of a request that failed, has the headers that successes list. \
The WebSocket at `/v1/ws` is described in `docs/protocol.md`.";

/// The document over these operations.
pub(super) fn of(operations: &[Operation]) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas = Described::default();
    schemas.refer::<Failure>();
    let mut ids: Vec<String> = Vec::new();
    let mut responses = BTreeMap::new();
    for operation in operations {
        let mut described = Described::default();
        (operation.describe)(&mut described);
        schemas.schemas.append(&mut described.schemas);
        let mut id = format!("{}_{}", folder(operation), operation.row.handler);
        if ids.contains(&id) {
            // A second path of the same handler.
            id.push_str("_alias");
        }
        ids.push(id.clone());
        let method = operation.method.as_str().to_ascii_lowercase();
        let mut entry = entry(operation, &described, &id);
        share(&mut entry, &mut responses);
        paths
            .entry(template(&operation.pattern))
            .or_default()
            .insert(method, entry);
    }
    let schemas: BTreeMap<_, _> = schemas.schemas.into_iter().collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sentinal Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "headers": header_components(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
        },
    });
    widen(&mut document);
    document
}

/// Makes every choice in a document one of "any": what fits a short form and its long form as well, such as the
/// preview of a conversation, is no error.
pub(crate) fn widen(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(choices) = fields.remove("oneOf") {
                fields.insert("anyOf".to_owned(), choices);
            }
            fields.values_mut().for_each(widen);
        }
        Value::Array(items) => items.iter_mut().for_each(widen),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Replaces the failures of an operation that others answer in the same way by references: most of
/// the document would be repetition.
fn share(entry: &mut Value, shared: &mut BTreeMap<String, Value>) {
    let Some(Value::Object(responses)) = entry.get_mut("responses") else {
        return;
    };
    for (status, response) in responses {
        let Some(codes) = codes_of(response) else {
            continue;
        };
        let name = format!("{status}.{codes}");
        let first = shared
            .entry(name.clone())
            .or_insert_with(|| response.clone());
        if first == response {
            *response = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
}

/// The codes of a failure in one word.
fn codes_of(response: &Value) -> Option<String> {
    let codes =
        response.pointer("/content/application~1json/schema/allOf/1/properties/code/enum")?;
    let codes = codes.as_array()?.iter().filter_map(Value::as_str);
    Some(codes.collect::<Vec<_>>().join("."))
}

/// The name of the folder that an operation's file lies in.
fn folder(operation: &Operation) -> &'static str {
    let path = operation.row.folder;
    path.rsplit("::").next().unwrap_or(path)
}

/// A pattern of actix as the template that OpenAPI knows: `{rest:.*}` is `{rest}`.
pub(super) fn template(pattern: &str) -> String {
    let mut template = String::with_capacity(pattern.len());
    let mut in_rule = false;
    for character in pattern.chars() {
        match character {
            ':' => in_rule = true,
            '}' => in_rule = false,
            _ => {}
        }
        if !in_rule {
            template.push(character);
        }
    }
    template
}

/// The names of a template's variable segments.
fn variables(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
}

/// One operation.
fn entry(operation: &Operation, described: &Described, id: &str) -> Value {
    // The tests see to it that each operation has one.
    let (summary, description, answers) = match Head::of(operation, &template(&operation.pattern)) {
        Some(head) => (head.summary, head.description, head.answers),
        None => Default::default(),
    };
    let mut entry = json!({
        "operationId": id,
        "tags": [folder(operation)],
        "summary": summary,
        "responses": responses(operation, described, &answers),
    });
    let mut set = |name: &str, value: Value| {
        if let Some(entry) = entry.as_object_mut() {
            entry.insert(name.to_owned(), value);
        }
    };
    if !description.is_empty() {
        set("description", description.into());
    }
    if described.authenticated {
        set("security", json!([{ "bearer": [] }]));
    }
    let parameters = parameters(operation, described);
    if !parameters.is_empty() {
        set("parameters", parameters.into());
    }
    if let Some(body) = &described.body {
        set(
            "requestBody",
            json!({
                "description": format!("At most {} bytes.", body.bytes_max),
                "required": body.required,
                "content": { "application/json": { "schema": body.schema } },
            }),
        );
    }
    entry
}

fn parameters(operation: &Operation, described: &Described) -> Vec<Value> {
    let template = template(&operation.pattern);
    let mut parameters: Vec<Value> = variables(&template)
        .zip(&described.segments)
        .map(|(name, schema)| {
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    let query = described.query.as_ref().map(|schema| json!(schema));
    if let Some(Value::Object(fields)) = query.as_ref().and_then(|it| it.get("properties")) {
        let required = query.as_ref().and_then(|it| it.get("required"));
        parameters.extend(fields.iter().map(|(name, schema)| {
            let required = required
                .and_then(Value::as_array)
                .is_some_and(|names| names.iter().any(|it| it == name));
            query_parameter(name, schema.clone(), required)
        }));
    }
    if operation.remembered {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A repeat of the request with the same key within 24 h gets the first answer.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
        }));
    }
    parameters
}

/// A field of a query: absent rather than `null`.
fn query_parameter(name: &str, mut schema: Value, required: bool) -> Value {
    let description = schema
        .as_object_mut()
        .and_then(|schema| schema.remove("description"));
    let null = Value::from("null");
    if let Some(types) = schema.get_mut("type")
        && let Some([one, other]) = types.as_array().map(Vec::as_slice)
    {
        *types = if *one == null {
            other.clone()
        } else {
            one.clone()
        };
    }
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    if let Some([one, other]) = alternatives.map(Vec::as_slice) {
        let one_is_null = one.get("type") == Some(&null);
        schema = if one_is_null {
            other.clone()
        } else {
            one.clone()
        };
    }
    let mut parameter = json!({
        "name": name,
        "in": "query",
        "required": required,
        "schema": schema,
    });
    if let (Some(description), Some(parameter)) = (description, parameter.as_object_mut()) {
        parameter.insert("description".to_owned(), description);
    }
    parameter
}

fn responses(operation: &Operation, described: &Described, answers: &[Answered]) -> Value {
    let mut by_status: BTreeMap<u16, Vec<Answered>> = BTreeMap::new();
    for answer in answers {
        let same = by_status.entry(answer.status).or_default();
        same.push(answer.clone());
    }
    for (code, when) in refusals::implied(
        described,
        operation.row.flags,
        operation.method != "GET",
        operation.remembered,
    ) {
        let same = by_status.entry(code.status()).or_default();
        let listed = same
            .iter()
            .any(|answer| answer.codes.iter().any(|it| it == code.as_str()));
        if !listed {
            same.push(Answered {
                status: code.status(),
                codes: vec![code.as_str().to_owned()],
                when: when.to_owned(),
            });
        }
    }
    if operation.remembered {
        by_status.entry(200).or_default().push(Answered {
            status: 200,
            codes: Vec::new(),
            when: "the first answer to an equal request with this `Idempotency-Key`".to_owned(),
        });
    }
    by_status
        .into_iter()
        .map(|(status, answers)| {
            let response = if status < 400 {
                success(&answers, described)
            } else {
                failure(status, &answers)
            };
            (status.to_string(), response)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn success(answers: &[Answered], described: &Described) -> Value {
    let when: Vec<&str> = answers.iter().map(|answer| answer.when.as_str()).collect();
    let mut response = json!({ "description": when.join("; "), "headers": header_references() });
    let schema = match &described.answer {
        Some(schema) if described.enveloped => json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {
                "success": { "const": true },
                "duplicate": {
                    "const": true,
                    "description": "This is the original answer to an earlier, equal request.",
                },
                "data": schema,
            },
        }),
        Some(schema) => schema.clone(),
        None => return response,
    };
    if let Some(response) = response.as_object_mut() {
        let content = json!({ "application/json": { "schema": schema } });
        response.insert("content".to_owned(), content);
    }
    response
}

fn failure(status: u16, answers: &[Answered]) -> Value {
    let reasons: Vec<String> = answers
        .iter()
        .map(|answer| format!("`{}` — {}", answer.codes.join("`, `"), answer.when))
        .collect();
    let mut codes: Vec<&str> = answers
        .iter()
        .flat_map(|answer| answer.codes.iter().map(String::as_str))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let mut failure = json!({
        "description": reasons.join("\n\n"),
        "content": { "application/json": { "schema": {
            "allOf": [
                { "$ref": "#/components/schemas/Failure" },
                { "type": "object", "properties": { "code": { "enum": codes } } },
            ],
        } } },
    });
    if let Some(failure) = failure.as_object_mut()
        && has_retry_after(status)
    {
        let reference = format!("#/components/headers/{RETRY_AFTER}");
        let headers = json!({ RETRY_AFTER: { "$ref": reference } });
        failure.insert("headers".to_owned(), headers);
    }
    failure
}

/// Whether an answer of this status can say when to try again.
fn has_retry_after(status: u16) -> bool {
    [ErrorCode::RateLimitExceeded, ErrorCode::Overloaded]
        .iter()
        .any(|code| code.status() == status)
}

fn header_references() -> Value {
    HEADERS
        .iter()
        .filter(|(name, _, _)| *name != RETRY_AFTER)
        .map(|(name, _, _)| {
            let reference = json!({ "$ref": format!("#/components/headers/{name}") });
            ((*name).to_owned(), reference)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn header_components() -> Value {
    HEADERS
        .iter()
        .map(|(name, kind, meaning)| {
            let header = json!({ "description": meaning, "schema": { "type": kind } });
            ((*name).to_owned(), header)
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::operations;

    #[test]
    fn each_variable_segment_has_a_type() {
        for operation in operations() {
            let mut described = Described::default();
            (operation.describe)(&mut described);
            let path = template(&operation.pattern);
            let names: Vec<_> = variables(&path).collect();
            assert_eq!(names.len(), described.segments.len(), "{path}");
        }
    }

    /// Two types of one name would hide one another.
    #[test]
    fn a_schema_name_stands_for_one_schema() {
        let mut seen: BTreeMap<String, Value> = BTreeMap::new();
        for operation in operations() {
            let mut described = Described::default();
            (operation.describe)(&mut described);
            for (name, schema) in described.schemas {
                let schema = json!(schema);
                let first = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*first, schema, "{name}");
            }
        }
    }

    #[test]
    fn a_pattern_becomes_a_template() {
        assert_eq!(template("/v1/{id}/x/{rest:.*}"), "/v1/{id}/x/{rest}");
        assert_eq!(
            variables("/v1/{id}/x/{rest}").collect::<Vec<_>>(),
            ["id", "rest"]
        );
    }
}
