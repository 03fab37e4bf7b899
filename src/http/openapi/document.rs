//! Puts the document together: one operation after the other, then what they refer to.

use std::collections::BTreeMap;

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::Failure;
use serde_json::{Map, Value, json};

use super::arguments::Described;
use super::examples;
use super::head::{Answered, Head};
use super::refusals;
use super::texts::{HEADERS, INTRODUCTION, RETRY_AFTER, TAGS};
use crate::http::routes::Operation;

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
    let mut schemas = json!(schemas);
    if let Some(success) = schemas.pointer_mut("/Failure/properties/success") {
        // A refusal and a success are told apart by it.
        *success = json!({ "type": "boolean", "const": false, "description": "Always false." });
    }
    let tags: Vec<Value> = TAGS
        .iter()
        .map(|(name, about)| json!({ "name": name, "description": about }))
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sentinal Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "contact": { "name": "Whoever runs this server" },
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server that this document comes from." }],
        "tags": tags,
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

/// Replaces the failures of an operation by references, which those that answer in the same way share:
/// most of the document would be repetition.
fn share(entry: &mut Value, shared: &mut BTreeMap<String, Value>) {
    let Some(Value::Object(responses)) = entry.get_mut("responses") else {
        return;
    };
    for (status, response) in responses {
        let Some(codes) = codes_of(response) else {
            continue;
        };
        // Those with the same codes and other reasons are told apart by a number.
        let plain = format!("{status}.{codes}");
        let names = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}.{n}")));
        for name in names {
            let first = shared
                .entry(name.clone())
                .or_insert_with(|| response.clone());
            if first == response {
                *response = json!({ "$ref": format!("#/components/responses/{name}") });
                break;
            }
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

/// The tag of an operation: the folder that its file lies in.
fn folder(operation: &Operation) -> &'static str {
    let path = operation.row.folder;
    match path.rsplit("::").next().unwrap_or(path) {
        // Files beside the folders.
        "http" => "state",
        folder => folder,
    }
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
    set(
        "description",
        [
            summary_sentence(&summary),
            description,
            access(described).to_owned(),
        ]
        .into_iter()
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
        .into(),
    );
    let security = if described.authenticated {
        json!([{ "bearer": [] }])
    } else {
        json!([])
    };
    set("security", security);
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
                "content": { "application/json": content(&body.schema) },
            }),
        );
    }
    entry
}

/// A summary as a sentence of a text.
fn summary_sentence(summary: &str) -> String {
    let is_open = !summary.is_empty() && !summary.ends_with(['.', ':', '!', '?']);
    format!("{summary}{}", if is_open { "." } else { "" })
}

fn access(described: &Described) -> &'static str {
    if described.authenticated {
        "Needs an access token."
    } else {
        "Anybody may ask, without a token."
    }
}

/// A body's schema with an example of it.
fn content(schema: &Value) -> Value {
    let name = schema.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|target| target.rsplit('/').next());
    match name.and_then(examples::of) {
        Some(example) => json!({ "schema": schema, "example": example }),
        None => json!({ "schema": schema }),
    }
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
    if !by_status.keys().any(|status| (200..400).contains(status)) {
        // Readers of such documents insist on one.
        by_status.entry(200).or_default().push(Answered {
            status: 200,
            codes: Vec::new(),
            when: "never".to_owned(),
        });
    }
    let may_repeat = operation.method == "POST" && described.authenticated;
    by_status
        .into_iter()
        .map(|(status, answers)| {
            let response = if status < 400 {
                success(&answers, described, may_repeat)
            } else {
                failure(status, &answers)
            };
            (status.to_string(), response)
        })
        .collect::<Map<_, _>>()
        .into()
}

fn success(answers: &[Answered], described: &Described, may_repeat: bool) -> Value {
    let when: Vec<&str> = answers.iter().map(|answer| answer.when.as_str()).collect();
    let mut response = json!({ "description": when.join("; "), "headers": header_references() });
    let schema = match &described.answer {
        Some(schema) if described.enveloped => {
            let mut properties = json!({
                "success": { "type": "boolean", "const": true },
                "data": schema,
            });
            if let Some(properties) = properties.as_object_mut()
                && may_repeat
            {
                let repeat = json!({
                    "type": "boolean",
                    "description": "This is the original answer to an earlier, equal request.",
                });
                properties.insert("duplicate".to_owned(), repeat);
            }
            json!({
                "type": "object",
                "required": ["success", "data"],
                "properties": properties,
            })
        }
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
