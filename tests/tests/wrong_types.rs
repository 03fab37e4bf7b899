//! Whatever has the wrong type anywhere in a request is refused in words of the wire that name the
//! parameter: tried on every parameter of every operation in the API document, and on every field of
//! every frame.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use sentinal_client::RawSocket;
use sentinal_protocol::event::{ErrorAnswer, EventKind};
use sentinal_protocol::frame::FrameKind;
use sentinal_tests::{Contract, Said, TestServer, TestUser, answered, patiently, request};
use serde_json::{Value, json};

/// Words of serde's and Rust's that mean nothing to a client.
const FOREIGN: [&str; 22] = [
    "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f32", "f64", "str",
    "struct", "enum", "variant", "tuple", "newtype", "Uuid", "Vec", "Option", "untagged",
];

/// A UUID of nothing.
const NOTHING: &str = "01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41";

/// How deep bodies are looked into.
const DEPTH_MAX: usize = 4;

fn assert_plain(what: &str, text: &str) {
    let foreign = text
        .split(|it: char| !it.is_ascii_alphanumeric())
        .find(|word| FOREIGN.contains(word));
    assert_eq!(foreign, None, "{what}: {text}");
}

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    parameters: Vec<Parameter>,
    body: Option<Value>,
}

struct Parameter {
    name: String,
    is_path: bool,
    schema: Value,
}

fn operations() -> Vec<Operation> {
    let document = Contract::get().document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array();
            let parameters = parameters
                .into_iter()
                .flatten()
                .filter(|it| it["in"] != "header");
            let parameters = parameters.map(|it| Parameter {
                name: it["name"].as_str().unwrap().to_owned(),
                is_path: it["in"] == "path",
                schema: it["schema"].clone(),
            });
            let body = operation.pointer("/requestBody/content/application~1json/schema");
            operations.push(Operation {
                method: method.to_ascii_uppercase().parse().unwrap(),
                path: path.clone(),
                parameters: parameters.collect(),
                body: body.cloned(),
            });
        }
    }
    assert!(operations.len() > 100, "{}", operations.len());
    operations
}

/// The schemas that a value may follow, references resolved.
fn forms(schema: &Value) -> Vec<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return forms(Contract::get().document().pointer(pointer).unwrap());
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[word].as_array() {
            return parts.iter().flat_map(forms).collect();
        }
    }
    vec![schema.clone()]
}

/// Whether a form is of this JSON type; one that names none is of every.
fn is_of(form: &Value, kind: &str) -> bool {
    match &form["type"] {
        Value::String(one) => one == kind,
        Value::Array(many) => many.iter().any(|it| it == kind),
        _ => true,
    }
}

/// A body with one wrong value, and whether it must be refused as what cannot be parsed.
struct Wrong {
    body: Value,
    is_unreadable: bool,
}

/// Values in place of one that follows `schema`, each put into its body by `wrap`.
fn wrongs(schema: &Value, depth: usize, wrap: &dyn Fn(Value) -> Value, found: &mut Vec<Wrong>) {
    let forms = forms(schema);
    let allows = |kind: &str| forms.iter().any(|form| is_of(form, kind));
    for value in [json!([]), json!([7, "x", {}])] {
        found.push(Wrong {
            body: wrap(value),
            is_unreadable: !allows("array"),
        });
    }
    for (value, kind) in [
        (json!(7), "integer"),
        (json!(-1.5), "number"),
        (json!("x"), "string"),
        (json!(true), "boolean"),
    ] {
        let is_number = kind == "integer" && allows("number");
        found.push(Wrong {
            body: wrap(value),
            is_unreadable: !allows(kind) && !is_number,
        });
    }
    if depth == DEPTH_MAX {
        return;
    }
    for form in &forms {
        for (name, property) in form["properties"].as_object().into_iter().flatten() {
            let within = |value: Value| wrap(json!({ name: value }));
            wrongs(property, depth + 1, &within, found);
        }
        if form["items"].is_object() {
            let within = |value: Value| wrap(json!([value]));
            wrongs(&form["items"], depth + 1, &within, found);
        }
    }
}

/// Asks many times as one person, over one connection.
struct Asking<'a> {
    http: reqwest::Client,
    server: &'a TestServer,
    user: &'a TestUser,
}

impl<'a> Asking<'a> {
    fn new(server: &'a TestServer, user: &'a TestUser) -> Self {
        let http = reqwest::Client::new();
        Self { http, server, user }
    }

    async fn ask(&self, operation: &Operation, path: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = self.try_ask(operation, path, body).await;
        if answer.0 != 401 {
            return answer;
        }
        // What was asked before has ended the login.
        let user = self.user;
        let again = user
            .client
            .sign_in(&user.name, user.password(), &user.device);
        again.await.unwrap();
        self.try_ask(operation, path, body).await
    }

    async fn try_ask(
        &self,
        operation: &Operation,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let method = operation.method.clone();
        let asked = self.http.request(method, self.server.url(path));
        let asked = asked.bearer_auth(&self.user.client.login().unwrap().access_token);
        answered(match body {
            Some(body) => asked
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            None => asked,
        })
        .await
    }
}

/// The path with ids of nothing, one of them replaced.
fn fill(path: &str, wrong: Option<&str>) -> String {
    let segments = path.split('/').map(|segment| {
        let name = segment
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'));
        match name {
            Some(name) if Some(name) == wrong => "no-id",
            Some(_) => NOTHING,
            None => segment,
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn parameters_of_the_wrong_type_are_named() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let asking = Asking::new(&server, &alice);
    let mut named = 0;
    for operation in operations() {
        for Parameter {
            name,
            is_path,
            schema,
        } in &operation.parameters
        {
            let path = if *is_path {
                fill(&operation.path, Some(name))
            } else {
                format!("{}?{name}=no%2Dvalue", fill(&operation.path, None))
            };
            let what = format!("{} {path}", operation.method);
            if operation.method == Method::HEAD {
                // Its refusals have no body.
                continue;
            }
            let (status, answer) = asking.ask(&operation, &path, None).await;
            assert_plain(&what, &answer.to_string());
            let forms = forms(schema);
            let is_text = forms.iter().any(|it| {
                is_of(it, "string") && it["format"] != "uuid" && it["format"] != "date-time"
            });
            if is_text || status == 404 {
                continue;
            }
            assert!([400, 422].contains(&status), "{what}: {status} {answer}");
            let is_named = answer["error"]
                .as_str()
                .unwrap()
                .contains(&format!("`{name}`"))
                || answer["details"][0]["field"] == **name;
            assert!(is_named, "{what}: {answer}");
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}

#[tokio::test]
async fn bodies_with_a_value_of_the_wrong_type_are_refused_in_plain_words() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let asking = Asking::new(&server, &alice);
    let mut unreadable = 0;
    for operation in operations() {
        let Some(schema) = &operation.body else {
            continue;
        };
        let path = fill(&operation.path, None);
        let mut found = Vec::new();
        wrongs(schema, 0, &|value| value, &mut found);
        for Wrong {
            body,
            is_unreadable,
        } in found
        {
            let what = format!("{} {path} {body}", operation.method);
            let (status, answer) = asking.ask(&operation, &path, Some(&body)).await;
            assert_plain(&what, &answer.to_string());
            if is_unreadable {
                assert!([400, 422].contains(&status), "{what}: {status} {answer}");
                unreadable += 1;
            }
        }
    }
    assert!(unreadable > 500, "{unreadable}");
}

/// serde would read an array as the fields of a struct in order.
#[tokio::test]
async fn an_array_is_nowhere_an_object() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let send = |ciphertexts: Value| json!({"conversation_id": chat, "ciphertexts": ciphertexts});
    let key = "A".repeat(43);
    let signature = "A".repeat(86);
    for (path, body) in [
        ("/v1/auth/login", json!(["alice", "password", "phone"])),
        ("/v1/messages", json!([chat, []])),
        ("/v1/messages", send(json!([[bob.device, "MQ=="]]))),
        (
            "/v1/encryption/setup",
            json!({"identity_key": key, "signed_prekey": [1, key, signature], "one_time_keys": []}),
        ),
        (
            "/v1/encryption/onetime-prekeys",
            json!({"keys": [[1, key]]}),
        ),
    ] {
        let asked = request(&server, Some(&alice), Method::POST, path).json(&body);
        let (status, answer) = answered(asked).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (400, Some("BAD_REQUEST")),
            "{body}"
        );
        let error = answer["error"].as_str().unwrap();
        assert!(error.ends_with("must be an object."), "{body}: {error}");
    }
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    let mut frame = send(json!([[bob.device, "MQ=="]]));
    frame["type"] = json!("message:send");
    let refused = refusal(&mut socket, &frame).await;
    assert_eq!(refused.code, "BAD_REQUEST");
    assert_eq!(refused.error, "`ciphertexts[0]` must be an object.");
    let sequence = alice.client.sequence(chat).await.unwrap();
    assert_eq!(sequence.last_sequence, 0, "nothing was stored");
}

async fn refusal(socket: &mut RawSocket, frame: &Value) -> ErrorAnswer {
    socket.send_text(frame.to_string()).await.unwrap();
    let error = patiently("a refusal", socket.wait_for(EventKind::Error)).await;
    error.unwrap().says::<ErrorAnswer>().clone()
}

#[tokio::test]
async fn frames_with_a_value_of_the_wrong_type_are_refused_in_plain_words() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for kind in FrameKind::ALL {
        let example = serde_json::to_value(kind.example()).unwrap();
        let fields = example.as_object().unwrap().keys();
        let fields: Vec<_> = fields
            .filter(|it| !["type", "id"].contains(&it.as_str()))
            .collect();
        if fields.is_empty() {
            continue;
        }
        // Of its own, because frames of one kind are counted.
        let mut socket = alice.raw_socket().await;
        patiently("hello", socket.wait_for(EventKind::Hello))
            .await
            .unwrap();
        for field in fields {
            let mut frame = example.clone();
            // No field is a boolean.
            frame[field] = json!(true);
            let refused = refusal(&mut socket, &frame).await;
            let what = format!("{} with {field}: true", kind.as_str());
            assert_plain(&what, &refused.error);
            let is_named = refused.error.contains(&format!("`{field}`"))
                || refused.details.is_some_and(|it| it[0]["field"] == **field);
            // Opaque JSON may be anything.
            assert!(
                is_named || refused.code == "NOT_FOUND",
                "{what}: {}",
                refused.error
            );
        }
    }
}
