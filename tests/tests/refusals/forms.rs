//! The same for every operation, read from the document: ids, pages and bodies that have the wrong
//! form are refused before anything is looked at.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use sentinal_tests::{Contract, Documented, TestServer, outcome, request};
use serde_json::Value;
use uuid::Uuid;

use super::refused;

/// More than any body may have.
const LARGE_BYTES: usize = 4 * 1024 * 1024 + 1;

fn document_of(operation: &Documented) -> &'static Value {
    let method = operation.method.to_ascii_lowercase();
    &Contract::get().document()["paths"][&operation.path][method]
}

fn method_of(operation: &Documented) -> Method {
    operation.method.parse().unwrap()
}

fn is_id(parameter: &Value) -> bool {
    let mut schema = &parameter["schema"];
    if let Some(shared) = schema["$ref"].as_str() {
        let pointer = shared.trim_start_matches('#');
        schema = Contract::get().document().pointer(pointer).unwrap();
    }
    parameter["in"] == "path" && schema["format"] == "uuid"
}

fn parameters(operation: &Documented) -> &'static [Value] {
    let listed = document_of(operation)["parameters"].as_array();
    listed.map_or(&[], Vec::as_slice)
}

/// The path with ids of nothing in it; `odd` stands in place of ids if there is one.
fn path_of(operation: &Documented, odd: Option<&str>) -> String {
    let mut path = operation.path.clone();
    for parameter in parameters(operation) {
        let variable = format!("{{{}}}", parameter["name"].as_str().unwrap());
        let value = match odd {
            Some(odd) if is_id(parameter) => odd.to_owned(),
            Some(_) | None => Uuid::now_v7().to_string(),
        };
        path = path.replace(&variable, &value);
    }
    path
}

fn documents(operation: &Documented, status: u16) -> bool {
    document_of(operation)["responses"]
        .get(status.to_string())
        .is_some()
}

fn takes_json(operation: &Documented) -> bool {
    document_of(operation)["requestBody"]["content"]
        .get("application/json")
        .is_some()
}

#[tokio::test]
async fn no_operation_takes_an_id_that_is_none() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut asked = 0;
    for operation in Contract::get().operations() {
        let has_id = parameters(operation).iter().any(is_id);
        // tus looks at its version first; a ws handshake is no request.
        if !has_id || !documents(operation, 400) || operation.path.ends_with("/data") {
            continue;
        }
        let path = path_of(operation, Some("x"));
        let request = request(&server, Some(&alice), method_of(operation), &path);
        let answer = outcome(request).await;
        assert_eq!(answer, refused(400, "BAD_REQUEST"), "{operation:?}");
        asked += 1;
    }
    assert!(asked > 60, "{asked} operations have ids");
}

#[tokio::test]
async fn no_list_takes_a_page_out_of_bounds() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut asked = 0;
    for operation in Contract::get().operations() {
        let has = |name: &str| parameters(operation).iter().any(|it| it["name"] == name);
        if !has("limit") {
            continue;
        }
        for limit in ["0", "101"] {
            let path = format!("{}?limit={limit}", path_of(operation, None));
            let request = request(&server, Some(&alice), method_of(operation), &path);
            let answer = outcome(request).await;
            assert_eq!(answer, refused(422, "VALIDATION_ERROR"), "{operation:?}");
        }
        let path = format!("{}?limit=many", path_of(operation, None));
        let request = request(&server, Some(&alice), method_of(operation), &path);
        let answer = outcome(request).await;
        assert_eq!(answer, refused(400, "BAD_REQUEST"), "{operation:?}");
        asked += 1;
    }
    assert!(asked > 15, "{asked} operations have pages");
}

#[tokio::test]
async fn no_operation_reads_a_body_of_another_form() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut asked = 0;
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(LARGE_BYTES));
    for operation in Contract::get().operations() {
        if !takes_json(operation) {
            continue;
        }
        let path = path_of(operation, None);
        let with = |kind: &'static str, body: String| {
            let asked = request(&server, Some(&alice), method_of(operation), &path);
            outcome(asked.header(CONTENT_TYPE, kind).body(body))
        };
        for (kind, body, expected) in [
            (
                "application/json",
                "{".to_owned(),
                refused(400, "BAD_REQUEST"),
            ),
            (
                "text/plain",
                "{}".to_owned(),
                refused(415, "UNSUPPORTED_MEDIA_TYPE"),
            ),
            (
                "application/json",
                large.clone(),
                refused(413, "PAYLOAD_TOO_LARGE"),
            ),
        ] {
            assert_eq!(with(kind, body).await, expected, "{operation:?}");
        }
        asked += 1;
    }
    assert!(asked > 35, "{asked} operations take bodies");
}
