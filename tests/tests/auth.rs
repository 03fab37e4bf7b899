//! Signing in and out, refresh tokens, passwords, devices: over HTTP, as clients see it.

use reqwest::Method;
use sentinal_client::{Client, ClientError};
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::accounts::{Device, Devices};
use sentinal_protocol::api::auth::{RefreshRequest, ResetPasswordRequest, Tokens};
use sentinal_tests::{TestServer, TestUser, until};
use serde_json::{Value, json};

fn refused<T>(answer: Result<T, ClientError>) -> ErrorCode {
    let error = answer.err().expect("a refusal");
    error.code().unwrap_or_else(|| panic!("no code: {error}"))
}

async fn post(client: &Client, path: &str, body: Value) -> Result<Value, ClientError> {
    client.call(Method::POST, path).body(&body).data().await
}

fn registration(name: &str) -> Value {
    json!({
        "email": format!("{name}@Example.com"),
        "username": name,
        "password": "correct horse battery",
        "device_id": "phone",
    })
}

/// Whether the client's access token still works.
async fn works(client: &Client) -> bool {
    match client
        .call(Method::GET, "/v1/users/me")
        .data::<Value>()
        .await
    {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.status(), Some(401));
            assert_eq!(error.code(), Some(ErrorCode::Unauthorized));
            false
        }
    }
}

#[tokio::test]
async fn registering_answers_everything_that_a_client_needs_to_go_on() {
    let server = TestServer::spawn().await;
    let client = server.stranger();
    let answer = post(&client, "/v1/auth/register", registration("alice"))
        .await
        .unwrap();
    assert_eq!(answer["user_id"], answer["user"]["id"]);
    assert_eq!(answer["user"]["email"], "alice@Example.com");
    assert_eq!(answer["user"]["display_name"], "alice");
    assert_eq!(answer["device_id"], "phone");
    for field in ["access_token", "refresh_token", "session_id", "expires_at"] {
        assert!(answer[field].is_string(), "{field}");
    }
    assert!(answer["expires_in"].as_u64().unwrap() > 3600);
}

#[tokio::test]
async fn an_identity_that_is_taken_is_named_whatever_its_letter_case() {
    let server = TestServer::spawn().await;
    let client = server.stranger();
    let mut first = registration("alice");
    first["phone_number"] = json!("+4912345678");
    post(&client, "/v1/auth/register", first).await.unwrap();
    for (field, value, code) in [
        ("email", "ALICE@example.COM", ErrorCode::EmailTaken),
        ("username", "Alice", ErrorCode::UsernameTaken),
        ("phone_number", "4912345678", ErrorCode::PhoneTaken),
    ] {
        let mut second = registration("bob");
        second[field] = json!(value);
        let answer = post(&client, "/v1/auth/register", second).await;
        assert_eq!(refused(answer), code);
    }
}

#[tokio::test]
async fn one_signs_in_by_any_identity_and_both_mistakes_look_the_same() {
    let server = TestServer::spawn().await;
    let client = server.stranger();
    let mut account = registration("alice");
    account["phone_number"] = json!("+4912345678");
    let registered = post(&client, "/v1/auth/register", account).await.unwrap();
    for identity in ["ALICE@example.com", "Alice", "+4912345678"] {
        let answer = client
            .sign_in(identity, "correct horse battery", "laptop")
            .await
            .unwrap();
        assert_eq!(json!(answer.user_id), registered["user_id"]);
        assert_eq!(answer.device_id, "laptop");
    }
    let wrong = client.sign_in("alice", "wrong password", "laptop").await;
    let unknown = client.sign_in("nobody", "wrong password", "laptop").await;
    let text = |error: ClientError| match error {
        ClientError::Api {
            status,
            code,
            error,
            ..
        } => (status, code, error),
        other => panic!("{other}"),
    };
    let (wrong, unknown) = (text(wrong.err().unwrap()), text(unknown.err().unwrap()));
    assert_eq!(wrong, unknown);
    assert_eq!((wrong.0, wrong.1.as_str()), (401, "INVALID_CREDENTIALS"));
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let token = alice.client.login().unwrap().access_token.clone();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a JWT has three parts");
    };
    // {"alg":"none","typ":"JWT"} and {"alg":"HS512","typ":"JWT"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let hs512 = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9";
    for bad in [
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{hs512}.{claims}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{}.{signature}", &claims[..claims.len() - 2]),
        format!("{header}.{claims}"),
        "garbage".to_owned(),
        "x".repeat(5_000),
    ] {
        let answer = reqwest::Client::new()
            .get(server.url("/v1/users/me"))
            .bearer_auth(&bad)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401, "{bad}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "UNAUTHORIZED");
    }
    assert!(works(&alice.client).await);
}

fn present(tokens: &Tokens) -> RefreshRequest {
    RefreshRequest {
        session_id: tokens.session_id,
        refresh_token: tokens.refresh_token.clone(),
    }
}

async fn signed_in(user: &TestUser, device: &str) -> (Client, Tokens) {
    let client = user.client.signed_out();
    let tokens = client
        .sign_in(&user.name, user.password(), device)
        .await
        .unwrap();
    (client, tokens)
}

#[tokio::test]
async fn a_lost_refresh_answer_is_given_again_and_an_old_copy_ends_the_session() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, zero) = signed_in(&alice, "laptop").await;
    let one = laptop.refresh_with(&present(&zero)).await.unwrap();
    assert_ne!(one.refresh_token, zero.refresh_token);
    assert_eq!(one.session_id, zero.session_id);
    assert_eq!(one.device_id, "laptop");
    let again = laptop.refresh_with(&present(&zero)).await.unwrap();
    assert_eq!(again.refresh_token, one.refresh_token);

    let two = laptop.refresh_with(&present(&one)).await.unwrap();
    laptop.refresh_with(&present(&two)).await.unwrap();
    assert!(works(&laptop).await);
    let copy = laptop.refresh_with(&present(&zero)).await;
    assert_eq!(refused(copy), ErrorCode::RefreshReused);
    assert!(!works(&laptop).await, "the whole login session has ended");
    let after = laptop.refresh_with(&present(&two)).await;
    assert_eq!(refused(after), ErrorCode::Unauthorized);
    assert!(works(&alice.client).await, "other sessions go on");
}

#[tokio::test]
async fn tabs_that_refresh_at_once_get_the_same_token() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, tokens) = signed_in(&alice, "laptop").await;
    let request = present(&tokens);
    let tabs = (0..8).map(|_| laptop.refresh_with(&request));
    let answers = futures_util::future::try_join_all(tabs).await.unwrap();
    for answer in &answers {
        assert_eq!(answer.refresh_token, answers[0].refresh_token);
    }
}

#[tokio::test]
async fn a_refresh_token_of_another_session_or_of_nobody_is_401() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, mine) = signed_in(&alice, "laptop").await;
    let (_, other) = signed_in(&alice, "tablet").await;
    for refresh_token in [other.refresh_token, "AAAA".to_owned()] {
        let request = RefreshRequest {
            session_id: mine.session_id,
            refresh_token,
        };
        let answer = laptop.refresh_with(&request).await;
        assert_eq!(refused(answer), ErrorCode::Unauthorized);
    }
    assert!(works(&laptop).await);
}

#[tokio::test]
async fn a_session_that_logs_out_ends_at_once_and_alone() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, tokens) = signed_in(&alice, "laptop").await;
    assert!(works(&laptop).await);
    post(&laptop, "/v1/auth/logout", json!({})).await.unwrap();
    assert!(!works(&laptop).await);
    let refresh = laptop.refresh_with(&present(&tokens)).await;
    assert_eq!(refused(refresh), ErrorCode::Unauthorized);
    assert!(works(&alice.client).await);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let (laptop, tokens) = signed_in(&alice, "laptop").await;
    let sessions = laptop.sessions().await.unwrap();
    let listed: Vec<_> = sessions
        .iter()
        .map(|session| (session.device_id.as_str(), session.is_current))
        .collect();
    assert_eq!(listed, [("laptop", true), ("alice-phone", false)]);
    assert_eq!(sessions[0].id, tokens.session_id);

    let theirs = tokens.session_id;
    let answer = bob.client.revoke_session(theirs).await;
    assert_eq!(refused(answer), ErrorCode::NotFound);
    let answer = bob.client.log_out_session(theirs).await;
    assert_eq!(refused(answer), ErrorCode::NotFound);
    assert!(works(&laptop).await);
    alice.client.revoke_session(theirs).await.unwrap();
    assert!(!works(&laptop).await);
    let again = alice.client.revoke_session(theirs).await;
    assert_eq!(refused(again), ErrorCode::NotFound);
}

#[tokio::test]
async fn other_sessions_or_all_of_them_end_at_once() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, _) = signed_in(&alice, "laptop").await;
    let (tablet, _) = signed_in(&alice, "tablet").await;
    laptop.revoke_other_sessions().await.unwrap();
    assert!(!works(&tablet).await);
    assert!(!works(&alice.client).await);
    assert!(works(&laptop).await);
    let (tablet, _) = signed_in(&alice, "tablet").await;
    post(&tablet, "/v1/auth/logout-all", json!({}))
        .await
        .unwrap();
    assert!(!works(&tablet).await);
    assert!(!works(&laptop).await);
}

#[tokio::test]
async fn signing_in_again_on_a_device_replaces_its_session() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (before, old) = signed_in(&alice, "laptop").await;
    let device = own_device(&before, "laptop").await.unwrap();
    let (after, new) = signed_in(&alice, "laptop").await;
    assert_ne!(old.session_id, new.session_id);
    assert!(!works(&before).await);
    assert_eq!(own_device(&after, "laptop").await.unwrap().id, device.id);
}

/// The token in the newest mail to this address.
async fn mailed_token(server: &TestServer, address: &str) -> String {
    until("a mail with a token", async || {
        let outbox = server.app().accounts.outbox();
        let mail = outbox.iter().rev().find(|mail| mail.to == address)?;
        let token = mail.text.lines().find(|line| line.len() == 43);
        Some(token.expect("a token in the mail").to_owned())
    })
    .await
}

#[tokio::test]
async fn a_forgotten_password_is_reset_once_by_mail_and_all_sessions_end() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let stranger = server.stranger();
    stranger
        .forgot_password("nobody@example.com")
        .await
        .unwrap();
    stranger.forgot_password("ALICE@example.com").await.unwrap();
    let token = mailed_token(&server, "alice@example.com").await;

    let reset = async |identity: &str, token: Option<&str>| {
        stranger
            .reset_password(&ResetPasswordRequest {
                identity: identity.to_owned(),
                token: token.map(str::to_owned),
                new_password: "another horse battery".to_owned(),
            })
            .await
    };
    let invalid = ErrorCode::ResetTokenInvalid;
    assert_eq!(refused(reset("alice", None).await), invalid);
    assert_eq!(refused(reset("alice", Some("guess")).await), invalid);
    assert_eq!(refused(reset("bob", Some(&token)).await), invalid);
    reset("alice", Some(&token)).await.unwrap();
    assert_eq!(refused(reset("alice", Some(&token)).await), invalid);

    assert!(!works(&alice.client).await);
    assert!(works(&bob.client).await);
    let old = stranger.sign_in("alice", alice.password(), "phone").await;
    assert_eq!(refused(old), ErrorCode::InvalidCredentials);
    stranger
        .sign_in("alice", "another horse battery", "phone")
        .await
        .unwrap();
}

#[tokio::test]
async fn changing_the_password_keeps_the_present_session_alone() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, _) = signed_in(&alice, "laptop").await;
    let answer = laptop
        .change_password("wrong password", "whatever else")
        .await;
    assert_eq!(refused(answer), ErrorCode::WrongPassword);
    assert!(
        works(&laptop).await,
        "a wrong password is no reason to log out"
    );
    laptop
        .change_password(alice.password(), "another horse battery")
        .await
        .unwrap();
    assert!(works(&laptop).await);
    assert!(!works(&alice.client).await);
    let old = alice
        .client
        .sign_in("alice", alice.password(), "phone")
        .await;
    assert_eq!(refused(old), ErrorCode::InvalidCredentials);
}

async fn own_device(client: &Client, name: &str) -> Result<Device, ClientError> {
    let path = format!("/v1/users/me/devices/{name}");
    client.call(Method::GET, &path).data().await
}

async fn own_devices(client: &Client) -> Vec<Device> {
    let call = client.call(Method::GET, "/v1/users/me/devices");
    call.data::<Devices>().await.unwrap().devices
}

#[tokio::test]
async fn an_own_device_answers_to_either_of_its_names_and_strangers_to_none() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let devices = own_devices(&alice.client).await;
    assert_eq!(devices.len(), 1);
    assert!(devices[0].is_current && devices[0].is_active);
    let id = devices[0].id.to_string();
    for name in ["alice-phone", id.as_str()] {
        let device = own_device(&alice.client, name).await.unwrap();
        assert_eq!(device.id, devices[0].id);
        let refusal = own_device(&bob.client, name).await;
        assert_eq!(refused(refusal), ErrorCode::NotFound);
        let path = format!("/v1/users/me/devices/{name}");
        let removal = bob.client.call(Method::DELETE, &path).done().await;
        assert_eq!(refused(removal), ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn a_removed_device_is_out_at_once_and_may_sign_in_anew() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (laptop, _) = signed_in(&alice, "laptop").await;
    let id = own_device(&laptop, "laptop").await.unwrap().id;
    let remove = async || {
        let path = format!("/v1/users/me/devices/{id}");
        alice.client.call(Method::DELETE, &path).done().await
    };
    remove().await.unwrap();
    assert!(!works(&laptop).await);
    assert_eq!(own_devices(&alice.client).await.len(), 1);
    assert_eq!(refused(remove().await), ErrorCode::NotFound);
    let (laptop, _) = signed_in(&alice, "laptop").await;
    assert_eq!(own_device(&laptop, "laptop").await.unwrap().id, id);
}

#[tokio::test]
async fn a_device_may_not_take_the_servers_name_of_another() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let id = own_devices(&alice.client).await[0].id.to_string();
    for name in [id.clone(), id.to_uppercase()] {
        let client = server.stranger();
        let answer = client.sign_in("bob", bob.password(), &name).await;
        assert_eq!(refused(answer), ErrorCode::Conflict);
    }
}

#[tokio::test]
async fn people_see_each_others_devices_to_encrypt_to() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    alice.another_device_without_keys("laptop").await;
    let path = format!("/v1/users/{}/devices", alice.id);
    let answer: Value = bob.client.call(Method::GET, &path).data().await.unwrap();
    let devices = answer["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices[0]["device_id"], "alice-phone");
    assert_eq!(devices[0]["has_keys"], true);
    assert!(devices[0]["identity_key"].is_string());
    assert_eq!(devices[1]["device_id"], "laptop");
    assert_eq!(devices[1]["has_keys"], false);
    assert!(devices[1].get("identity_key").is_none());
    let nobody = format!("/v1/users/{}/devices", uuid::Uuid::now_v7());
    let answer = bob.client.call(Method::GET, &nobody).done().await;
    assert_eq!(refused(answer), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_ticket_stands_for_its_session_once() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let ticket = alice.client.ticket().await.unwrap();
    assert_eq!(ticket.expires_in, 30);
    let caller = server
        .app()
        .accounts
        .redeem_ticket(&ticket.ticket)
        .await
        .unwrap();
    assert_eq!(caller.user_id, alice.id);
    assert_eq!(&*caller.device_name, "alice-phone");
    let again = server.app().accounts.redeem_ticket(&ticket.ticket).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::Unauthorized);

    let ticket = alice.client.ticket().await.unwrap();
    post(&alice.client, "/v1/auth/logout", json!({}))
        .await
        .unwrap();
    let late = server.app().accounts.redeem_ticket(&ticket.ticket).await;
    assert_eq!(late.unwrap_err().code, ErrorCode::Unauthorized);
}

#[tokio::test]
async fn without_a_token_every_door_is_closed() {
    let server = TestServer::spawn().await;
    let client = server.stranger();
    for (method, path) in [
        (Method::GET, "/v1/users/me"),
        (Method::GET, "/v1/auth/sessions"),
        (Method::POST, "/v1/auth/logout"),
        (Method::POST, "/v1/auth/logout-all"),
        (Method::POST, "/v1/auth/password/change"),
        (Method::POST, "/v1/auth/reauthenticate"),
        (Method::GET, "/v1/users/me/devices"),
        (Method::GET, "/v1/users/me/devices/phone"),
        (Method::DELETE, "/v1/users/me/devices/phone"),
        (Method::DELETE, "/v1/users/me/sessions"),
        (Method::DELETE, "/v1/users/me/sessions/nonsense"),
        (Method::GET, "/v1/users/nonsense/devices"),
        (Method::POST, "/v1/ws/ticket"),
    ] {
        let answer = client.call(method.clone(), path).done().await;
        assert_eq!(refused(answer), ErrorCode::Unauthorized, "{method} {path}");
    }
}
