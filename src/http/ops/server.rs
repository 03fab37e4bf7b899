//! The description of this server.

use sentinal_app::FileSettings;
use sentinal_protocol::api::auth::PASSWORD_BYTES;
use sentinal_protocol::api::server::ServerDescription;
use sentinal_protocol::limits;
use serde_json::{Map, Value, json};

use crate::http::{Answer, App};

/// What this version can do.
const FEATURES: [&str; 10] = [
    "auth",
    "broadcasts",
    "calls",
    "conversations",
    "end_to_end_encryption",
    "messages",
    "presence",
    "push",
    "uploads",
    "websocket",
];

/// `GET /v1/server` — what this server is, can do, and allows.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 | | always |
pub(super) async fn describe(app: App) -> Answer<ServerDescription> {
    Answer::ok(ServerDescription {
        name: "sentinal-chat".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        features: FEATURES.map(str::to_owned).to_vec(),
        vapid_public_key: app.vapid_public_key().map(str::to_owned),
        limits: limits(&app.settings().files),
    })
}

fn limits(files: &FileSettings) -> Map<String, Value> {
    let limits = [
        ("body_bytes_max", json!(limits::BODY_BYTES_MAX)),
        ("send_body_bytes_max", json!(limits::SEND_BODY_BYTES_MAX)),
        ("ciphertext_bytes_max", json!(limits::CIPHERTEXT_BYTES_MAX)),
        ("header_bytes_max", json!(limits::HEADER_BYTES_MAX)),
        ("ciphertexts_max", json!(limits::CIPHERTEXTS_MAX)),
        ("devices_max", json!(limits::DEVICES_MAX)),
        ("device_dormant_days", json!(limits::DEVICE_DORMANT_DAYS)),
        ("group_members_max", json!(limits::GROUP_MEMBERS_MAX)),
        ("password_bytes_min", json!(PASSWORD_BYTES.start())),
        ("password_bytes_max", json!(PASSWORD_BYTES.end())),
        (
            "prekeys_per_upload_max",
            json!(limits::PREKEYS_PER_UPLOAD_MAX),
        ),
        ("prekeys_stored_max", json!(limits::PREKEYS_STORED_MAX)),
        ("sockets_per_user_max", json!(limits::SOCKETS_PER_USER_MAX)),
        ("frame_bytes_max", json!(limits::FRAME_BYTES_MAX)),
        ("in_flight_max", json!(limits::IN_FLIGHT_MAX)),
        (
            "broadcast_recipients_max",
            json!(limits::BROADCAST_RECIPIENTS_MAX),
        ),
        ("file_bytes_max", json!(files.file_bytes_max)),
        ("upload_quota_bytes", json!(files.quota_bytes)),
        ("page_max", json!(limits::PAGE_MAX)),
        ("heartbeat_seconds", json!(limits::HEARTBEAT_SECONDS)),
    ];
    limits
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
