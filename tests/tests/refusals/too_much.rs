//! More than the server can do now is refused at once, and what was taken is settled.

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use sentinal_actors::journal::{BoxFuture, Changed, OWN_LEN, QUEUE_LEN};
use sentinal_protocol::api::broadcasts::{CreateBroadcastRequest, SendBroadcastRequest};
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_protocol::{Base64, ErrorCode, UserId};
use sentinal_store::StoreError;
use sentinal_tests::{TestServer, TestUser, Wire, outcome, request, until};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{asked, refused};

/// Bytes of one ciphertext, which is as long as one may be.
const CIPHERTEXT_BYTES: usize = 96 * 1024;
/// More sends of sixteen such ciphertexts than the journal lets wait.
const SENDS: usize = 60;

/// The database does not commit: what waits is bounded, whoever waits too long is told that it is
/// not known, and once the database goes on everything is settled under the same keys.
#[tokio::test]
async fn a_database_that_stands_still_fills_a_bounded_queue_and_loses_nothing() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    for number in 1..16 {
        bob.another_device(&format!("bob-{number}")).await;
    }
    let written = alice.send_text(chat, 1).await;
    let list = CreateBroadcastRequest {
        name: "news".to_owned(),
        description: None,
        recipients: vec![bob.id],
        owner_id: None,
    };
    let list = alice.client.create_broadcast(&list).await.unwrap();
    let list = list.broadcast.id;
    let mut large = alice.message(chat, 2).await;
    for ciphertext in &mut large.ciphertexts {
        ciphertext.ciphertext = Base64(vec![7; CIPHERTEXT_BYTES]);
    }
    let broadcast = |key: &str| SendBroadcastRequest {
        ciphertexts: large.ciphertexts.clone(),
        message_type: None,
        client_message_id: Some(key.to_owned()),
        idempotency_key: None,
    };
    let post = |path: &str, body: Value| {
        outcome(request(&server, Some(&alice), Method::POST, path).json(&body))
    };
    let broadcasts = format!("/v1/broadcasts/{list}/messages");
    let edit = format!("/v1/messages/{}", written.id);
    let edited = json!({"ciphertexts": large.ciphertexts});
    let put = |body: &Value| outcome(request(&server, Some(&alice), Method::PUT, &edit).json(body));

    let hold = server.database().db_hold_writes().await;
    // Made once: what a test spends on JSON the server's deadline for bodies runs on.
    large.client_message_id = Some("send-".to_owned());
    let template = json!(large).to_string();
    let post_number = |number: usize| {
        let body = template.replace("\"send-\"", &format!("\"send-{number}\""));
        let asked = request(&server, Some(&alice), Method::POST, "/v1/messages");
        outcome(asked.header(CONTENT_TYPE, "application/json").body(body))
    };
    let unsettled = refused(503, "UNSETTLED");
    let overloaded = refused(503, "OVERLOADED");
    let early = async { tokio::join!(put(&edited), post(&broadcasts, json!(broadcast("early")))) };
    let flood = async {
        // The early ones are in the queue before it is full.
        until("two wait", async || {
            (server.app().waiting_changes() >= 2).then_some(())
        })
        .await;
        let is_full = Notify::new();
        let sends = join_all((0..SENDS).map(async |number| {
            let answer = post_number(number).await;
            if answer == overloaded {
                is_full.notify_one();
            }
            answer
        }));
        let late = async {
            is_full.notified().await;
            tokio::join!(put(&edited), post(&broadcasts, json!(broadcast("late"))))
        };
        tokio::join!(sends, late)
    };
    let (early, (sent, late)) = tokio::join!(early, flood);
    // Which 503 it is depends on how fast the machine is: whether a request waits for a commit, or has
    // spent its time before.
    assert_eq!((early.0.0, early.1.0), (503, 503), "{early:?}");
    let count = |wanted: &(u16, String)| sent.iter().filter(|it| *it == wanted).count();
    assert!(count(&unsettled) > 0, "{sent:?}");
    assert!(count(&overloaded) > 0, "{sent:?}");
    assert!(sent.iter().all(|it| it.0 == 503), "{sent:?}");
    assert_eq!((late.0.0, late.1.0), (503, 503), "{late:?}");
    hold.release().await;

    // Again under their keys: those that were taken are answered as they were stored, the others
    // are stored now.
    until("what waits is committed", async || {
        (server.app().waiting_changes() == 0).then_some(())
    })
    .await;
    for number in 0..SENDS {
        let (status, code) = post_number(number).await;
        assert!([200, 201].contains(&status), "{number}: {code}");
    }
    let sequence = alice.client.sequence(chat).await.unwrap().last_sequence;
    assert!(sequence > SENDS as u64, "{sequence}");
}

/// What waits for the journal is bounded: whoever comes when it is full is told so at once, by whatever
/// way.
#[tokio::test]
async fn whoever_finds_the_journal_full_is_told_to_come_back() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let written = alice.send_text(chat, 1).await;
    let list = CreateBroadcastRequest {
        name: "news".to_owned(),
        description: None,
        recipients: vec![bob.id],
        owner_id: None,
    };
    let list = alice.client.create_broadcast(&list).await.unwrap();
    let list = list.broadcast.id;
    let ciphertexts = alice.ciphertexts(chat, 2).await;
    let asks = || async {
        let ask = |method, path: String, body: Value| {
            outcome(request(&server, Some(&alice), method, &path).json(&body))
        };
        let send = json!({"conversation_id": chat, "ciphertexts": ciphertexts});
        let body = json!({"ciphertexts": ciphertexts});
        [
            ask(Method::POST, "/v1/messages".to_owned(), send).await,
            ask(
                Method::PUT,
                format!("/v1/messages/{}", written.id),
                body.clone(),
            )
            .await,
            ask(
                Method::POST,
                format!("/v1/broadcasts/{list}/messages"),
                body,
            )
            .await,
        ]
    };
    let (release, released) = watch::channel(());
    let journal = server.app().live.journal.clone();
    // Nobody fills it alone.
    let filling = (0..QUEUE_LEN).map(|number| {
        let (journal, mut released) = (journal.clone(), released.clone());
        let owner = UserId(Uuid::from_u128((number / OWN_LEN) as u128));
        async move {
            let work = move |_| -> BoxFuture<Result<Changed<()>, StoreError>> {
                Box::pin(async move {
                    // Dropped counts as let go.
                    let _ = released.changed().await;
                    Ok(((), Vec::new()))
                })
            };
            journal.change(owner, work).await
        }
    });
    let filling = tokio::spawn(join_all(filling.collect::<Vec<_>>()));
    until("it is full", async || {
        (server.app().waiting_changes() == QUEUE_LEN).then_some(())
    })
    .await;
    let overloaded = refused(503, "OVERLOADED");
    assert_eq!(
        asks().await,
        [overloaded.clone(), overloaded.clone(), overloaded]
    );
    release.send(()).unwrap();
    // They have waited longer than a caller does, or not.
    filling.await.unwrap();
    until("there is room", async || {
        (server.app().waiting_changes() == 0).then_some(())
    })
    .await;
    let done = asks().await;
    assert_eq!(done.map(|it| it.0), [201, 200, 201]);
}

/// Passwords take a core each; so many wait, and no more.
#[tokio::test]
async fn more_passwords_than_can_wait_are_not_hashed() {
    // Cost 10 takes long enough to have many at once.
    let server = TestServer::spawn_with(&[("BCRYPT_COST", "10")]).await;
    let alice = server.user("alice").await;
    alice.client.forgot_password("alice").await.unwrap();
    let token = until("the mail", async || {
        let mail = server.app().accounts.outbox().pop()?;
        let token = mail.text.lines().find(|line| line.len() == 43);
        token.map(str::to_owned)
    })
    .await;
    let overloaded = refused(503, "OVERLOADED");
    let post = |path: &'static str, body: Value| {
        outcome(request(&server, Some(&alice), Method::POST, path).json(&body))
    };
    let crowd = (0..100).flat_map(|number| {
        let login = json!({"identity": "alice", "password": "a wrong guess", "device_id": "d"});
        let register = json!({"email": format!("u{number}@example.com"),
            "username": format!("user{number}"), "password": "long enough", "device_id": "d"});
        let change = json!({"current_password": "a wrong guess", "new_password": "long enough"});
        let reset = json!({"identity": "alice", "token": token, "new_password": "long enough"});
        [
            post("/v1/auth/login", login),
            post("/v1/auth/register", register),
            post("/v1/auth/password/change", change),
            post("/v1/auth/password/reset", reset),
        ]
    });
    let answers = join_all(crowd).await;
    for (door, name) in ["login", "register", "change", "reset"].iter().enumerate() {
        let of_door: Vec<_> = answers.iter().skip(door).step_by(4).collect();
        assert!(of_door.contains(&&overloaded), "{name}: {of_door:?}");
    }
    assert!(answers.iter().any(|it| *it != overloaded));
}

/// A mail server that takes its time holds up a bounded number of mails.
#[tokio::test]
async fn more_mails_than_can_wait_are_not_promised() {
    // Nobody accepts: connections are made and nothing is said on them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let from = "chat@example.com";
    let server = TestServer::spawn_with(&[("SMTP_URL", &url), ("MAIL_FROM", from)]).await;
    let alice = server.user("alice").await;
    let forgot = json!({"identity": "alice"});
    let mut answers = Vec::new();
    for _ in 0..300 {
        let path = "/v1/auth/password/forgot";
        answers.push(asked(&server, &alice, Method::POST, path, forgot.clone()).await);
    }
    assert!(answers.contains(&refused(503, "OVERLOADED")));
    assert!(answers.contains(&(200, String::new())));
}

/// So many files come at once, and no more: of one user, from one network, and of all.
#[tokio::test]
async fn more_uploads_than_can_come_at_once_wait_at_the_client() {
    const AT_ONCE: usize = 64;
    const OF_ONE: usize = 8;
    let server = TestServer::spawn_with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let mut users = Vec::new();
    for number in 0..=AT_ONCE / OF_ONE {
        users.push(server.user(&format!("user{number}")).await);
    }
    let mut wires = Vec::new();
    for (number, user) in users.iter().take(AT_ONCE / OF_ONE).enumerate() {
        for _ in 0..OF_ONE {
            // Two of them share a network, which has no more than they take.
            wires.push(begun(&server, user, &format!("192.0.2.{}", number / 2)).await);
        }
        let one_more = user.client.create_upload(&announced(5)).await.unwrap();
        until("all of one user are taken", async || {
            let put = put_from(&server, user, &one_more, "198.51.100.1").await;
            (put == refused(429, "RATE_LIMIT_EXCEEDED")).then_some(())
        })
        .await;
        let append = user.client.append_file(one_more.id, 0, "hello").await;
        assert_eq!(
            append.unwrap_err().code(),
            Some(ErrorCode::RateLimitExceeded)
        );
    }
    let last = users.last().unwrap();
    let upload = last.client.create_upload(&announced(5)).await.unwrap();
    assert_eq!(
        put_from(&server, last, &upload, "192.0.2.1").await,
        refused(429, "RATE_LIMIT_EXCEEDED")
    );
    assert_eq!(
        put_from(&server, last, &upload, "198.51.100.1").await,
        refused(503, "OVERLOADED")
    );
    let append = last.client.append_file(upload.id, 0, "hello").await;
    assert_eq!(append.unwrap_err().code(), Some(ErrorCode::Overloaded));
    drop(wires);
    until("there is place again", async || {
        let put = last.client.put_file(upload.id, "hello").await;
        put.ok()
    })
    .await;
}

/// An upload that has begun and does not go on, from this address.
async fn begun(server: &TestServer, user: &TestUser, address: &str) -> Wire {
    let upload = user.client.create_upload(&announced(100)).await.unwrap();
    let token = user.client.login().unwrap().access_token.clone();
    let mut wire = Wire::connect(server).await;
    let head = put_head(&upload, &token, 100);
    let head = head.replace("Host: x", &format!("Host: x\r\nX-Forwarded-For: {address}"));
    wire.write(head.as_bytes()).await.unwrap();
    wire.write(&[7; 10]).await.unwrap();
    wire
}

async fn put_from(
    server: &TestServer,
    user: &TestUser,
    upload: &Upload,
    address: &str,
) -> (u16, String) {
    let path = format!("/v1/uploads/{}/data", upload.id);
    let put = request(server, Some(user), Method::PUT, &path).body("hello");
    outcome(put.header("X-Forwarded-For", address)).await
}

fn announced(file_size: u64) -> CreateUploadRequest {
    CreateUploadRequest {
        file_name: "film.mp4".to_owned(),
        file_size,
        content_type: "video/mp4".to_owned(),
        uploader_id: None,
    }
}

/// The head of a `PUT` whose body a test writes by itself.
fn put_head(upload: &Upload, token: &str, bytes: usize) -> String {
    format!(
        "PUT /v1/uploads/{}/data HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {bytes}\r\n\r\n",
        upload.id
    )
}

/// Bytes that stop coming end the request; those that came are kept.
#[tokio::test]
async fn a_file_that_stops_coming_is_not_waited_for() {
    let server = TestServer::spawn_with(&[("UPLOAD_IDLE_SECONDS", "1")]).await;
    let alice = server.user("alice").await;
    let upload = alice.client.create_upload(&announced(100)).await.unwrap();
    let token = alice.client.login().unwrap().access_token.clone();
    let mut wire = Wire::connect(&server).await;
    let head = put_head(&upload, &token, 100);
    wire.write(head.as_bytes()).await.unwrap();
    wire.write(&[7; 10]).await.unwrap();
    let answer = wire.read_head().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(alice.client.file_offset(upload.id).await.unwrap(), 10);
}

/// A byte now and then does not hold a slot.
#[tokio::test]
async fn a_file_that_only_drips_is_not_waited_for() {
    let server = TestServer::spawn_with(&[("UPLOAD_IDLE_SECONDS", "1")]).await;
    let alice = server.user("alice").await;
    let upload = alice.client.create_upload(&announced(100_000)).await;
    let upload = upload.unwrap();
    let token = alice.client.login().unwrap().access_token.clone();
    let mut wire = Wire::connect(&server).await;
    let head = put_head(&upload, &token, 100_000);
    wire.write(head.as_bytes()).await.unwrap();
    let answer = wire.drip(&[7]).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(alice.client.file_offset(upload.id).await.unwrap() > 0);
}

/// A store of files that cannot be written to is not the client's mistake.
#[tokio::test]
async fn where_files_cannot_be_kept_uploads_are_told_to_come_back() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let upload = alice.client.create_upload(&announced(5)).await.unwrap();
    let files = server.database().directory().join("files");
    std::fs::remove_dir_all(&files).unwrap();
    std::fs::write(&files, b"in the way").unwrap();
    let path = format!("/v1/uploads/{}/data", upload.id);
    let unhealthy = refused(503, "UNHEALTHY");
    let put = request(&server, Some(&alice), Method::PUT, &path).body("hello");
    assert_eq!(outcome(put).await, unhealthy);
    let offset = alice.client.append_file(upload.id, 0, "hello").await;
    assert_eq!(offset.unwrap_err().code(), Some(ErrorCode::Unhealthy));
    std::fs::remove_file(&files).unwrap();
    let put = alice.client.put_file(upload.id, "hello").await;
    assert_eq!(put.unwrap().uploaded_bytes, 5);
}

/// A server in the public says nothing of its insides.
#[tokio::test]
async fn a_release_server_does_not_count_its_tasks_for_everybody() {
    let secret = "an-integration-test-secret-of-48-characters-0123";
    let server = TestServer::spawn_with(&[
        ("APP_MODE", "release"),
        ("RATE_LIMIT", "on"),
        ("JWT_SECRET", secret),
    ])
    .await;
    let answer = outcome(request(&server, None, Method::GET, "/goroutines")).await;
    assert_eq!(answer, refused(404, "NOT_FOUND"));
}
