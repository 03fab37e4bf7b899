//! The server itself, sign-in, people and keys.

use super::Declared;
use super::Rule::{Anyone, Everyone, Nobodys, Oneself, OwnersThing};

pub const ACCOUNTS: &[Declared] = &[
    // Operation
    ("GET /ping", Everyone, ""),
    ("GET /health", Everyone, ""),
    ("GET /livez", Everyone, ""),
    ("GET /ready", Everyone, ""),
    ("GET /goroutines", Everyone, ""),
    ("GET /metrics", Everyone, ""),
    ("GET /openapi.json", Everyone, ""),
    ("GET /asyncapi.json", Everyone, ""),
    ("GET /docs", Everyone, ""),
    ("GET /docs/{page}", Everyone, ""),
    ("GET /v1/server", Everyone, ""),
    ("GET /v1/rate-limits", Anyone, ""),
    ("GET /v1/ws", Anyone, ""),
    ("POST /v1/ws/ticket", Anyone, ""),
    ("GET /v1/sync", Anyone, ""),
    // Accounts' doors. Their own secrets let people in, not a token.
    (
        "POST /v1/auth/register",
        Everyone,
        r#"{"email":"{unique}@example.com","username":"{unique}","password":"a password","device_id":"d"}"#,
    ),
    (
        "POST /v1/auth/login",
        Everyone,
        r#"{"identity":"newcomer","password":"{password}","device_id":"newcomer-phone"}"#,
    ),
    (
        "POST /v1/auth/refresh",
        Everyone,
        r#"{"session_id":"{door}","refresh_token":"{refresh_token}"}"#,
    ),
    (
        "POST /v1/auth/email/undo",
        Everyone,
        r#"{"token":"a guess","password":"{password}"}"#,
    ),
    (
        "POST /v1/auth/password/forgot",
        Everyone,
        r#"{"identity":"newcomer"}"#,
    ),
    (
        "POST /v1/auth/password/reset",
        Everyone,
        r#"{"identity":"newcomer","token":"a guess","new_password":"another password"}"#,
    ),
    (
        "POST /v1/auth/password/change",
        Anyone,
        r#"{"current_password":"{password}","new_password":"{password}"}"#,
    ),
    (
        "POST /v1/auth/reauthenticate",
        Anyone,
        r#"{"password":"{password}"}"#,
    ),
    ("GET /v1/auth/sessions", Anyone, ""),
    (
        "POST /v1/auth/logout",
        OwnersThing,
        r#"{"session_id":"{session}"}"#,
    ),
    ("POST /v1/auth/logout-all", Oneself, ""),
    // People
    ("GET /v1/users/me", Anyone, ""),
    ("PUT /v1/users/me", Anyone, r#"{"display_name":"Somebody"}"#),
    ("DELETE /v1/users/me", Oneself, ""),
    ("POST /v1/users/me/email/code", Anyone, ""),
    (
        "POST /v1/users/me/email/verify",
        Anyone,
        r#"{"code":"00000000"}"#,
    ),
    ("GET /v1/users/me/settings", Anyone, ""),
    ("PUT /v1/users/me/settings", Anyone, r#"{"theme":"dark"}"#),
    (
        "POST /v1/users/me/push-tokens",
        Anyone,
        r#"{"platform":"fcm","token":"{unique}"}"#,
    ),
    ("GET /v1/users/me/push-tokens", Anyone, ""),
    (
        "DELETE /v1/users/me/push-tokens/{push_token}",
        OwnersThing,
        "",
    ),
    ("GET /v1/users/me/storage", Anyone, ""),
    ("GET /v1/users/me/unread", Anyone, ""),
    ("GET /v1/users/me/starred", Anyone, ""),
    ("GET /v1/users/me/devices", Anyone, ""),
    ("GET /v1/users/me/devices/{device}", OwnersThing, ""),
    ("DELETE /v1/users/me/devices/{device}", OwnersThing, ""),
    ("DELETE /v1/users/me/sessions", Oneself, ""),
    ("DELETE /v1/users/me/sessions/{session}", OwnersThing, ""),
    ("GET /v1/users/me/contacts", Anyone, ""),
    (
        "POST /v1/users/me/contacts",
        Anyone,
        r#"{"contact_user_id":"{target}"}"#,
    ),
    ("GET /v1/users/me/contacts/blocked", Anyone, ""),
    ("DELETE /v1/users/me/contacts/{contact}", OwnersThing, ""),
    ("POST /v1/users/me/contacts/{target}/block", Anyone, ""),
    ("POST /v1/users/me/contacts/{target}/unblock", Anyone, ""),
    ("GET /v1/users", Anyone, "?search=target"),
    ("GET /v1/users/search", Anyone, "?query=target"),
    ("GET /v1/users/{target}", Anyone, ""),
    ("GET /v1/users/{target}/devices", Anyone, ""),
    ("GET /v1/presence", Anyone, "?user_ids={target}"),
    // Keys. Public ones are for whoever may write to their owner.
    (
        "POST /v1/encryption/identity",
        Anyone,
        r#"{"public_key":"{key}"}"#,
    ),
    (
        "POST /v1/encryption/identity",
        Nobodys,
        r#"{"user_id":"{target}","public_key":"{key}"}"#,
    ),
    (
        "GET /v1/encryption/identity",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "PUT /v1/encryption/identity/{identity}/deactivate",
        OwnersThing,
        "",
    ),
    ("DELETE /v1/encryption/identity/{identity}", OwnersThing, ""),
    (
        "POST /v1/encryption/setup",
        Anyone,
        r#"{"identity_key":"{key}","signed_prekey":{"key_id":7,"public_key":"{key}","signature":"{signature}"}}"#,
    ),
    (
        "POST /v1/encryption/signed-prekeys",
        Anyone,
        r#"{"key_id":8,"public_key":"{key}","signature":"{signature}"}"#,
    ),
    (
        "GET /v1/encryption/signed-prekeys",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/signed-prekeys/active",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "POST /v1/encryption/signed-prekeys/rotate",
        Anyone,
        r#"{"key":{"key_id":9,"public_key":"{key}","signature":"{signature}"}}"#,
    ),
    (
        "PUT /v1/encryption/signed-prekeys/{signed_prekey}/deactivate",
        OwnersThing,
        "",
    ),
    (
        "POST /v1/encryption/onetime-prekeys",
        Anyone,
        r#"{"keys":[{"key_id":900,"public_key":"{key}"}]}"#,
    ),
    (
        "POST /v1/encryption/onetime-prekeys/consume",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "POST /v1/encryption/onetime-prekeys/consume",
        Nobodys,
        "?user_id={target}&device_id={target_device}&consumed_by={target}",
    ),
    (
        "GET /v1/encryption/onetime-prekeys/count",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/bundles",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "GET /v1/encryption/keys/active",
        Anyone,
        "?user_id={target}&device_id={target_device}",
    ),
    (
        "POST /v1/encryption/pq-prekeys",
        Anyone,
        r#"{"keys":[{"key_id":1,"public_key":"{pq_key}","signature":"{signature}"}]}"#,
    ),
    (
        "POST /v1/encryption/backup",
        Anyone,
        r#"{"backup_data":"AA==","nonce":"AA==","salt":"AA=="}"#,
    ),
    ("GET /v1/encryption/backup", Anyone, ""),
];
