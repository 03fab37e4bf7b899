//! E-mail addresses: proved by mailed codes, changed, and changed back by who had them before.

use std::time::Duration;

use reqwest::Method;
use sentinal_client::{Authenticate, ClientError, RawSocket};
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Clock, CloseCode, ErrorCode, Timestamp};
use sentinal_tests::{
    Contract, TestServer, TestUser, fetched, outcome, patiently, registration, request, until,
};
use serde_json::json;

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// What was mailed to an address, oldest first.
fn mails(server: &TestServer, address: &str) -> Vec<String> {
    let outbox = server.app().accounts.outbox();
    let to = outbox.into_iter().filter(|mail| mail.to == address);
    to.map(|mail| mail.text).collect()
}

/// The line of so many characters in the mail with this number to an address, once it is there.
async fn mailed(server: &TestServer, address: &str, number: usize, chars: usize) -> String {
    until("a mail", async || {
        let mails = mails(server, address);
        let line = mails.get(number)?.lines().find(|line| line.len() == chars);
        Some(line.expect("a secret in the mail").to_owned())
    })
    .await
}

/// The code in the mail with this number to an address.
async fn code(server: &TestServer, address: &str, number: usize) -> String {
    mailed(server, address, number, 8).await
}

/// The token in the mail with this number to an address.
async fn token(server: &TestServer, address: &str, number: usize) -> String {
    mailed(server, address, number, 43).await
}

/// Another code than this one.
fn wrong(code: &str) -> String {
    let digit = if code.starts_with('0') { '1' } else { '0' };
    format!("{digit}{}", &code[1..])
}

async fn wish(user: &TestUser, email: &str) -> Result<Me, ClientError> {
    let call = user.client.call(Method::PUT, "/v1/users/me");
    call.body(&json!({"email": email})).data().await
}

fn refused<T>(answer: Result<T, ClientError>) -> ErrorCode {
    answer.err().expect("a refusal").code().expect("a code")
}

/// Proves the address that somebody has, or changes it to another; `number` of its mails has the code.
async fn prove(server: &TestServer, user: &TestUser, email: &str, number: usize) -> Me {
    let me = user.client.me().await.unwrap();
    if me.email == email {
        user.client.request_email_code().await.unwrap();
    } else {
        wish(user, email).await.unwrap();
    }
    let code = code(server, email, number).await;
    user.client.verify_email(&code).await.unwrap()
}

#[tokio::test]
async fn another_address_takes_effect_when_it_is_proved() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    assert!(!alice.client.me().await.unwrap().email_verified);
    let me = wish(&alice, "alice@example.org").await.unwrap();
    assert_eq!(me.email, "alice@example.com");
    assert_eq!(me.pending_email.as_deref(), Some("alice@example.org"));
    let code = code(&server, "alice@example.org", 0).await;
    let stranger = server.stranger();
    let early = stranger.sign_in("alice@example.org", alice.password(), "tablet");
    assert_eq!(refused(early.await), ErrorCode::InvalidCredentials);

    let answer = alice.client.verify_email(&wrong(&code)).await;
    assert_eq!(refused(answer), ErrorCode::EmailCodeInvalid);
    let laptop = alice.another_device_without_keys("laptop").await;
    alice.connect().await;
    let me = laptop.client.verify_email(&code).await.unwrap();
    assert_eq!(
        (me.email.as_str(), me.pending_email),
        ("alice@example.org", None)
    );
    assert!(me.email_verified);
    alice.wait_for(EventKind::AccountChanged).await;
    let tokens = stranger.sign_in("ALICE@example.org", alice.password(), "tablet");
    assert!(tokens.await.unwrap().user.email_verified);
    // The one from before was not proved, so nobody is told and it is free.
    server.user("alice2").await;
    let mut again = registration("alice3");
    again.email = "alice@example.com".to_owned();
    server.stranger().register(&again).await.unwrap();
    assert!(mails(&server, "alice@example.com").is_empty());
    // A code is good once.
    let answer = alice.client.verify_email(&code).await;
    assert_eq!(refused(answer), ErrorCode::EmailCodeInvalid);
    let answer = alice.client.request_email_code().await;
    assert_eq!(refused(answer), ErrorCode::Conflict);
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_and_half_an_hour_until_there_is_a_newer_one() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let address = "alice@example.org";
    let invalid = ErrorCode::EmailCodeInvalid;
    wish(&alice, address).await.unwrap();
    let first = code(&server, address, 0).await;
    for _ in 0..5 {
        let answer = alice.client.verify_email(&wrong(&first)).await;
        assert_eq!(refused(answer), invalid);
    }
    assert_eq!(refused(alice.client.verify_email(&first).await), invalid);

    alice.client.request_email_code().await.unwrap();
    let second = code(&server, address, 1).await;
    clock.advance(30 * MINUTE);
    assert_eq!(refused(alice.client.verify_email(&second).await), invalid);

    alice.client.request_email_code().await.unwrap();
    let third = code(&server, address, 2).await;
    alice.client.request_email_code().await.unwrap();
    let fourth = code(&server, address, 3).await;
    assert_eq!(refused(alice.client.verify_email(&third).await), invalid);
    clock.advance(29 * MINUTE);
    let me = alice.client.verify_email(&fourth).await.unwrap();
    assert_eq!((me.email.as_str(), me.email_verified), (address, true));

    // Whoever wants the present one again wants no other.
    alice.client.reauthenticate(alice.password()).await.unwrap();
    wish(&alice, "other@example.org").await.unwrap();
    let other = code(&server, "other@example.org", 0).await;
    let me = wish(&alice, address).await.unwrap();
    assert_eq!((me.pending_email, me.email_verified), (None, true));
    assert_eq!(refused(alice.client.verify_email(&other).await), invalid);
    for nonsense in ["", "1234567", "123456789", "1234567x"] {
        let answer = alice.client.verify_email(nonsense).await;
        assert_eq!(refused(answer), ErrorCode::Validation);
    }
}

#[tokio::test]
async fn nobody_learns_whether_an_address_is_somebodys_but_its_owner() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let app = server.app();
    let addresses = ["Bob@example.com", "nobody@example.com"];
    let mut answers = addresses.map(|_| Vec::new());
    for _ in 0..5 {
        for (address, answers) in addresses.iter().zip(&mut answers) {
            let before = app.statements();
            let mut me = wish(&alice, address).await.unwrap();
            assert_eq!(me.pending_email.take().as_deref(), Some(*address));
            answers.push((app.statements() - before, json!(me)));
        }
    }
    // What runs beside asks now and then: the least is what a request takes.
    let [taken, free] = answers.map(|all| all.into_iter().min_by_key(|(asked, _)| *asked));
    assert_eq!(taken, free);

    wish(&alice, "Bob@example.com").await.unwrap();
    let code = code(&server, "Bob@example.com", 5).await;
    let answer = alice.client.verify_email(&wrong(&code)).await;
    assert_eq!(refused(answer), ErrorCode::EmailCodeInvalid);
    let answer = alice.client.verify_email(&code).await;
    assert_eq!(refused(answer), ErrorCode::EmailTaken);
    let me = alice.client.me().await.unwrap();
    assert_eq!(
        (me.email.as_str(), me.pending_email),
        ("alice@example.com", None)
    );
    assert_eq!(bob.client.me().await.unwrap().email, "bob@example.com");
}

/// Somebody who got into her account has changed the address, then the password, then the address again.
#[tokio::test]
async fn the_owner_of_a_proved_address_takes_the_account_back() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let (old, password) = ("alice@example.com", alice.password());
    assert!(prove(&server, &alice, old, 0).await.email_verified);
    clock.advance(MINUTE);
    prove(&server, &alice, "thief@example.org", 0).await;
    let mailed_token = token(&server, old, 1).await;
    clock.advance(MINUTE);
    let thief = &alice.client;
    thief
        .change_password(password, "the thief's password")
        .await
        .unwrap();
    prove(&server, &alice, "thief@example.net", 0).await;
    let thiefs_token = token(&server, "thief@example.org", 1).await;

    // The address is kept for her meanwhile.
    let bob = server.user("bob").await;
    let mut taking = registration("carol");
    taking.email = old.to_uppercase();
    let answer = server.stranger().register(&taking).await;
    assert_eq!(refused(answer), ErrorCode::EmailTaken);
    wish(&bob, old).await.unwrap();
    let answer = bob.client.verify_email(&code(&server, old, 2).await).await;
    assert_eq!(refused(answer), ErrorCode::EmailTaken);

    let stranger = server.stranger();
    clock.advance(71 * HOUR + 58 * MINUTE);
    let answer = stranger.undo_email("a guess", password).await;
    assert_eq!(refused(answer), ErrorCode::EmailUndoInvalid);
    let answer = stranger
        .undo_email(&mailed_token, "the thief's password")
        .await;
    assert_eq!(refused(answer), ErrorCode::WrongPassword);
    alice.client.refresh().await.unwrap();
    let mut socket = alice.raw_socket().await;
    patiently("hello", socket.wait_for(EventKind::Hello))
        .await
        .unwrap();
    stranger.undo_email(&mailed_token, password).await.unwrap();
    let (closed, _) = patiently("the close frame", socket.closed()).await;
    assert_eq!(closed, CloseCode::Unauthorized.number());
    assert_eq!(refused(thief.me().await), ErrorCode::Unauthorized);
    let answer = stranger
        .sign_in("alice", "the thief's password", "tablet")
        .await;
    assert_eq!(refused(answer), ErrorCode::InvalidCredentials);
    let tokens = stranger.sign_in(old, password, "tablet").await.unwrap();
    assert_eq!(
        (tokens.user.email.as_str(), tokens.user.email_verified),
        (old, true)
    );

    // Each token is good once, and what the thief could have undone is not undone.
    for (token, password) in [
        (&mailed_token, password),
        (&thiefs_token, "the thief's password"),
    ] {
        let answer = stranger.undo_email(token, password).await;
        assert_eq!(refused(answer), ErrorCode::EmailUndoInvalid);
    }
}

#[tokio::test]
async fn after_three_days_a_change_stays_and_the_old_address_is_free() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    let old = "alice@example.com";
    prove(&server, &alice, old, 0).await;
    prove(&server, &alice, "alice@example.org", 0).await;
    let undo = token(&server, old, 1).await;
    clock.advance(72 * HOUR);
    let answer = server.stranger().undo_email(&undo, alice.password()).await;
    assert_eq!(refused(answer), ErrorCode::EmailUndoInvalid);
    let mut again = registration("alice2");
    again.email = old.to_owned();
    server.stranger().register(&again).await.unwrap();
}

#[tokio::test]
async fn undoing_is_asked_for_in_the_bucket_of_registrations() {
    let limits = [("RATE_LIMIT", "on"), ("RATE_LIMIT_AUTH", "3/60s")];
    let server = TestServer::spawn_with(&limits).await;
    let stranger = server.stranger();
    for _ in 0..3 {
        let answer = stranger.undo_email("a guess", "a guess").await;
        assert_eq!(refused(answer), ErrorCode::EmailUndoInvalid);
    }
    let answer = stranger.undo_email("a guess", "a guess").await;
    assert_eq!(refused(answer), ErrorCode::RateLimitExceeded);
}

#[tokio::test]
async fn an_address_cannot_be_changed_faster_than_it_can_be_undone() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let alice = server.user("alice").await;
    prove(&server, &alice, "alice@example.com", 0).await;
    for number in 0..5 {
        clock.advance(MINUTE);
        prove(&server, &alice, &format!("alice{number}@example.org"), 0).await;
    }
    let once_more = "once-more@example.org";
    wish(&alice, once_more).await.unwrap();
    let code = code(&server, once_more, 0).await;
    let answer = alice.client.verify_email(&code).await;
    assert_eq!(refused(answer), ErrorCode::RateLimitExceeded);
    clock.advance(72 * HOUR);
    alice.client.refresh().await.unwrap();
    alice.client.request_email_code().await.unwrap();
    let code = mailed(&server, once_more, 1, 8).await;
    alice.client.verify_email(&code).await.unwrap();
}

#[tokio::test]
async fn mails_are_bounded_by_account_and_by_address() {
    let server = TestServer::spawn_with(&[
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_GENERAL", "off"),
    ])
    .await;
    let alice = server.user("alice").await;
    for number in 0..5 {
        wish(&alice, &format!("alice{number}@example.org"))
            .await
            .unwrap();
    }
    let exceeded = ErrorCode::RateLimitExceeded;
    assert_eq!(refused(wish(&alice, "alice5@example.org").await), exceeded);
    assert_eq!(refused(alice.client.request_email_code().await), exceeded);
    let target = "target@example.org";
    for number in 0..5 {
        let user = server.user(&format!("user{number}")).await;
        wish(&user, target).await.unwrap();
    }
    let one_more = server.user("one_more").await;
    assert_eq!(refused(wish(&one_more, target).await), exceeded);
    assert_eq!(one_more.client.me().await.unwrap().pending_email, None);
    until("all mails", async || {
        (mails(&server, target).len() == 5).then_some(())
    })
    .await;
}

/// What somebody may do who has yet to prove their address; the rest of the API is closed to them.
const ALLOWED: [&str; 6] = [
    "GET /v1/users/me",
    "DELETE /v1/users/me",
    "POST /v1/users/me/email/code",
    "POST /v1/users/me/email/verify",
    "POST /v1/auth/logout",
    "POST /v1/auth/reauthenticate",
];

#[tokio::test]
async fn where_it_is_required_an_unproved_account_may_only_prove_itself_or_go() {
    let server = TestServer::spawn_with(&[("REGISTRATION_EMAIL", "required")]).await;
    let client = server.stranger();
    let tokens = client.register(&registration("alice")).await.unwrap();
    assert!(!tokens.user.email_verified);
    let refusal = (403, "EMAIL_UNVERIFIED".to_owned());
    let mut allowed = Vec::new();
    for operation in Contract::get().operations() {
        if !operation.authenticated {
            continue;
        }
        let route = format!("{} {}", operation.method, operation.path);
        if ALLOWED.contains(&route.as_str()) {
            allowed.push(route);
            continue;
        }
        let nobody = uuid::Uuid::now_v7().to_string();
        let mut path = operation.path.clone();
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, &nobody);
        }
        let method: Method = operation.method.parse().unwrap();
        if route == "GET /v1/ws" {
            continue;
        }
        let mut asked = request(&server, None, method.clone(), &path);
        asked = asked.bearer_auth(&tokens.access_token);
        if method == Method::POST {
            // A layer before the handler asks who calls then.
            asked = asked.header("Idempotency-Key", "key");
        }
        if method == Method::HEAD {
            assert_eq!(fetched(asked).await.status(), 403, "{route}");
        } else {
            assert_eq!(outcome(asked).await, refusal, "{route}");
        }
    }
    assert_eq!(allowed.len(), ALLOWED.len(), "{allowed:?}");

    // No socket either, whichever way.
    let ways = [
        Authenticate::Header,
        Authenticate::Query,
        Authenticate::Subprotocol,
        Authenticate::FirstFrame,
    ];
    for way in ways {
        match patiently("connecting", RawSocket::connect(&client, way)).await {
            Ok(mut socket) => {
                let (code, _) = patiently("the close frame", socket.closed()).await;
                assert_eq!(code, CloseCode::EmailUnverified.number());
            }
            Err(error) => assert_eq!(error.status(), Some(403), "{error}"),
        }
    }

    client.me().await.unwrap();
    client
        .reauthenticate("correct horse battery")
        .await
        .unwrap();
    client.request_email_code().await.unwrap();
    let code = code(&server, "alice@example.com", 1).await;
    assert!(client.verify_email(&code).await.unwrap().email_verified);
    client.devices().await.unwrap();

    let bob = server.stranger();
    bob.register(&registration("bob")).await.unwrap();
    bob.delete_account().await.unwrap();
    let carol = server.stranger();
    carol.register(&registration("carol")).await.unwrap();
    carol.log_out().await.unwrap();
}

#[tokio::test]
async fn registration_mails_a_code_where_it_is_wanted() {
    for (setting, expected) in [("off", 0), ("optional", 1), ("required", 1)] {
        let server = TestServer::spawn_with(&[("REGISTRATION_EMAIL", setting)]).await;
        let client = server.stranger();
        client.register(&registration("alice")).await.unwrap();
        let address = "alice@example.com";
        if expected == 0 {
            // Who wants to may prove it all the same.
            client.request_email_code().await.unwrap();
        } else if setting == "optional" {
            client.devices().await.unwrap();
        }
        let code = code(&server, address, 0).await;
        assert!(client.verify_email(&code).await.unwrap().email_verified);
        assert_eq!(mails(&server, address).len(), 1);
        // Refused registrations mail nothing.
        let again = server.stranger().register(&registration("alice")).await;
        assert_eq!(refused(again), ErrorCode::EmailTaken);
        assert_eq!(mails(&server, address).len(), 1);
    }
}

#[tokio::test]
async fn without_a_way_to_send_mail_another_address_takes_effect_at_once_and_unproved() {
    let server = TestServer::spawn_with(&[
        ("APP_MODE", "release"),
        ("RATE_LIMIT", "on"),
        ("BCRYPT_COST", "10"),
        (
            "JWT_SECRET",
            "an-integration-test-secret-of-48-characters-0123",
        ),
    ])
    .await;
    let (alice, _bob) = (server.user("alice").await, server.user("bob").await);
    let me = wish(&alice, "alice@example.org").await.unwrap();
    assert_eq!(
        (me.email.as_str(), me.email_verified),
        ("alice@example.org", false)
    );
    assert_eq!(
        refused(wish(&alice, "Bob@example.com").await),
        ErrorCode::EmailTaken
    );
    let answer = alice.client.request_email_code().await;
    assert_eq!(refused(answer), ErrorCode::MailNotConfigured);
}
