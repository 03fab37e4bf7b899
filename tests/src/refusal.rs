//! Requests by hand, and the envelope in which they are refused.

use reqwest::{Method, RequestBuilder, Response};
use sentinal_client::Exchange;
use serde_json::Value;

use crate::{Contract, Site, TestUser, patiently};

/// A request such as no client of ours would make, signed in as `user`.
pub fn request(site: &Site, user: Option<&TestUser>, method: Method, path: &str) -> RequestBuilder {
    let request = reqwest::Client::new().request(method, site.url(path));
    match user {
        Some(user) => request.bearer_auth(&user.client.login().unwrap().access_token),
        None => request,
    }
}

/// Sends it and answers status and body, which are as the API document says.
pub async fn answered(request: RequestBuilder) -> (u16, Value) {
    let (http, request) = request.build_split();
    let request = request.expect("a request");
    let (method, url) = (request.method().clone(), request.url().clone());
    let answer = patiently("an answer", http.execute(request)).await.unwrap();
    let status = answer.status().as_u16();
    let body = patiently("a body", answer.bytes()).await.unwrap();
    Contract::get().check(&Exchange {
        method: &method,
        url: &url,
        status,
        body: &body,
    });
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Sends what is answered by more than JSON: headers, or the bytes of a file. Only the status is
/// compared with the API document.
pub async fn fetched(request: RequestBuilder) -> Response {
    let (http, request) = request.build_split();
    let request = request.expect("a request");
    let (method, url) = (request.method().clone(), request.url().clone());
    let answer = patiently("an answer", http.execute(request)).await.unwrap();
    Contract::get().check_status(&method, &url, answer.status().as_u16());
    answer
}

/// Sends it and answers status and code; everything that is refused is refused in the envelope.
pub async fn outcome(request: RequestBuilder) -> (u16, String) {
    let (status, body) = answered(request).await;
    if status < 300 {
        return (status, String::new());
    }
    assert_eq!(body["success"], false, "{body}");
    assert!(
        body["error"].as_str().is_some_and(|it| !it.is_empty()),
        "{body}"
    );
    assert!(body["request_id"].is_string(), "{body}");
    (status, body["code"].as_str().unwrap().to_owned())
}
