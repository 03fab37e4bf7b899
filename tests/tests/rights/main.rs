//! Who may do what: every operation, asked by everybody.
//!
//! Each operation is declared with whom it is for ([`declared::Rule`]); the same eight people ask
//! for each of them. A refusal is exactly the declared one, and whoever may is answered with a
//! success. An operation that is not declared fails the test, so that nobody adds one without
//! saying who may.

mod blocks;
mod declared;
mod people;
mod things;

use reqwest::{Method, RequestBuilder};
use sentinal_protocol::{Clock, Timestamp};
use sentinal_tests::{Contract, TestServer, answered, request};

use declared::{ANSWERED_OTHERWISE, Rule, declarations, declared};
use people::{ALL, People};
use things::Things;

#[test]
fn every_operation_says_whom_it_is_for() {
    let all = Contract::get().operations();
    let mut found = 0;
    for operation in all {
        let route = format!("{} {}", operation.method, operation.path);
        let ways = declared(operation, all);
        assert!(!ways.is_empty(), "{route} is not declared");
        for (_, rule, _) in &ways {
            assert_eq!(operation.authenticated, *rule != Rule::Everyone, "{route}");
        }
        found += ways.len();
    }
    assert_eq!(
        found,
        declarations().count(),
        "one of them is not served any more"
    );
    for (route, _) in ANSWERED_OTHERWISE {
        assert!(declarations().any(|(it, _, _)| it == route), "{route}");
    }
}

/// Where paths start, and so which of the tests asks for them.
const PREFIXES: [&str; 8] = [
    "/v1/users",
    "/v1/conversations",
    "/v1/messages",
    "/v1/encryption",
    "/v1/calls",
    "/v1/uploads",
    "/v1/broadcasts",
    "",
];

/// A request as it is declared, filled in.
fn asked(server: &TestServer, method: &Method, path: &str, with: &str) -> RequestBuilder {
    let query = if with.starts_with('?') { with } else { "" };
    let mut asked = request(server, None, method.clone(), &format!("{path}{query}"));
    if with.starts_with('{') {
        asked = asked.header("Content-Type", "application/json");
        asked = asked.body(with.to_owned());
    }
    if let Some(bytes) = with.strip_prefix('=') {
        asked = asked.body(bytes.to_owned());
    }
    if path.ends_with("/data") && *method != Method::PUT {
        asked = asked.header("Tus-Resumable", "1.0.0");
    }
    if *method == Method::PATCH {
        let offsets = "application/offset+octet-stream";
        asked = asked.header("Content-Type", offsets);
        asked = asked.header("Upload-Offset", "0");
    }
    asked
}

/// Everybody asks for everything whose path starts so, and with none of the prefixes before.
async fn hold(prefix: &str) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let people = People::gather(&server, &clock).await;
    let mut number = 0;
    for (route, rule, with) in declarations() {
        let (method, path) = route.split_once(' ').unwrap();
        let first = PREFIXES.iter().find(|prefix| path.starts_with(**prefix));
        if first != Some(&prefix) {
            continue;
        }
        let method: Method = method.parse().unwrap();
        let otherwise = ANSWERED_OTHERWISE.iter().find(|(it, _)| it == route);
        let mut things: Option<Things> = None;
        for who in ALL {
            number += 1;
            // New ones only after a success: what is refused leaves everything as it was.
            let filled = match things.take() {
                Some(present) => present,
                None => Things::prepare(&people, number, &format!("{path}{with}")).await,
            };
            let mut asked = asked(&server, &method, &filled.fill(path), &filled.fill(with));
            let token = match people.user(who) {
                Some(_) if *rule == Rule::Oneself => {
                    let single = server.user(&format!("single{number}")).await;
                    let login = single.client.login();
                    login.map(|login| login.access_token.clone())
                }
                Some(_) | None => people.token(who),
            };
            if let Some(token) = token {
                asked = asked.bearer_auth(token);
            }
            let (status, body) = answered(asked).await;
            let got = format!("{route} {with} as {who:?}: {status} {body}");
            match (rule.refusal(who), otherwise) {
                (Some(refusal), _) | (None, Some(&(_, refusal))) => {
                    assert_eq!(status, refusal, "{got}");
                    if method != Method::HEAD {
                        assert_eq!(body["success"], false, "{got}");
                    }
                }
                (None, None) => assert!((200..300).contains(&status), "{got}"),
            }
            if status < 300 && method != Method::GET {
                filled.clear(&people).await;
            } else {
                things = Some(filled);
            }
        }
        if let Some(present) = things {
            present.clear(&people).await;
        }
    }
}

#[tokio::test]
async fn operation_and_sign_in_are_for_those_they_are_declared_for() {
    hold("").await;
}

#[tokio::test]
async fn people_are_for_those_they_are_declared_for() {
    hold("/v1/users").await;
}

#[tokio::test]
async fn conversations_are_for_those_they_are_declared_for() {
    hold("/v1/conversations").await;
}

#[tokio::test]
async fn messages_are_for_those_they_are_declared_for() {
    hold("/v1/messages").await;
}

#[tokio::test]
async fn keys_are_for_those_they_are_declared_for() {
    hold("/v1/encryption").await;
}

#[tokio::test]
async fn calls_are_for_those_they_are_declared_for() {
    hold("/v1/calls").await;
}

#[tokio::test]
async fn uploads_are_for_those_they_are_declared_for() {
    hold("/v1/uploads").await;
}

#[tokio::test]
async fn broadcasts_are_for_those_they_are_declared_for() {
    hold("/v1/broadcasts").await;
}
