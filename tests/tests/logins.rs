//! Login sessions that end while in use, and attempts to sign in that are counted.

use std::time::Duration;

use reqwest::Method;
use sentinal_client::{Client, ClientError, RawSocket};
use sentinal_protocol::api::auth::RefreshRequest;
use sentinal_protocol::event::{EventKind, SessionNew};
use sentinal_protocol::{Clock, CloseCode, ErrorCode, Timestamp};
use sentinal_tests::{Said, TestServer, TestUser, answered, patiently, request, until};
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
    let told = told.says::<SessionNew>();
    assert_eq!(told.user_id, alice.id);
    let id = laptop.client.login().unwrap().session_id;
    assert_eq!(told.session.id, id);
    assert_eq!(told.session.device_id, "laptop");
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
        ("RATE_LIMIT", "on"),
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

/// A copy of a refresh token that its owner has used, and what a thief gets for it.
struct Stolen {
    copy: RefreshRequest,
    thief: Client,
}

impl Stolen {
    fn from(server: &TestServer, user: &TestUser) -> Self {
        let login = user.client.login().unwrap();
        Self {
            copy: RefreshRequest {
                session_id: login.session_id,
                refresh_token: login.refresh_token.clone(),
            },
            thief: server.stranger(),
        }
    }

    async fn present(&self) -> Result<(), ErrorCode> {
        let answer = self.thief.refresh_with(&self.copy).await;
        answer.map(drop).map_err(|error| error.code().unwrap())
    }
}

/// Uses an access token that came with the refresh token of this number, and waits until that is
/// written down.
async fn use_access_token(server: &TestServer, client: &Client, generation: u64) {
    client.me().await.unwrap();
    let session = client.login().unwrap().session_id;
    let app = server.app();
    until("the first use of an access token", async || {
        let login = app
            .live
            .node
            .store
            .find_live_login(session, app.clock().now());
        let used = login.await.unwrap().unwrap().access_generation;
        (used == Some(generation)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stolen_refresh_token_that_polls_is_found_out() {
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let stolen = Stolen::from(&server, &alice);
    let open = socket(&alice).await;
    alice.client.refresh().await.unwrap();
    // Nothing of the successor was used: for all the server knows its answer was lost.
    clock.advance(Duration::from_hours(1));
    stolen.present().await.unwrap();

    // The owner goes on, with an access token only.
    use_access_token(&server, &alice.client, 1).await;
    clock.advance(Duration::from_mins(10));
    stolen.present().await.unwrap();
    clock.advance(Duration::from_millis(1));
    assert_eq!(stolen.present().await, Err(ErrorCode::RefreshReused));
    closes_with(open, CloseCode::Unauthorized).await;
    let after = alice.client.me().await.unwrap_err();
    assert_eq!(after.code(), Some(ErrorCode::Unauthorized));
}

/// Also a thief who is first: the owner's token is the copy then.
#[tokio::test]
async fn a_thief_who_goes_on_is_found_out_by_the_owner() {
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let thief = server.stranger();
    thief.set_login(alice.client.login().map(|login| (*login).clone()));
    thief.refresh().await.unwrap();
    use_access_token(&server, &thief, 1).await;
    clock.advance(Duration::from_mins(11));
    let refused = alice.client.refresh().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::RefreshReused));
    let after = thief.me().await.unwrap_err();
    assert_eq!(after.code(), Some(ErrorCode::Unauthorized));
}

#[tokio::test]
async fn each_presentation_of_a_refresh_token_shows_in_the_lists_of_sessions_and_devices() {
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let settings = [("TRUSTED_PROXIES", "127.0.0.1")];
    let server = TestServer::spawn_at(clock.clone(), &settings).await;
    let alice = server.user("alice").await;
    let listed = async || {
        let sessions = alice.client.sessions().await.unwrap();
        let [session] = &sessions[..] else {
            panic!("one session: {sessions:?}");
        };
        let shown = (session.presented_at, session.presented_from.clone());
        let devices = alice.client.devices().await.unwrap();
        let device = (devices[0].presented_at, devices[0].presented_from.clone());
        assert_eq!((devices.len(), &device), (1, &shown));
        shown
    };
    assert_eq!(listed().await, (None, None));
    let login = alice.client.login().unwrap();
    let copy = json!({"session_id": login.session_id, "refresh_token": login.refresh_token});
    for from in ["192.0.2.1", "192.0.2.2"] {
        clock.advance(Duration::from_mins(1));
        let asked = request(&server, None, Method::POST, "/v1/auth/refresh").json(&copy);
        let (status, _) = answered(asked.header("X-Forwarded-For", from)).await;
        assert_eq!(status, 200);
        assert_eq!(listed().await, (Some(clock.now()), Some(from.to_owned())));
    }
}
