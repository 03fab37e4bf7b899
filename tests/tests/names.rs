//! Names, pictures, phone numbers and passwords: what may be said, and in which form it is kept.

use reqwest::Method;
use sentinal_protocol::api::people::Profiles;
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::{Value, json};

/// What each name of the interface becomes if it is to be `name`: status, and how it is kept.
async fn given(server: &TestServer, user: &TestUser, name: &str) -> Vec<(String, u16, Value)> {
    let group = json!({"type": "GROUP", "participants": [], "subject": "a group"});
    let group = asked(server, user, Method::POST, "/v1/conversations", &group).await;
    let group = format!("/v1/conversations/{}", group.1["id"].as_str().unwrap());
    let list = json!({"name": "a list"});
    let list = asked(server, user, Method::POST, "/v1/broadcasts", &list).await;
    let list = format!("/v1/broadcasts/{}", list.1["id"].as_str().unwrap());
    let file = json!({"file_size": 1, "content_type": "image/png"});
    let new_group = json!({"type": "GROUP", "participants": []});
    let mut answers = Vec::new();
    for (field, method, path, mut body) in [
        ("display_name", Method::PUT, "/v1/users/me", json!({})),
        ("status", Method::PUT, "/v1/users/me", json!({})),
        ("subject", Method::PUT, group.as_str(), json!({})),
        ("subject", Method::POST, "/v1/conversations", new_group),
        ("name", Method::POST, "/v1/broadcasts", json!({})),
        ("name", Method::PUT, list.as_str(), json!({})),
        ("file_name", Method::POST, "/v1/uploads", file),
    ] {
        body[field] = json!(name);
        let what = format!("{method} {path} {field}");
        let (status, kept) = asked(server, user, method, path, &body).await;
        answers.push((what, status, kept[field].clone()));
    }
    answers
}

/// Status and what was answered.
async fn asked(
    server: &TestServer,
    user: &TestUser,
    method: Method,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let answer = request(server, Some(user), method, path).json(body);
    let answer = answer.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, body["data"].clone())
}

#[tokio::test]
async fn every_name_is_composed_and_trimmed() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for (typed, kept) in [
        ("  Zoe\u{308}  ", "Zo\u{eb}"),
        (
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        ),
    ] {
        for (what, status, answered) in given(&server, &alice, typed).await {
            assert!(status < 300, "{what}: {status}");
            assert_eq!(answered, kept, "{what}");
        }
    }
}

#[tokio::test]
async fn no_name_controls_or_turns_around_what_is_shown() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for name in ["a\u{202E}gpj.exe", "line\nbreak", "a\u{2066}b", "bell\u{7}"] {
        for (what, status, _) in given(&server, &alice, name).await {
            assert_eq!(status, 422, "{what}: {name:?}");
        }
    }
    // A status may be empty; it is no name.
    for name in [" ", "\u{200B}\u{FE0F}", "\u{3164}"] {
        for (what, status, _) in given(&server, &alice, name).await {
            let expected = if what.ends_with("status") { 200 } else { 422 };
            assert_eq!(status, expected, "{what}: {name:?}");
        }
    }
}

#[tokio::test]
async fn a_name_is_as_long_as_people_count() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
    for (name, expected) in [
        (family.repeat(64), 200),
        (family.repeat(65), 422),
        // One character to the eye.
        (format!("x{}", "\u{323}".repeat(512)), 422),
    ] {
        let body = json!({"display_name": name});
        let (status, _) = asked(&server, &alice, Method::PUT, "/v1/users/me", &body).await;
        assert_eq!(status, expected);
    }
}

/// The one keyboard composes its letters, the other does not.
#[tokio::test]
async fn a_search_finds_a_name_however_its_letters_are_composed() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (composed, decomposed) = ("Zo\u{eb} and friends", "Zoe\u{308} and friends");
    for (field, path) in [
        ("display_name", "/v1/users/me"),
        ("subject", "/v1/conversations"),
        ("name", "/v1/broadcasts"),
    ] {
        let mut body = json!({"type": "GROUP", "participants": []});
        body[field] = json!(decomposed);
        let (method, body) = if path == "/v1/users/me" {
            (Method::PUT, json!({"display_name": decomposed}))
        } else {
            (Method::POST, body)
        };
        let (status, _) = asked(&server, &alice, method, path, &body).await;
        assert!(status < 300, "{path}");
    }
    for typed in [composed, decomposed, "ZOE\u{308} and"] {
        let users = alice.client.call(Method::GET, "/v1/users/search");
        let users: Profiles = users.query(&[("query", typed)]).data().await.unwrap();
        assert_eq!(users.total, 1, "{typed:?}");
        for path in ["/v1/conversations/search", "/v1/broadcasts/search"] {
            let found = alice.client.call(Method::GET, path);
            let found: Value = found.query(&[("query", typed)]).data().await.unwrap();
            assert_eq!(found["total"], 1, "{path}: {typed:?}");
        }
    }
}

#[tokio::test]
async fn a_picture_comes_over_tls_or_from_this_server() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let group = json!({"type": "GROUP", "participants": [], "subject": "a group"});
    let group = asked(&server, &alice, Method::POST, "/v1/conversations", &group).await;
    let group = format!("/v1/conversations/{}", group.1["id"].as_str().unwrap());
    let own = server.url("/v1/files/0190?cap=x");
    for (url, kept) in [
        (
            "https://example.org/a.png",
            Some("https://example.org/a.png"),
        ),
        ("/v1/files/0190?cap=x", Some("/v1/files/0190?cap=x")),
        (own.as_str(), Some("/v1/files/0190?cap=x")),
        ("http://example.org/a.png", None),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,AAAA", None),
        ("/v1/users/me", None),
    ] {
        for (method, path) in [
            (Method::PUT, "/v1/users/me"),
            (Method::PUT, group.as_str()),
            (Method::POST, "/v1/conversations"),
        ] {
            let mut body = json!({"avatar_url": url});
            if method == Method::POST {
                body["type"] = json!("GROUP");
                body["subject"] = json!("another");
            }
            let (status, answer) = asked(&server, &alice, method, path, &body).await;
            match kept {
                Some(kept) => {
                    assert!(status < 300, "{path}: {url}");
                    assert_eq!(answer["avatar_url"], kept, "{path}");
                }
                None => assert_eq!(status, 422, "{path}: {url}"),
            }
        }
    }
}

#[tokio::test]
async fn a_phone_number_is_kept_as_its_digits_and_found_as_it_is_typed() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let number = |typed: &str| json!({"phone_number": typed});
    let me = "/v1/users/me";
    let body = number("49 (1555) 01-23");
    let (_, kept) = asked(&server, &alice, Method::PUT, me, &body).await;
    assert_eq!(kept["phone_number"], "+4915550123");
    let taken = asked(&server, &bob, Method::PUT, me, &number("+49.1555.0123")).await;
    assert_eq!(taken.0, 409);
    for wrong in ["01555 0123", "+49 1555 CALL", "12"] {
        let refused = asked(&server, &bob, Method::PUT, me, &number(wrong)).await;
        assert_eq!(refused.0, 422, "{wrong}");
    }
    let stranger = server.stranger();
    let signed_in = stranger.sign_in(" +49-1555-0123 ", alice.password(), "tablet");
    assert_eq!(signed_in.await.unwrap().user_id, alice.id);
}

async fn registers(server: &TestServer, name: &str, password: &str) -> u16 {
    let body = json!({"email": format!("{name}@example.com"), "username": name,
        "device_id": "phone", "device_name": " Z\u{6F}e\u{308}'s phone ", "password": password});
    let asked = request(server, None, Method::POST, "/v1/auth/register").json(&body);
    outcome(asked).await.0
}

#[tokio::test]
async fn a_password_is_the_same_on_every_keyboard_and_none_of_the_worst() {
    let server = TestServer::spawn().await;
    for worst in ["password1", "Qwertyuiop", "contrasen\u{303}a", "1234567890"] {
        assert_eq!(registers(&server, "alice", worst).await, 422, "{worst}");
    }
    let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
    assert_eq!(registers(&server, "alice", decomposed).await, 201);
    for typed in [composed, decomposed] {
        let client = server.stranger();
        client.sign_in(" alice ", typed, "phone").await.unwrap();
        let name = client.sessions().await.unwrap()[0].device_name.clone();
        assert_eq!(name.as_deref(), Some("Zo\u{eb}'s phone"));
    }
    let client = server.stranger();
    client.sign_in("alice", composed, "phone").await.unwrap();
    let refused = client.change_password(composed, "password1").await;
    assert!(refused.is_err());
    client
        .change_password(decomposed, "another cafe\u{301}")
        .await
        .unwrap();
    let stranger = server.stranger();
    stranger
        .sign_in("alice", "another caf\u{e9}", "tablet")
        .await
        .unwrap();
}

/// Passwords that were hashed as they were typed, before they were composed, still open.
#[tokio::test]
async fn an_older_password_still_works_as_it_is_typed() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    // bcrypt of "cafe\u{301} au lait" at cost 4.
    let hash = "$2b$04$abcdefghijklmnopqrstuu.oMTCQjdCbYvSW3IQEvGWmdb6wOIFXe";
    let old = format!("UPDATE users SET password_hash = '{hash}'");
    server.database().db_execute(&[old]).await;
    let stranger = server.stranger();
    let signed_in = stranger.sign_in("alice", "cafe\u{301} au lait", "tablet");
    assert_eq!(signed_in.await.unwrap().user_id, alice.id);
}
