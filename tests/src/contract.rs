//! Holds answers to the API document: an answer that it does not list, or that has another shape,
//! fails the test that got it.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use reqwest::Method;
use sentinal_client::Exchange;
use sentinal_protocol::event::ServerFrame;
use serde_json::{Value, json};
use url::Url;

/// The API document, ready to compare with.
pub struct Contract {
    document: Value,
    operations: Vec<Documented>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// An operation as the document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// What is done.
    pub method: String,
    /// To what, with variable segments in braces.
    pub path: String,
    /// Whether it needs a signed-in caller.
    pub authenticated: bool,
}

impl Documented {
    /// Whether a path is one of those that the template stands for.
    fn matches(&self, path: &str) -> bool {
        let mut template = self.path.split('/');
        let mut segments = path.split('/');
        loop {
            match (template.next(), segments.next()) {
                (None, None) => return true,
                (Some(variable), Some(_)) if variable.starts_with('{') => {}
                (Some(fixed), Some(segment)) if fixed == segment => {}
                _ => return false,
            }
        }
    }

    fn variables(&self) -> usize {
        self.path.matches('{').count()
    }
}

impl Contract {
    /// The server's own.
    pub fn get() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| {
            let json = sentinal_chat::http::openapi::json();
            let document = serde_json::from_slice(&json).expect("a document");
            Self::over(document)
        })
    }

    fn over(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                operations.push(Documented {
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    authenticated: operation["security"]
                        .as_array()
                        .is_some_and(|ways| !ways.is_empty()),
                });
            }
        }
        Self {
            document,
            operations,
            validators: Mutex::default(),
        }
    }

    /// The document itself.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Every operation in it.
    pub fn operations(&self) -> &[Documented] {
        &self.operations
    }

    /// The operation that a request asks for.
    fn find(&self, method: &Method, path: &str) -> Option<&Documented> {
        self.operations
            .iter()
            .filter(|known| known.method == method.as_str() && known.matches(path))
            // `/contacts/blocked` wins over `/contacts/{id}`.
            .min_by_key(|known| known.variables())
    }

    /// Fails unless the document knows such an answer.
    pub fn check(&self, exchange: &Exchange<'_>) {
        let Exchange {
            method,
            url,
            status,
            body,
        } = exchange;
        let what = format!("{method} {} answered {status}", url.path());
        let Some(found) = self.find(method, url.path()) else {
            // `HEAD` is a `GET` without its body.
            if **method == Method::HEAD {
                return;
            }
            assert!([404, 405].contains(status), "{what}: it is not documented");
            return self.compare(
                body,
                "Failure",
                &what,
                || json!({ "$ref": "#/components/schemas/Failure" }),
            );
        };
        let operation = &self.document["paths"][&found.path][found.method.to_ascii_lowercase()];
        let mut answer = &operation["responses"][status.to_string()];
        if let Some(Value::String(shared)) = answer.get("$ref") {
            let pointer = shared.trim_start_matches('#');
            answer = self.document.pointer(pointer).expect("what is referred to");
        }
        assert!(
            answer.is_object(),
            "{what}, which is not documented: {}",
            text(body)
        );
        note(found, *status, body);
        let schema = &answer["content"]["application/json"]["schema"];
        // What has no body is told by its status alone.
        if schema.is_object() && **method != Method::HEAD {
            let name = format!("{} {} {status}", found.method, found.path);
            self.compare(body, &name, &what, || schema.clone());
        }
    }

    /// Fails unless the document knows such a status.
    pub fn check_status(&self, method: &Method, url: &Url, status: u16) {
        let Some(found) = self.find(method, url.path()) else {
            return;
        };
        let known = &self.document["paths"][&found.path][found.method.to_ascii_lowercase()];
        let answer = &known["responses"][status.to_string()];
        let what = format!("{method} {} answered {status}", url.path());
        assert!(answer.is_object(), "{what}, which is not documented");
        note(found, status, b"");
    }

    fn compare(&self, body: &[u8], name: &str, what: &str, schema: impl FnOnce() -> Value) {
        let value: Value = serde_json::from_slice(body)
            .unwrap_or_else(|error| panic!("{what}, no JSON: {error}: {}", text(body)));
        let validator = self.validator(name, || self.compile(&schema()));
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what} with {value}, but: {errors:#?}");
    }

    fn validator(&self, name: &str, compile: impl FnOnce() -> Validator) -> Arc<Validator> {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let validator = validators
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(compile()));
        Arc::clone(validator)
    }

    /// Fails unless the document of the WebSocket knows such an event.
    pub fn check_frame(&self, frame: &ServerFrame) {
        let value = json!(frame);
        assert!(
            frame.kind().is_some(),
            "{frame:?} is not what its struct says"
        );
        let name = format!("event.{}", frame.event.name().replace(':', "."));
        let validator = self.validator(&name, || socket_schema(&name));
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{value}, but: {errors:#?}");
    }

    /// A schema of the document, with what it refers to.
    pub fn compile(&self, schema: &Value) -> Validator {
        let whole = json!({ "allOf": [schema], "components": self.document["components"] });
        compile(&whole)
    }
}

/// A schema that has all that it refers to in itself.
fn compile(schema: &Value) -> Validator {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// What the document of the WebSocket says of an event or a frame.
pub fn socket_schema(name: &str) -> Validator {
    let document = socket_document();
    let message = &document["components"]["messages"][name];
    assert!(message.is_object(), "{name} is not documented");
    compile(&json!({
        "allOf": [message["payload"]],
        "components": { "schemas": document["components"]["schemas"] },
    }))
}

/// The document of the WebSocket.
pub fn socket_document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let json = sentinal_chat::http::asyncapi::json();
        serde_json::from_slice(&json).expect("a document")
    })
}

/// Writes down that an operation was seen to answer so, in the file that `ANSWERS_SEEN` names, for
/// `tests/answers/unseen.py` to find what no test has seen.
fn note(operation: &Documented, status: u16, body: &[u8]) {
    let Some(file) = std::env::var_os("ANSWERS_SEEN") else {
        return;
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or("-");
    let line = format!("{} {} {status} {code}\n", operation.method, operation.path);
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        // One write, so that tests that run at once do not mix their lines.
        .and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("a line in the list of answers");
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
