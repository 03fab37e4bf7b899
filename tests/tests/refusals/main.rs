//! What the API document says of requests that are not done: each refusal, by a request that meets
//! it. Those that belong to a larger story are told where that is; `tests/answers/unseen.py` finds
//! what nobody tells.

mod forms;
mod full;
mod keys;
mod people;
mod too_many;
mod too_much;

use reqwest::Method;
use sentinal_tests::{Site, TestUser, outcome, request};
use serde_json::Value;

/// Asks with a body, or without one if it is `null`, and answers status and code.
async fn asked(
    site: &Site,
    user: &TestUser,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, String) {
    let asked = request(site, Some(user), method, path);
    outcome(match body {
        Value::Null => asked,
        body => asked.json(&body),
    })
    .await
}

/// As an expectation is written down.
fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
