//! Settings, and what they change.

use reqwest::Method;
use sentinal_client::{Client, ClientError};
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::settings::UserSettings;
use sentinal_protocol::event::{AccountChanged, EventKind, MessageRead, ServerEvent};
use sentinal_tests::{Said, TestServer, TestUser};
use serde_json::{Value, json};

async fn set(client: &Client, body: Value) -> Result<Value, ClientError> {
    let call = client.call(Method::PUT, "/v1/users/me/settings");
    call.body(&body).data().await
}

fn read_cursor_of(people: &Value, user: &TestUser) -> Value {
    let people = people["participants"].as_array().unwrap();
    let found = people.iter().find(|it| it["user_id"] == json!(user.id));
    found.unwrap()["last_read_sequence"].clone()
}

#[tokio::test]
async fn settings_have_defaults_keep_what_is_left_out_and_forget_what_is_null() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let defaults = json!({
        "notifications_enabled": true, "theme": "system", "language": "en",
        "calls_ring_muted": false, "read_receipts": true, "privacy_last_seen": "everyone",
        "privacy_profile_photo": "everyone", "privacy_about": "everyone",
        "privacy_groups": "everyone", "privacy_discoverable": "nobody",
        "notification_sound": "default", "notification_vibrate": true, "enter_to_send": true,
        "media_auto_download_wifi": true, "media_auto_download_mobile": false,
        "updated_at": null,
    });
    let settings = json!(alice.client.settings().await.unwrap());
    assert_eq!(settings, defaults);
    let changed = json!({
        "theme": "DARK", "language": "zh-Hant-TW", "privacy_about": "contacts",
        "notification_sound": "bell", "enter_to_send": false,
    });
    let settings = set(&alice.client, changed).await.unwrap();
    assert_eq!(settings["theme"], "dark");
    assert_eq!(settings["language"], "zh-Hant-TW");
    assert_eq!(settings["privacy_about"], "contacts");
    assert_eq!(settings["read_receipts"], true);
    assert_eq!(settings["notification_sound"], "bell");
    assert_eq!(settings["enter_to_send"], false);
    assert!(settings["updated_at"].is_string());
    assert_eq!(json!(alice.client.settings().await.unwrap()), settings);
    let cleared = json!({
        "theme": null, "language": null, "privacy_about": null,
        "notification_sound": null, "enter_to_send": null,
    });
    let mut settings = set(&alice.client, cleared).await.unwrap();
    settings["updated_at"] = Value::Null;
    assert_eq!(settings, defaults);
}

#[tokio::test]
async fn settings_take_only_what_they_know() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    for body in [
        json!({"volume": 11}),
        json!({"theme": "pink"}),
        json!({"language": "en_US"}),
        json!({"language": ""}),
        json!({"privacy_groups": "friends"}),
        json!({"notification_sound": "two\nlines"}),
        json!({"theme": "dark", "themes": "dark"}),
    ] {
        let refused = set(&alice.client, body.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::Validation), "{body}");
    }
    let refused = set(&alice.client, json!({"read_receipts": "yes"})).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::BadRequest));
    assert_eq!(
        alice.client.settings().await.unwrap(),
        UserSettings::default()
    );
}

#[tokio::test]
async fn other_devices_hear_of_changed_settings_once() {
    let server = TestServer::spawn().await;
    let mut alice = server.user("alice").await;
    alice.connect().await;
    alice.messages_until_synced().await;
    set(&alice.client, json!({"theme": "dark"})).await.unwrap();
    let first = alice.next_frame().await;
    assert_eq!(first.kind(), Some(EventKind::AccountChanged));
    set(&alice.client, json!({"theme": "dark"})).await.unwrap();
    set(&alice.client, json!({"theme": "light"})).await.unwrap();
    let second = alice.next_frame().await;
    assert_eq!(second.kind(), Some(EventKind::AccountChanged));
    let revision = first.says::<AccountChanged>().account_revision;
    assert_eq!(
        second.says::<AccountChanged>().account_revision,
        revision + 1
    );
}

/// Whoever does not tell what they have read is not told either; delivery is always told.
#[tokio::test]
async fn read_receipts_that_either_side_has_off_show_nowhere() {
    let server = TestServer::spawn().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    alice.connect().await;
    bob.connect().await;
    alice.messages_until_synced().await;
    bob.messages_until_synced().await;
    let first = alice.send_text(chat, 1).await;
    bob.client.mark_read(first.id).await.unwrap();
    let read = alice.wait_for(EventKind::MessageRead).await;
    assert_eq!(read.says::<MessageRead>().sequence_number, 1);
    let shown = json!(alice.client.participants(chat).await.unwrap());
    assert_eq!(read_cursor_of(&shown, &bob), 1);

    let clients = [(bob.client.clone(), 2), (alice.client.clone(), 3)];
    for (off, number) in clients {
        set(&off, json!({"read_receipts": false})).await.unwrap();
        let sent = alice.send_text(chat, number).await;
        bob.client.mark_read(sent.id).await.unwrap();
        // The next thing that she hears of him comes after the receipt would have.
        bob.send_text(chat, number + 10).await;
        loop {
            let frame = alice.next_frame().await;
            assert_ne!(frame.kind(), Some(EventKind::MessageRead));
            if let ServerEvent::MessageNew(message) = &frame.event
                && message.entry.sender_id == bob.id
            {
                break;
            }
        }
        let shown = json!(alice.client.participants(chat).await.unwrap());
        assert_eq!(read_cursor_of(&shown, &bob), Value::Null);
        assert!(
            read_cursor_of(&shown, &alice).is_u64(),
            "one's own always shows"
        );
        let shown = json!(bob.client.participants(chat).await.unwrap());
        assert_eq!(read_cursor_of(&shown, &alice), Value::Null);
        set(&off, json!({"read_receipts": true})).await.unwrap();
    }
    // Nor does a socket that connects learn of them.
    set(&bob.client, json!({"read_receipts": false}))
        .await
        .unwrap();
    let sent = alice.send_text(chat, 4).await;
    bob.client.mark_read(sent.id).await.unwrap();
    let mut laptop = alice.another_device("laptop").await;
    laptop.connect().await;
    bob.send_text(chat, 20).await;
    loop {
        let frame = laptop.next_frame().await;
        assert_ne!(frame.kind(), Some(EventKind::MessageRead));
        if frame.kind() == Some(EventKind::MessageNew) {
            break;
        }
    }
    set(&bob.client, json!({"read_receipts": null}))
        .await
        .unwrap();
    let sent = alice.send_text(chat, 5).await;
    bob.client.mark_read(sent.id).await.unwrap();
    let read = alice.wait_for(EventKind::MessageRead).await;
    assert_eq!(
        read.says::<MessageRead>().sequence_number,
        sent.sequence_number
    );
}
