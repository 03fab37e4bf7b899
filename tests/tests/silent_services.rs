//! Mail server, bucket and push services that take a connection and say nothing, or do not even take
//! it: whoever needs them is answered or given up on in time, and everything else goes on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sentinal_protocol::api::push::AddPushTokenRequest;
use sentinal_protocol::api::uploads::CreateUploadRequest;
use sentinal_protocol::{ErrorCode, PushPlatform};
use sentinal_tests::{ServerProcess, Swallower, code, patiently};

/// A server without anything to wait for ends in well under a second; this is what mail on its way,
/// and requests that wait for a bucket, may add.
const END_WITHIN: Duration = Duration::from_secs(15);
/// A private key that protects nothing.
const VAPID: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A server that has only these to turn to.
async fn server_with(silent: SocketAddr) -> ServerProcess {
    let (mail, bucket) = (format!("smtp://{silent}"), format!("http://{silent}"));
    let settings = [
        ("SMTP_URL", mail.as_str()),
        ("MAIL_FROM", "chat@example.org"),
        ("S3_BUCKET", "files"),
        ("S3_ENDPOINT", &bucket),
        ("S3_ACCESS_KEY_ID", "me"),
        ("S3_SECRET_ACCESS_KEY", "secret"),
        ("VAPID_PRIVATE_KEY", VAPID),
        ("VAPID_SUBJECT", "mailto:operator@example.org"),
        ("PUSH_ALLOW_PRIVATE", "on"),
    ];
    ServerProcess::spawn_with(&settings).await
}

async fn everybody_else_is_served(silent: SocketAddr) {
    let mut server = server_with(silent).await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut tablet = bob.another_device("tablet").await;
    let token = AddPushTokenRequest {
        platform: PushPlatform::WebPush,
        token: format!("http://{silent}/bob"),
        device_id: None,
    };
    tablet.client.add_push_token(&token).await.unwrap();
    bob.connect().await;
    bob.messages_until_synced().await;
    for _ in 0..20 {
        alice.client.forgot_password("alice").await.unwrap();
    }
    let announced = CreateUploadRequest {
        file_name: "photo.jpg".to_owned(),
        file_size: 5,
        content_type: "image/jpeg".to_owned(),
        uploader_id: None,
    };
    let upload = alice.client.create_upload(&announced).await.unwrap();
    let putting = alice.client.put_file(upload.id, "bytes");
    let talking = async {
        for number in 1..=50 {
            let begun = Instant::now();
            alice.send_text(chat, number).await;
            assert_eq!(bob.next_number(chat).await, number);
            let lasted = begun.elapsed();
            assert!(lasted < Duration::from_secs(3), "a message took {lasted:?}");
        }
    };
    let (put, ()) = patiently(
        "an answer",
        Box::pin(async { tokio::join!(putting, talking) }),
    )
    .await;
    assert_eq!(code(put), ErrorCode::Unhealthy);
    // The tablet has missed what it was not woken for.
    tablet.connect().await;
    let missed = tablet.messages_until_synced().await;
    assert_eq!(missed, (1..=50).collect::<Vec<_>>());
    // Mail is still on its way, and one more file.
    let client = alice.client.clone();
    let putting = tokio::spawn(async move { client.put_file(upload.id, "bytes").await });
    let begun = Instant::now();
    server.terminate();
    assert!(server.ended().await);
    let lasted = begun.elapsed();
    assert!(lasted < END_WITHIN, "the end took {lasted:?}");
    assert!(putting.await.unwrap().is_err());
}

#[tokio::test]
async fn services_that_say_nothing_hold_up_nobody() {
    let silent = Swallower::silent().await;
    Box::pin(everybody_else_is_served(silent.address())).await;
}

#[tokio::test]
async fn services_that_take_no_connection_hold_up_nobody() {
    let full = Swallower::full().await;
    Box::pin(everybody_else_is_served(full.address())).await;
}

/// Timers end before the database is closed under them: a server that ends has nothing to complain
/// of.
#[tokio::test]
async fn a_server_that_is_told_to_end_ends_in_silence() {
    for _ in 0..3 {
        let mut server = ServerProcess::spawn_logging(&[]).await;
        let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
        bob.connect().await;
        bob.messages_until_synced().await;
        for number in 1..=3 {
            alice.send_text(chat, number).await;
            assert_eq!(bob.next_number(chat).await, number);
        }
        // What it says at its start is not the point.
        let before = server.log();
        server.terminate();
        assert!(server.ended().await);
        assert_eq!(server.log().strip_prefix(&before), Some(""));
    }
}
