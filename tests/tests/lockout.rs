//! Attempts to sign in: what is counted together, and who is kept out by it.

use futures_util::future::join_all;
use reqwest::{Method, Response};
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::auth::RefreshRequest;
use sentinal_tests::{TestServer, TestUser, outcome, request};
use serde_json::{Value, json};

/// Three failures a minute at one account from one network, sixty over all.
const LIMITS: [(&str, &str); 4] = [
    ("RATE_LIMIT", "on"),
    ("RATE_LIMIT_AUTH", "3/1h"),
    ("RATE_LIMIT_GENERAL", "off"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
];
const HERE: &str = "192.0.2.1";

/// A login as a device that calls itself `phone`.
struct Login<'a> {
    server: &'a TestServer,
    from: &'a str,
    device_token: Option<String>,
}

impl<'a> Login<'a> {
    fn from(server: &'a TestServer, from: &'a str) -> Self {
        Self {
            server,
            from,
            device_token: None,
        }
    }

    fn with(server: &'a TestServer, from: &'a str, device_token: &str) -> Self {
        Self {
            device_token: Some(device_token.to_owned()),
            ..Self::from(server, from)
        }
    }

    fn request(&self, identity: &str, password: &str) -> reqwest::RequestBuilder {
        let mut body = json!({
            "identity": identity, "password": password, "device_id": "phone",
        });
        if let Some(token) = &self.device_token {
            body["device_token"] = json!(token);
        }
        request(self.server, None, Method::POST, "/v1/auth/login")
            .header("X-Forwarded-For", self.from)
            .json(&body)
    }

    async fn status(&self, identity: &str, password: &str) -> u16 {
        outcome(self.request(identity, password)).await.0
    }

    async fn succeeds(&self, identity: &str, password: &str) -> Value {
        let answer = self.request(identity, password).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        body["data"].clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn has_phone_number(user: &TestUser, number: &str) {
    let body = json!({"phone_number": number});
    let changed = user.client.call(Method::PUT, "/v1/users/me").body(&body);
    changed.done().await.unwrap();
}

#[tokio::test]
async fn the_identities_of_an_account_are_one_and_so_are_the_forms_of_one_that_nobody_has() {
    let server = TestServer::spawn_with(&LIMITS).await;
    let alice = server.user("alice").await;
    has_phone_number(&alice, "+49 1555 0123").await;
    let mallory = Login::from(&server, HERE);
    for (identities, right) in [
        (
            [
                "alice@example.com",
                " ALICE",
                "+4915550123",
                "4915550123",
                "(49) 1555-0123",
                "alice",
            ],
            alice.password(),
        ),
        (
            [
                "+4915559999",
                "49 1555 9999",
                " 4915559999",
                "+49-1555-9999",
                "(49)15559999",
                "49.1555.9999",
            ],
            "there is no right one",
        ),
    ] {
        let mut answers = Vec::new();
        for identity in identities {
            answers.push(mallory.status(identity, "a wrong guess").await);
        }
        assert_eq!(answers, [401, 401, 401, 429, 429, 429], "{identities:?}");
        assert_eq!(mallory.status(identities[0], right).await, 429);
    }
    let elsewhere = Login::from(&server, "198.51.100.1");
    assert_eq!(elsewhere.status("alice", alice.password()).await, 200);
}

fn quota(answer: Response) -> Vec<String> {
    ["limit", "remaining", "bucket"]
        .map(|name| {
            let header = &answer.headers()[format!("x-ratelimit-{name}")];
            header.to_str().unwrap().to_owned()
        })
        .to_vec()
}

/// What others have tried at an account does not show, and neither does whether there is one.
#[tokio::test]
async fn an_answer_shows_the_bucket_of_its_own_address() {
    let server = TestServer::spawn_with(&LIMITS).await;
    server.user("alice").await;
    for last in 1..10 {
        let from = format!("198.51.100.{last}");
        Login::from(&server, &from).status("alice", "wrong").await;
    }
    for (number, identity) in ["alice", "bob", "nobody"].into_iter().enumerate() {
        let from = format!("192.0.2.{number}");
        let login = Login::from(&server, &from);
        for remaining in ["59", "58", "57"] {
            let answer = login.request(identity, "wrong").send().await.unwrap();
            assert_eq!(answer.status(), 401);
            assert_eq!(quota(answer), ["60", remaining, "auth"], "{identity}");
        }
        // Refused for what was tried at it, and shown what the address has.
        let answer = login.request(identity, "wrong").send().await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(quota(answer)[0], "60", "{identity}");
    }
}

/// She signed in, and out again; now somebody in her café guesses at her account, and at others.
#[tokio::test]
async fn others_do_not_lock_out_a_device_that_was_signed_in_before() {
    let server = TestServer::spawn_with(&LIMITS).await;
    let alice = server.user("alice").await;
    let right = alice.password();
    let signed_in = Login::from(&server, HERE).succeeds("alice", right).await;
    let token = text(&signed_in["device_token"]);
    let logged_out = request(&server, None, Method::POST, "/v1/auth/logout")
        .bearer_auth(signed_in["access_token"].as_str().unwrap());
    assert_eq!(outcome(logged_out).await.0, 200);

    let mallory = Login::from(&server, HERE);
    while mallory.status("alice", "a wrong guess").await == 401 {}
    for number in 0..60 {
        mallory.status(&format!("nobody{number}"), "wrong").await;
    }
    assert_eq!(mallory.status("alice", right).await, 429);
    let hers = Login::with(&server, HERE, &token);
    for _ in 0..10 {
        assert_eq!(hers.status("alice", right).await, 200);
    }
    // Her own mistakes are counted, and nobody else's.
    for expected in [401, 401, 401, 429] {
        assert_eq!(hers.status("alice", "a wrong guess").await, expected);
    }
}

#[tokio::test]
async fn a_device_token_is_good_for_its_account_device_and_password_only() {
    let server = TestServer::spawn_with(&LIMITS).await;
    let alice = server.user("alice").await;
    server.user("bob").await;
    let right = alice.password();
    let of = |signed_in: &Value| text(&signed_in["device_token"]);
    let hers = of(&Login::from(&server, HERE).succeeds("alice", right).await);
    let his = of(&Login::from(&server, HERE).succeeds("bob", right).await);
    let mallory = Login::from(&server, HERE);
    while mallory.status("alice", "a wrong guess").await == 401 {}

    // Somebody else's, made up, or on another device: counted like anybody.
    for token in [his.as_str(), "made up", &hers[1..]] {
        let login = Login::with(&server, HERE, token);
        assert_eq!(login.status("alice", right).await, 429, "{token}");
    }
    let mut other = json!({"identity": "alice", "password": right, "device_id": "tablet"});
    other["device_token"] = json!(hers);
    let other = request(&server, None, Method::POST, "/v1/auth/login")
        .header("X-Forwarded-For", HERE)
        .json(&other);
    assert_eq!(outcome(other).await.0, 429);

    // The password is another one: the token says nothing any more, until the device has a new one.
    let login = Login::with(&server, HERE, &hers);
    let signed_in = login.succeeds("alice", right).await;
    let change = json!({"current_password": right, "new_password": "another horse battery"});
    let changed = request(&server, None, Method::POST, "/v1/auth/password/change")
        .bearer_auth(signed_in["access_token"].as_str().unwrap())
        .json(&change);
    assert_eq!(outcome(changed).await.0, 200);
    let new = "another horse battery";
    assert_eq!(login.status("alice", new).await, 429);
    let refreshed = server
        .stranger()
        .refresh_with(&RefreshRequest {
            session_id: text(&signed_in["session_id"]).parse().unwrap(),
            refresh_token: text(&signed_in["refresh_token"]),
        })
        .await
        .unwrap();
    let login = Login::with(&server, HERE, &refreshed.device_token);
    let signed_in = login.succeeds("alice", new).await;

    // The device is removed.
    let laptop = alice_signs_in(&server, "laptop", new).await;
    let removed = request(&server, None, Method::DELETE, "/v1/users/me/devices/phone");
    assert_eq!(outcome(removed.bearer_auth(&laptop)).await.0, 200);
    let login = Login::with(&server, HERE, &of(&signed_in));
    assert_eq!(login.status("alice", new).await, 429);
}

/// Signs in from an address where nobody has guessed; the access token.
async fn alice_signs_in(server: &TestServer, device: &str, password: &str) -> String {
    let body = json!({"identity": "alice", "password": password, "device_id": device});
    let answer = request(server, None, Method::POST, "/v1/auth/login")
        .header("X-Forwarded-For", "198.51.100.1")
        .json(&body);
    let answer: Value = answer.send().await.unwrap().json().await.unwrap();
    text(&answer["data"]["access_token"])
}

fn registration(name: &str, from: &str) -> Value {
    json!({"email": format!("{name}@example.com"), "username": name, "device_id": from,
        "password": "correct horse battery"})
}

#[tokio::test]
async fn so_many_accounts_are_made_from_one_network_a_day() {
    let limits = [
        ("RATE_LIMIT", "on"),
        ("RATE_LIMIT_AUTH", "off"),
        ("RATE_LIMIT_REGISTRATIONS", "2/24h"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let server = TestServer::spawn_with(&limits).await;
    let register = async |name: &str, from: &str| {
        let asked = request(&server, None, Method::POST, "/v1/auth/register")
            .header("X-Forwarded-For", from)
            .json(&registration(name, from));
        outcome(asked).await.0
    };
    assert_eq!(register("alice", "2001:db8::1").await, 201);
    // What was not made is not counted.
    for _ in 0..3 {
        assert_eq!(register("alice", "2001:db8::1").await, 409);
    }
    assert_eq!(register("bob", "2001:db8::2").await, 201);
    assert_eq!(register("carol", "2001:db8::3").await, 429);
    assert_eq!(register("carol", "2001:db8:0:1::1").await, 201);
}

#[tokio::test]
async fn refresh_tokens_that_are_nobodys_are_counted_by_their_address() {
    let server = TestServer::spawn_with(&LIMITS).await;
    let alice = server.user("alice").await;
    let login = alice.client.login().unwrap();
    let refresh = async |token: &str, from: &str| {
        let body = json!({"session_id": login.session_id, "refresh_token": token});
        let asked = request(&server, None, Method::POST, "/v1/auth/refresh")
            .header("X-Forwarded-For", from)
            .json(&body);
        outcome(asked).await.0
    };
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(refresh("made up", HERE).await);
    }
    assert_eq!(answers, [401, 401, 401, 429]);
    // Her session has its own count, whoever shares her address.
    assert_eq!(refresh(&login.refresh_token, HERE).await, 200);
}

/// Passwords take a core each. A flood of them from one network is refused for the most part; a login
/// from elsewhere has its turn.
#[tokio::test]
async fn a_flood_of_logins_keeps_no_other_network_waiting() {
    let settings = [("BCRYPT_COST", "7"), ("TRUSTED_PROXIES", "127.0.0.1")];
    let server = TestServer::spawn_with(&settings).await;
    let alice = server.user("alice").await;
    // One client: making two hundred takes longer than a connection waits for its request.
    let client = server.stranger();
    let log_in = async |from: &str, identity: String, password: &str| {
        let body = json!({"identity": identity, "password": password, "device_id": "phone"});
        let login = client.call(Method::POST, "/v1/auth/login").body(&body);
        let answer = login.header("X-Forwarded-For", from).done().await;
        answer.map_err(|error| error.code().unwrap())
    };
    let flood = join_all((0..200).map(|number| log_in(HERE, format!("nobody{number}"), "wrong")));
    let owner = async {
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(log_in("198.51.100.1", alice.name.clone(), alice.password()).await);
        }
        answers
    };
    let (flood, owner) = tokio::join!(flood, owner);
    assert_eq!(owner, [Ok(()), Ok(()), Ok(())]);
    assert!(flood.contains(&Err(ErrorCode::InvalidCredentials)));
    assert!(
        flood.contains(&Err(ErrorCode::Overloaded)),
        "there was a flood"
    );
}
