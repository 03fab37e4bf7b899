//! One example of each JSON body. A test sends them all: ids, codes and tokens in them stand for what the
//! reader has, everything else works as it is.

use sentinal_protocol::Base64;
use serde_json::{Value, json};

/// Somebody else.
const BOB: &str = "01941f29-7c07-7b1a-9d5e-000000000002";
/// A conversation of the caller with them.
const CHAT: &str = "01941f29-7c07-7b1a-9d5e-000000000003";
/// A call in it.
const CALL: &str = "01941f29-7c07-7b1a-9d5e-000000000005";
/// A login session of the caller.
const SESSION: &str = "01941f29-7c07-7b1a-9d5e-000000000006";
const PASSWORD: &str = "correct horse battery";

/// What a body of this schema may hold.
pub(super) fn of(schema: &str) -> Option<Value> {
    let example = of_accounts(schema)
        .or_else(|| of_keys(schema))
        .or_else(|| of_talk(schema));
    example.or_else(|| of_rest(schema))
}

/// So many bytes that say nothing.
fn bytes(count: usize, value: u8) -> Value {
    json!(Base64(vec![value; count]))
}

/// A ciphertext for Bob's device.
fn ciphertext(value: u8) -> Value {
    json!({
        "recipient_user_id": BOB,
        "recipient_device_id": "bob-phone",
        "ciphertext": bytes(24, value),
        "header": { "type": 3 },
    })
}

fn of_accounts(schema: &str) -> Option<Value> {
    Some(match schema {
        "RegisterRequest" => json!({
            "email": "alice@example.com",
            "username": "alice",
            "password": PASSWORD,
            "display_name": "Alice",
            "device_id": "alice-phone",
            "device_name": "Alice's phone",
            "device_type": "mobile",
        }),
        "LoginRequest" => json!({
            "identity": "alice",
            "password": PASSWORD,
            "device_id": "alice-phone",
        }),
        "RefreshRequest" => json!({ "session_id": SESSION, "refresh_token": "the newest one" }),
        "LogoutRequest" => json!({ "session_id": SESSION }),
        "ConfirmRequest" | "ReauthenticateRequest" => json!({ "password": PASSWORD }),
        "ChangePasswordRequest" => json!({
            "current_password": PASSWORD,
            "new_password": "staple the battery",
        }),
        "ForgotPasswordRequest" => json!({ "identity": "alice" }),
        "ResetPasswordRequest" => json!({
            "identity": "alice",
            "token": "the mailed one",
            "new_password": "staple the battery",
        }),
        "UndoEmailRequest" => json!({ "token": "the mailed one", "password": PASSWORD }),
        "VerifyEmailRequest" => json!({ "code": "12345678" }),
        "UpdateProfileRequest" => json!({ "display_name": "Alice A.", "status": "Reading" }),
        "UpdateSettingsRequest" => json!({
            "theme": "dark",
            "language": "en",
            "read_receipts": false,
            "privacy_last_seen": "contacts",
        }),
        "AddContactRequest" => json!({ "contact_user_id": BOB, "nickname": "Bobby" }),
        "AddPushTokenRequest" => json!({ "platform": "fcm", "token": "cPxR2Lw:APA91bH" }),
        _ => return None,
    })
}

fn of_keys(schema: &str) -> Option<Value> {
    let signed = || json!({ "key_id": 1, "public_key": bytes(32, 2), "signature": bytes(64, 3) });
    let one_time = || json!({ "key_id": 1, "public_key": bytes(32, 4) });
    let pq = |key_id: u32, value| {
        json!({
            "key_id": key_id,
            "public_key": bytes(1568, value),
            "signature": bytes(64, 3),
        })
    };
    Some(match schema {
        "UploadIdentityRequest" => json!({ "public_key": bytes(32, 1) }),
        "UploadSignedPrekeyRequest" => signed(),
        "RotateSignedPrekeyRequest" => json!({ "key": signed() }),
        "UploadOneTimePrekeysRequest" => json!({ "keys": [one_time()] }),
        "UploadPqPrekeysRequest" => json!({ "keys": [pq(1, 5)], "last_resort": pq(2, 6) }),
        "SetupRequest" => json!({
            "identity_key": bytes(32, 1),
            "signed_prekey": signed(),
            "one_time_keys": [one_time()],
        }),
        "StoreBackupRequest" => json!({
            "backup_data": bytes(48, 7),
            "nonce": bytes(12, 8),
            "salt": bytes(16, 9),
        }),
        _ => return None,
    })
}

fn of_talk(schema: &str) -> Option<Value> {
    Some(match schema {
        "CreateConversationRequest" => json!({
            "type": "GROUP",
            "subject": "Climbing",
            "participants": [BOB],
        }),
        "UpdateConversationRequest" => json!({
            "subject": "Climbing on Sundays",
            "message_expiry_seconds": 86_400,
            "permissions": { "send": "everyone" },
        }),
        "JoinRequest" => json!({ "code": "the code of the invite link" }),
        "AddParticipantRequest" => json!({ "user_id": BOB, "role": "member" }),
        "UpdateRoleRequest" => json!({ "role": "admin" }),
        "TransferRequest" | "AddRecipientRequest" | "AddCallParticipantRequest" => {
            json!({ "user_id": BOB })
        }
        "MuteRequest" => json!({ "until": "2030-01-01T00:00:00.000Z" }),
        "ReadUpToRequest" => json!({ "up_to_sequence": 1 }),
        "SendMessageRequest" => json!({
            "conversation_id": CHAT,
            "message_type": "text",
            "client_message_id": "6a1f",
            "ciphertexts": [ciphertext(10)],
        }),
        "ControlRequest" => json!({
            "client_message_id": "6a20",
            "ciphertexts": [ciphertext(11)],
        }),
        "EditMessageRequest" => json!({ "ciphertexts": [ciphertext(12)] }),
        "VoteRequest" => json!({ "options": [0] }),
        _ => return None,
    })
}

fn of_rest(schema: &str) -> Option<Value> {
    Some(match schema {
        "CreateUploadRequest" => json!({
            "file_name": "photo.bin",
            "file_size": 4_096,
            "content_type": "application/octet-stream",
        }),
        "ProgressRequest" => json!({ "uploaded_bytes": 1_024 }),
        "CreateBroadcastRequest" => json!({ "name": "Family", "recipients": [BOB] }),
        "UpdateBroadcastRequest" => json!({ "name": "Friends", "description": "All of them" }),
        "BulkRecipientsRequest" => json!({ "user_ids": [BOB] }),
        "SendBroadcastRequest" => json!({
            "client_message_id": "6a21",
            "ciphertexts": [ciphertext(13)],
        }),
        "CreateCallRequest" => json!({ "conversation_id": CHAT, "type": "VIDEO" }),
        "EndCallRequest" => json!({ "reason": "COMPLETED" }),
        "CallMuteRequest" => json!({ "audio_muted": true }),
        "CallStatusRequest" => json!({ "status": "JOINED" }),
        "QualityRequest" => json!({
            "call_id": CALL,
            "packet_loss": 0.01,
            "jitter": 12.5,
            "latency": 80,
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::arguments::Described;
    use super::*;
    use crate::http::operations;

    #[test]
    fn every_body_has_an_example() {
        for operation in operations() {
            let mut described = Described::default();
            (operation.describe)(&mut described);
            let Some(body) = described.body else { continue };
            let name = body.schema["$ref"].as_str().unwrap();
            let name = name.rsplit('/').next().unwrap();
            assert!(of(name).is_some(), "{name}");
        }
    }
}
