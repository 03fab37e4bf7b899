//! What needs more than a token: the password with it, or a login within the last 10 minutes.

use std::time::Duration;

use reqwest::Method;
use sentinal_protocol::{Clock, ErrorCode, Timestamp};
use sentinal_tests::{TestServer, TestUser, answered, outcome, request};
use serde_json::{Value, json};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: Duration = Duration::from_mins(1);

/// Everything that needs more than a token, each about a device or a session of the caller's that is
/// not the calling one. What ends the account comes last.
fn sensitive(other: &TestUser) -> Vec<(Method, String, Value)> {
    let session = other.client.login().unwrap().session_id;
    let changes = [
        json!({"email": "somebody@example.org"}),
        json!({"username": "somebody"}),
        json!({"phone_number": "+4912345"}),
        json!({"phone_number": "+4912346", "display_name": "Somebody"}),
    ];
    let changes = changes.map(|body| (Method::PUT, "/v1/users/me".to_owned(), body));
    let mut all = Vec::from(changes);
    for (method, path, body) in [
        (
            Method::POST,
            "/v1/auth/logout",
            json!({"session_id": session}),
        ),
        (Method::POST, "/v1/auth/logout-all", json!({})),
        (Method::DELETE, "/v1/users/me/sessions", json!({})),
        (
            Method::DELETE,
            &format!("/v1/users/me/sessions/{session}"),
            json!({}),
        ),
        (
            Method::DELETE,
            &format!("/v1/users/me/devices/{}", other.device),
            json!({}),
        ),
        (Method::DELETE, "/v1/users/me", json!({})),
    ] {
        all.push((method, path.to_owned(), body));
    }
    all
}

async fn asked(
    server: &TestServer,
    user: &TestUser,
    (method, path, body): &(Method, String, Value),
    password: Option<&str>,
) -> (u16, String) {
    let mut body = body.clone();
    if let Some(password) = password {
        body["password"] = json!(password);
    }
    let asked = request(server, Some(user), method.clone(), path).json(&body);
    outcome(asked).await
}

fn refused(code: ErrorCode) -> (u16, String) {
    (code.status(), code.as_str().to_owned())
}

#[tokio::test]
async fn whatever_is_sensitive_needs_the_password_once_the_login_is_old() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device_without_keys("laptop").await;
    clock.advance(10 * MINUTE + Duration::from_millis(1));
    let before = json!(alice.client.me().await.unwrap());
    for what in sensitive(&laptop) {
        let without = asked(&server, &alice, &what, None).await;
        assert_eq!(
            without,
            refused(ErrorCode::ReauthenticationRequired),
            "{what:?}"
        );
        let wrong = asked(&server, &alice, &what, Some("a wrong guess")).await;
        assert_eq!(wrong, refused(ErrorCode::WrongPassword), "{what:?}");
    }
    assert_eq!(json!(alice.client.me().await.unwrap()), before);
    assert_eq!(alice.client.sessions().await.unwrap().len(), 2);

    // With it, each is done.
    for number in 0..sensitive(&laptop).len() {
        let single = server.user(&format!("single{number}")).await;
        let other = single.another_device_without_keys("laptop").await;
        clock.advance(11 * MINUTE);
        let mut what = sensitive(&other).swap_remove(number);
        if what.2.get("username").is_some() {
            what.2["username"] = json!(format!("somebody{number}"));
        }
        let done = asked(&server, &single, &what, Some(single.password())).await;
        assert_eq!(done, (200, String::new()), "{what:?}");
    }
}

#[tokio::test]
async fn a_login_is_good_for_ten_minutes_and_giving_the_password_for_ten_more() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device_without_keys("laptop").await;
    let number = async |user: &TestUser, number: &str| {
        let what = (
            Method::PUT,
            "/v1/users/me".to_owned(),
            json!({"phone_number": number}),
        );
        asked(&server, user, &what, None).await
    };
    let required = refused(ErrorCode::ReauthenticationRequired);
    clock.advance(10 * MINUTE);
    assert_eq!(number(&alice, "+4911111").await.0, 200);
    clock.advance(Duration::from_millis(1));
    assert_eq!(number(&alice, "+4922222").await, required);

    // Refreshing proves nothing.
    alice.client.refresh().await.unwrap();
    assert_eq!(number(&alice, "+4922222").await, required);
    let wrong = alice.client.reauthenticate("a wrong guess").await;
    assert_eq!(wrong.err().unwrap().code(), Some(ErrorCode::WrongPassword));
    assert_eq!(number(&alice, "+4922222").await, required);

    let noted = alice.client.reauthenticate(alice.password()).await.unwrap();
    assert_eq!(noted.expires_at, clock.now().plus(10 * MINUTE));
    clock.advance(10 * MINUTE);
    assert_eq!(number(&alice, "+4922222").await.0, 200);
    assert_eq!(
        number(&laptop, "+4933333").await,
        required,
        "each login session by itself"
    );
    clock.advance(Duration::from_millis(1));
    assert_eq!(number(&alice, "+4933333").await, required);
    // A clock that is set back makes nothing recent, and keeps nobody from giving the password.
    let before = clock.now();
    clock.set(before.minus(60 * MINUTE));
    assert_eq!(number(&alice, "+4933333").await, required);
    alice.client.reauthenticate(alice.password()).await.unwrap();
    assert_eq!(number(&alice, "+4933333").await.0, 200);
    clock.set(before);
    assert_eq!(number(&alice, "+4944444").await, required);
    // What is as it was is no change.
    assert_eq!(number(&alice, "+4933333").await.0, 200);
}

#[tokio::test]
async fn a_device_may_always_go_by_itself() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let mut leaving = Vec::new();
    for device in ["one", "two", "three"] {
        leaving.push(alice.another_device_without_keys(device).await);
    }
    clock.advance(60 * MINUTE);
    leaving[0].client.log_out().await.unwrap();
    let own = leaving[1].client.login().unwrap().session_id;
    leaving[1].client.revoke_session(own).await.unwrap();
    let device = format!("/v1/users/me/devices/{}", leaving[2].device);
    let removed = request(&server, Some(&leaving[2]), Method::DELETE, &device);
    assert_eq!(outcome(removed).await.0, 200);
    assert_eq!(alice.client.sessions().await.unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_passwords_are_counted_wherever_they_are_given() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "4/60s"),
        ("RATE_LIMIT_GENERAL", "off"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device_without_keys("laptop").await;
    let give = async |path: &str, body: Value, from: &str| {
        let asked = request(&server, Some(&alice), Method::POST, path);
        answered(asked.header("X-Forwarded-For", from).json(&body)).await
    };
    let (here, there) = ("192.0.2.1", "192.0.2.2");
    let again = "/v1/auth/reauthenticate";
    let right = json!({"password": alice.password()});
    // Right ones are free.
    for _ in 0..6 {
        assert_eq!(give(again, right.clone(), here).await.0, 200);
    }
    let session = laptop.client.login().unwrap().session_id;
    let wrong = "a wrong guess";
    for (path, body) in [
        (again, json!({"password": wrong})),
        ("/v1/auth/logout-all", json!({"password": wrong})),
        (
            "/v1/auth/logout",
            json!({"session_id": session, "password": wrong}),
        ),
        (
            "/v1/auth/password/change",
            json!({"current_password": wrong, "new_password": "another password"}),
        ),
    ] {
        let (status, body) = give(path, body, here).await;
        assert_eq!(
            (status, &body["code"]),
            (403, &json!("WRONG_PASSWORD")),
            "{path}"
        );
    }
    let (status, body) = give(again, right.clone(), here).await;
    assert_eq!(
        (status, &body["code"]),
        (429, &json!("RATE_LIMIT_EXCEEDED"))
    );
    assert_eq!(give(again, right, there).await.0, 200);
}

/// Whether somebody has a number or a name may not be asked any more often than at registration.
#[tokio::test]
async fn other_identities_are_asked_for_in_the_bucket_of_registrations() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "4/60s"),
        ("RATE_LIMIT_GENERAL", "off"),
    ])
    .await;
    let alice = server.user("alice").await;
    let change = async |body: Value| {
        let what = (Method::PUT, "/v1/users/me".to_owned(), body);
        asked(&server, &alice, &what, None).await
    };
    // Registering took one of this address.
    for number in 0..3 {
        let changed = change(json!({"phone_number": format!("+491111{number}")})).await;
        assert_eq!(changed.0, 200);
    }
    let once_more = change(json!({"phone_number": "+4922222"})).await;
    assert_eq!(once_more, refused(ErrorCode::RateLimitExceeded));
    assert_eq!(change(json!({"display_name": "Alice A."})).await.0, 200);
}
