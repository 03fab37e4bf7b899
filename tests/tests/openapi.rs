//! The API document is complete, true of the server, and can be read.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use sentinal_tests::{Contract, TestServer, answered, request, socket_document, socket_schema};
use serde_json::Value;

/// The operations that clients of the first API call: 107 in all.
const PROMISED: [(&str, &[(&str, &str)]); 9] = [
    (
        "",
        &[("/ping", "GET"), ("/health", "GET"), ("/goroutines", "GET")],
    ),
    (
        "/v1/auth",
        &[
            ("/register", "POST"),
            ("/login", "POST"),
            ("/refresh", "POST"),
            ("/logout", "POST"),
            ("/logout-all", "POST"),
            ("/sessions", "GET"),
            ("/password/forgot", "POST"),
            ("/password/reset", "POST"),
        ],
    ),
    (
        "/v1/users/me",
        &[
            ("", "GET PUT DELETE"),
            ("/settings", "GET PUT"),
            ("/contacts", "GET POST"),
            ("/contacts/blocked", "GET"),
            ("/contacts/{}", "DELETE"),
            ("/contacts/{}/block", "POST"),
            ("/contacts/{}/unblock", "POST"),
            ("/devices", "GET"),
            ("/devices/{}", "DELETE"),
            ("/sessions", "DELETE"),
            ("/sessions/{}", "DELETE"),
        ],
    ),
    (
        "/v1/conversations",
        &[
            ("", "GET POST"),
            ("/direct", "GET"),
            ("/search", "GET"),
            ("/invite", "GET"),
            ("/{}", "GET PUT DELETE"),
            ("/{}/invite", "POST"),
            ("/{}/participants", "GET POST"),
            ("/{}/participants/{}", "DELETE"),
            ("/{}/participants/{}/role", "PUT"),
            ("/{}/mute", "POST"),
            ("/{}/unmute", "POST"),
            ("/{}/pin", "POST"),
            ("/{}/unpin", "POST"),
            ("/{}/archive", "POST"),
            ("/{}/unarchive", "POST"),
            ("/{}/sequence", "GET POST"),
        ],
    ),
    (
        "/v1/messages",
        &[
            ("", "GET POST"),
            ("/{}", "GET PUT DELETE"),
            ("/{}/hard", "DELETE"),
            ("/{}/read", "POST"),
            ("/{}/delivered", "POST"),
        ],
    ),
    (
        "/v1/calls",
        &[
            ("", "GET POST"),
            ("/user", "GET"),
            ("/active", "GET"),
            ("/missed", "GET"),
            ("/quality", "POST"),
            ("/{}", "GET"),
            ("/{}/participants", "GET POST"),
            ("/{}/participants/{}", "DELETE"),
            ("/{}/participants/{}/status", "PUT"),
            ("/{}/participants/{}/mute", "PUT"),
            ("/{}/connected", "POST"),
            ("/{}/end", "POST"),
            ("/{}/duration", "GET"),
        ],
    ),
    (
        "/v1/encryption",
        &[
            ("/identity", "GET POST"),
            ("/identity/{}", "DELETE"),
            ("/identity/{}/deactivate", "PUT"),
            ("/signed-prekeys", "GET POST"),
            ("/signed-prekeys/active", "GET"),
            ("/signed-prekeys/rotate", "POST"),
            ("/onetime-prekeys", "POST"),
            ("/onetime-prekeys/consume", "POST"),
            ("/onetime-prekeys/count", "GET"),
            ("/bundles", "GET"),
            ("/keys/active", "GET"),
        ],
    ),
    (
        "/v1/uploads",
        &[
            ("", "GET POST"),
            ("/completed", "GET"),
            ("/in-progress", "GET"),
            ("/stale", "GET DELETE"),
            ("/{}", "GET DELETE"),
            ("/{}/progress", "POST"),
            ("/{}/complete", "POST"),
            ("/{}/fail", "POST"),
        ],
    ),
    (
        "/v1/broadcasts",
        &[
            ("", "GET POST"),
            ("/search", "GET"),
            ("/{}", "GET PUT DELETE"),
            ("/{}/recipients", "GET POST"),
            ("/{}/recipients/count", "GET"),
            ("/{}/recipients/bulk", "POST DELETE"),
            ("/{}/recipients/{}", "GET DELETE"),
        ],
    ),
];

/// Method and path, the names of variable segments left out.
fn nameless(method: &str, path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            "{}"
        } else {
            segment
        }
    });
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

fn promised() -> impl Iterator<Item = String> {
    PROMISED.into_iter().flat_map(|(prefix, rows)| {
        rows.iter().flat_map(move |(path, methods)| {
            let path = format!("{prefix}{path}");
            methods
                .split(' ')
                .map(move |method| format!("{method} {path}"))
        })
    })
}

#[test]
fn every_promised_operation_is_documented() {
    let documented: BTreeSet<String> = Contract::get()
        .operations()
        .iter()
        .map(|known| nameless(&known.method, &known.path))
        .collect();
    assert_eq!(promised().count(), 107);
    let missing: Vec<String> = promised()
        .filter(|operation| !documented.contains(operation))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// The document is made from the table that the router is made from; what stands in the one is
/// found by the other.
#[tokio::test]
async fn every_documented_operation_is_routed() {
    let server = TestServer::spawn().await;
    for known in Contract::get().operations() {
        let path = known.path.replace("{file}", "x");
        let path: Vec<&str> = path
            .split('/')
            .map(|segment| {
                if segment.starts_with('{') {
                    "00000000-0000-7000-8000-000000000000"
                } else {
                    segment
                }
            })
            .collect();
        let path = path.join("/");
        let asked = request(&server, None, Method::TRACE, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(asked.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = asked.headers()["allow"].to_str().unwrap().to_owned();
        assert!(
            allow.split(", ").any(|method| method == known.method),
            "{} {path}: {allow}",
            known.method
        );
    }
}

#[tokio::test]
async fn the_document_is_served_as_it_is_printed() {
    let server = TestServer::spawn().await;
    let (status, document) = answered(request(&server, None, Method::GET, "/openapi.json")).await;
    assert_eq!(status, 200);
    assert_eq!(document, *Contract::get().document());
    assert_eq!(document["openapi"], "3.1.0");
}

/// Every event that a test hears is compared with it; see `sentinal_tests::Contract`.
#[tokio::test]
async fn the_socket_has_a_document_of_its_own() {
    let server = TestServer::spawn().await;
    let asked = request(&server, None, Method::GET, "/asyncapi.json");
    let (status, document) = answered(asked).await;
    assert_eq!(status, 200);
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document, *socket_document());
}

/// Both documents carry the schemas of what they refer to, and a resource is the same in both.
#[test]
fn both_documents_say_the_same_of_a_resource() {
    let schemas = &Contract::get().document()["components"]["schemas"];
    let of_socket = socket_document()["components"]["schemas"].as_object();
    let mut shared = BTreeSet::new();
    for (name, schema) in of_socket.unwrap() {
        if let Some(same) = schemas.get(name) {
            assert_eq!(schema, same, "{name}");
            shared.insert(name.as_str());
        }
    }
    for name in ["Call", "Contact", "LoginSession", "MessageType", "Upload"] {
        assert!(shared.contains(name), "{name} is not in {shared:?}");
    }
}

#[test]
fn every_event_and_every_frame_keeps_to_its_own_schema() {
    let messages = socket_document()["components"]["messages"].as_object();
    for (name, message) in messages.unwrap() {
        let validator = socket_schema(name);
        let examples = message["examples"].as_array().unwrap();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let payload = &example["payload"];
            let error = validator.iter_errors(payload).next();
            assert!(error.is_none(), "{name}: {payload}: {}", error.unwrap());
            // Something newer is no error.
            let mut newer = payload.clone();
            newer["new_field"] = 1.into();
            assert!(validator.is_valid(&newer), "{name} is closed");
        }
    }
}

#[tokio::test]
async fn the_page_that_shows_it_is_served_with_all_its_files() {
    let server = TestServer::spawn().await;
    let page = reqwest::get(server.url("/docs")).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.url().path(), "/docs/");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "{policy}");
    let html = page.text().await.unwrap();
    let files: Vec<&str> = html
        .split(['"', '\''])
        .filter(|part| matches!(part.rsplit_once('.'), Some((_, "js" | "css"))))
        .collect();
    assert!(files.len() >= 3, "{html}");
    assert!(
        !html.contains("https://"),
        "it loads from elsewhere: {html}"
    );
    for file in files {
        let path = format!("/docs/{}", file.trim_start_matches("./"));
        let answer = reqwest::get(server.url(&path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    let (status, body) = answered(request(&server, None, Method::GET, "/docs/nothing")).await;
    assert_eq!((status, &body["code"]), (404, &Value::from("NOT_FOUND")));
}

/// A page of its own for each guide, without scripts, and a way there from the document.
#[tokio::test]
async fn the_guides_are_served_beside_it() {
    let server = TestServer::spawn().await;
    let about = Contract::get().document()["info"]["description"].clone();
    let about = about.as_str().unwrap();
    for name in ["protocol", "reliability"] {
        assert!(about.contains(&format!("/docs/{name}")), "{name}");
        let page = reqwest::get(server.url(&format!("/docs/{name}")))
            .await
            .unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{name}");
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
        let html = page.text().await.unwrap();
        assert!(html.contains("<h1 id="), "{name}");
    }
    let first = reqwest::get(server.url("/docs/swagger-initializer.js")).await;
    let first = first.unwrap().text().await.unwrap();
    assert!(first.contains("sessionStorage") && !first.contains("localStorage"));
}

/// In reading order, each told of; every operation has one that is.
#[test]
fn operations_are_sorted_under_tags() {
    let document = Contract::get().document();
    let tags = document["tags"].as_array().unwrap();
    assert_eq!(tags[0]["name"], "auth");
    let known: BTreeSet<&str> = tags
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut used = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            used.insert(operation["tags"][0].as_str().unwrap());
            assert!(operation["description"].as_str().unwrap().len() > 10);
            assert!(operation["security"].is_array());
        }
    }
    assert_eq!(used, known);
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = Contract::get().document();
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
            assert!(names.insert(name.clone()), "{name} twice");
        }
    }
}

#[test]
fn every_schema_is_valid_and_keeps_to_its_own_examples() {
    let contract = Contract::get();
    let schemas = contract.document()["components"]["schemas"].as_object();
    for (name, schema) in schemas.unwrap() {
        let validator = contract.compile(schema);
        let examples = schema["examples"].as_array().into_iter().flatten();
        for example in examples {
            let error = validator.iter_errors(example).next();
            assert!(error.is_none(), "{name}: {example}: {}", error.unwrap());
        }
    }
}

/// Everything that is referred to is there.
#[test]
fn no_reference_leads_nowhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    let pointer = target.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{target}");
                }
                fields.values().for_each(|it| walk(document, it));
            }
            Value::Array(items) => items.iter().for_each(|it| walk(document, it)),
            _ => {}
        }
    }
    let document = Contract::get().document();
    walk(document, document);
}
