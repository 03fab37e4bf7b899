//! Login sessions that end while in use, and attempts to sign in that are counted.

use reqwest::Method;
use sentinal_client::{Client, ClientError, RawSocket};
use sentinal_protocol::api::auth::RefreshRequest;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{CloseCode, ErrorCode};
use sentinal_tests::{TestServer, TestUser, patiently, until};
use serde_json::json;

/// A socket of this device that has been greeted.
async fn socket(user: &TestUser) -> RawSocket {
    let mut socket = user.raw_socket().await;
    let hello = patiently("hello", socket.wait_for(EventKind::Hello)).await;
    hello.expect("hello");
    socket
}

async fn closes_with(mut socket: RawSocket, code: CloseCode) {
    let (number, _) = patiently("the close frame", socket.closed()).await;
    assert_eq!(number, code.number());
}

#[tokio::test]
async fn the_sockets_of_a_login_session_close_when_it_ends() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;

    let laptop = alice.another_device_without_keys("laptop").await;
    let open = socket(&laptop).await;
    laptop.client.log_out().await.unwrap();
    closes_with(open, CloseCode::Unauthorized).await;

    let laptop = alice.another_device_without_keys("laptop").await;
    let open = socket(&laptop).await;
    let again = alice.another_device_without_keys("laptop").await;
    closes_with(open, CloseCode::Unauthorized).await;

    let open = socket(&again).await;
    let session = again.client.login().unwrap().session_id;
    alice.client.revoke_session(session).await.unwrap();
    closes_with(open, CloseCode::Unauthorized).await;

    let laptop = alice.another_device_without_keys("laptop").await;
    let (theirs, own) = (socket(&laptop).await, socket(&alice).await);
    alice
        .client
        .change_password(alice.password(), "another horse battery")
        .await
        .unwrap();
    closes_with(theirs, CloseCode::Unauthorized).await;
    alice.client.log_out_everywhere().await.unwrap();
    closes_with(own, CloseCode::Unauthorized).await;
}

#[tokio::test]
async fn the_sockets_of_a_removed_device_are_told_so() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device("laptop").await;
    let (theirs, mut own) = (socket(&laptop).await, socket(&alice).await);
    let path = "/v1/users/me/devices/laptop";
    alice
        .client
        .call(Method::DELETE, path)
        .done()
        .await
        .unwrap();
    closes_with(theirs, CloseCode::DeviceRemoved).await;
    own.ping().await.unwrap();
}

#[tokio::test]
async fn a_thief_of_a_refresh_token_brings_down_the_socket_too() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let open = socket(&alice).await;
    let stolen = alice.client.login().unwrap();
    for _ in 0..3 {
        alice.client.refresh().await.unwrap();
    }
    let copy = RefreshRequest {
        session_id: stolen.session_id,
        refresh_token: stolen.refresh_token.clone(),
    };
    let answer = server.stranger().refresh_with(&copy).await;
    assert_eq!(answer.err().unwrap().code(), Some(ErrorCode::RefreshReused));
    closes_with(open, CloseCode::Unauthorized).await;
}

#[tokio::test]
async fn other_devices_hear_of_a_new_login() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let mut open = socket(&alice).await;
    let laptop = alice.another_device_without_keys("laptop").await;
    let told = patiently("session:new", open.wait_for(EventKind::SessionNew)).await;
    let told = told.unwrap();
    assert_eq!(told.user_id, Some(alice.id));
    let session = &told.fields["session"];
    let id = laptop.client.login().unwrap().session_id;
    assert_eq!(session["id"], json!(id));
    assert_eq!(session["device_id"], "laptop");
}

async fn attempt(
    client: &Client,
    who: &str,
    password: &str,
    from: &str,
) -> Result<(), ClientError> {
    let body = json!({"identity": who, "password": password, "device_id": "d"});
    client
        .call(Method::POST, "/v1/auth/login")
        .header("X-Forwarded-For", from)
        .body(&body)
        .done()
        .await
}

#[tokio::test]
async fn failures_are_counted_per_identity_and_address_and_lock_nobody_else_out() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "3/60s"),
        ("RATE_LIMIT_GENERAL", "off"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let alice = server.user("alice").await;
    server.user("bob").await;
    let client = server.stranger();
    let (here, there) = ("192.0.2.1", "192.0.2.2");
    let right = alice.password();

    for _ in 0..6 {
        attempt(&client, "alice", right, here).await.unwrap();
    }
    for _ in 0..3 {
        let wrong = attempt(&client, "alice", "a wrong guess", here).await;
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong.code(), Some(ErrorCode::InvalidCredentials));
    }
    let locked = attempt(&client, "ALICE", right, here).await.unwrap_err();
    assert_eq!(locked.code(), Some(ErrorCode::RateLimitExceeded));
    attempt(&client, "alice", right, there).await.unwrap();
    attempt(&client, "bob", right, here).await.unwrap();
}

#[tokio::test]
async fn without_a_way_to_send_mail_a_release_server_says_so() {
    let server = TestServer::spawn_with(&[
        ("APP_MODE", "release"),
        (
            "JWT_SECRET",
            "an-integration-test-secret-of-48-characters-0123",
        ),
    ])
    .await;
    let answer = server.stranger().forgot_password("alice").await;
    let code = answer.unwrap_err().code();
    assert_eq!(code, Some(ErrorCode::MailNotConfigured));
}

/// A device that goes on with its login is seen, by its requests and by its sockets.
#[tokio::test]
async fn a_login_in_use_is_noted_once_a_minute_and_with_each_socket() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let laptop = alice.another_device_without_keys("laptop").await;
    let long_ago = "UPDATE login_sessions SET last_active_at = 1".to_owned();
    let unseen = "UPDATE devices SET last_seen_at = 1".to_owned();
    server.database().db_execute(&[long_ago, unseen]).await;
    let open = socket(&laptop).await;
    let year = |at: sentinal_protocol::Timestamp| at.to_string()[..4].parse::<i32>().unwrap();
    until("both devices seen", async || {
        // Asking is a use as well.
        let (sessions, devices) = (alice.client.sessions().await, alice.client.devices().await);
        let seen = sessions
            .unwrap()
            .iter()
            .all(|it| year(it.last_active) > 2000)
            && devices
                .unwrap()
                .iter()
                .all(|it| it.last_active.is_some_and(|at| year(at) > 2000));
        seen.then_some(())
    })
    .await;
    drop(open);
}
