//! More than the server can do now is refused at once, and what was taken is settled.

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use sentinal_protocol::api::broadcasts::{CreateBroadcastRequest, SendBroadcastRequest};
use sentinal_protocol::api::uploads::{CreateUploadRequest, Upload};
use sentinal_protocol::{Base64, ErrorCode};
use sentinal_tests::{TestServer, Wire, outcome, request, until};
use serde_json::{Value, json};
use tokio::sync::Notify;

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
    assert_eq!(early.0.0, 503, "{early:?}");
    assert_eq!(early.1, unsettled);
    let count = |wanted: &(u16, String)| sent.iter().filter(|it| *it == wanted).count();
    assert!(count(&unsettled) > 10, "{sent:?}");
    assert!(count(&overloaded) > 0, "{sent:?}");
    assert_eq!(count(&unsettled) + count(&overloaded), SENDS, "{sent:?}");
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

/// Passwords take a core each; so many wait, and no more.
#[tokio::test]
async fn more_passwords_than_can_wait_are_not_hashed() {
    // Cost 10 takes long enough to have many at once.
    let server = TestServer::spawn_with(&[("BCRYPT_COST", "10")]).await;
    let alice = server.user("alice").await;
    alice.client.forgot_password("alice").await.unwrap();
    let token = until("the mail", async || {
        let mail = server.app().outbox().pop()?;
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

/// So many files come at once, and no more.
#[tokio::test]
async fn more_uploads_than_can_come_at_once_wait_at_the_client() {
    const AT_ONCE: usize = 64;
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let token = alice.client.login().unwrap().access_token.clone();
    let mut wires = Vec::new();
    for _ in 0..AT_ONCE {
        let upload = alice.client.create_upload(&announced(100)).await.unwrap();
        let mut wire = Wire::connect(&server).await;
        let head = put_head(&upload, &token, 100);
        wire.write(head.as_bytes()).await.unwrap();
        wire.write(&[7; 10]).await.unwrap();
        wires.push(wire);
    }
    let one_more = alice.client.create_upload(&announced(5)).await.unwrap();
    let path = format!("/v1/uploads/{}/data", one_more.id);
    until("all places are taken", async || {
        let put = request(&server, Some(&alice), Method::PUT, &path).body("hello");
        (outcome(put).await == refused(503, "OVERLOADED")).then_some(())
    })
    .await;
    let another = alice.client.create_upload(&announced(5)).await.unwrap();
    let append = alice.client.append_file(another.id, 0, "hello").await;
    assert_eq!(append.unwrap_err().code(), Some(ErrorCode::Overloaded));
    drop(wires);
    until("there is place again", async || {
        let put = alice.client.put_file(one_more.id, "hello").await;
        put.ok()
    })
    .await;
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
    let server = TestServer::spawn_with(&[("APP_MODE", "release"), ("JWT_SECRET", secret)]).await;
    let answer = outcome(request(&server, None, Method::GET, "/goroutines")).await;
    assert_eq!(answer, refused(404, "NOT_FOUND"));
}
