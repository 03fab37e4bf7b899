//! Conversations and messages.

use super::Declared;
use super::Rule::{
    Anyone, GroupAdmins, GroupMembers, GroupOwner, Nobodys, SenderAlone, SenderOrAdmins,
    SenderOrOwner,
};

pub const TALK: &[Declared] = &[
    // Conversations
    ("GET /v1/conversations", Anyone, ""),
    ("POST /v1/conversations", Anyone, r#"{"type":"GROUP"}"#),
    (
        "GET /v1/conversations/direct",
        Anyone,
        "?user_id_1={target}",
    ),
    (
        "GET /v1/conversations/direct",
        Nobodys,
        "?user_id_1={target}&user_id_2={newcomer}",
    ),
    ("GET /v1/conversations/type", Anyone, "?type=GROUP"),
    ("GET /v1/conversations/search", Anyone, "?query=group"),
    ("GET /v1/conversations/invite", Anyone, "?link={code}"),
    (
        "POST /v1/conversations/join",
        Anyone,
        r#"{"code":"{code}"}"#,
    ),
    ("GET /v1/conversations/{group}", GroupMembers, ""),
    (
        "PUT /v1/conversations/{group}",
        GroupAdmins,
        r#"{"subject":"renamed","message_expiry_seconds":3600,"permissions":{"invite":"everyone"}}"#,
    ),
    ("DELETE /v1/conversations/{group}", GroupOwner, ""),
    (
        "POST /v1/conversations/{group}/transfer",
        GroupOwner,
        r#"{"user_id":"{target}"}"#,
    ),
    ("POST /v1/conversations/{group}/invite", GroupAdmins, ""),
    ("POST /v1/conversations/{group}/mute", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unmute", GroupMembers, ""),
    ("POST /v1/conversations/{group}/pin", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unpin", GroupMembers, ""),
    ("POST /v1/conversations/{group}/archive", GroupMembers, ""),
    ("POST /v1/conversations/{group}/unarchive", GroupMembers, ""),
    (
        "GET /v1/conversations/{group}/participants",
        GroupMembers,
        "",
    ),
    (
        "POST /v1/conversations/{group}/participants",
        GroupAdmins,
        r#"{"user_id":"{newcomer}"}"#,
    ),
    (
        "DELETE /v1/conversations/{group}/participants/{target}",
        GroupAdmins,
        "",
    ),
    // An admin does not outrank another.
    (
        "DELETE /v1/conversations/{group}/participants/{second_admin}",
        GroupOwner,
        "",
    ),
    (
        "POST /v1/conversations/{group}/participants/{target}/ban",
        GroupAdmins,
        "",
    ),
    // Somebody who does not take part.
    (
        "POST /v1/conversations/{group}/participants/{newcomer}/ban",
        GroupAdmins,
        "",
    ),
    (
        "POST /v1/conversations/{group}/participants/{second_admin}/ban",
        GroupOwner,
        "",
    ),
    (
        "DELETE /v1/conversations/{group}/participants/{target}/ban",
        GroupAdmins,
        "",
    ),
    ("GET /v1/conversations/{group}/bans", GroupAdmins, ""),
    (
        "PUT /v1/conversations/{group}/participants/{target}/role",
        GroupAdmins,
        r#"{"role":"member"}"#,
    ),
    // Nobody gives a rank above their own.
    (
        "PUT /v1/conversations/{group}/participants/{target}/role",
        GroupOwner,
        r#"{"role":"owner"}"#,
    ),
    ("POST /v1/conversations/{group}/leave", GroupMembers, ""),
    ("GET /v1/conversations/{group}/pins", GroupMembers, ""),
    ("GET /v1/conversations/{group}/sequence", GroupMembers, ""),
    ("POST /v1/conversations/{group}/sequence", GroupMembers, ""),
    (
        "POST /v1/conversations/{group}/control",
        GroupMembers,
        r#"{"ciphertexts":[{"recipient_device_id":"{device}","ciphertext":"AA=="}]}"#,
    ),
    (
        "POST /v1/conversations/{group}/read",
        GroupMembers,
        r#"{"up_to_sequence":1}"#,
    ),
    (
        "POST /v1/conversations/{group}/read-sequence",
        GroupMembers,
        r#"{"seq_id":1}"#,
    ),
    // Messages
    (
        "POST /v1/messages",
        GroupMembers,
        r#"{"conversation_id":"{group}","shared_ciphertext":"AA==","roster_version":{roster_version}}"#,
    ),
    ("GET /v1/messages", GroupMembers, "?conversation_id={group}"),
    ("GET /v1/messages/search", Anyone, "?query=anything"),
    ("GET /v1/messages/{message}", GroupMembers, ""),
    (
        "PUT /v1/messages/{message}",
        SenderAlone,
        r#"{"shared_ciphertext":"AA==","roster_version":{roster_version}}"#,
    ),
    ("DELETE /v1/messages/{message}", SenderOrAdmins, ""),
    ("DELETE /v1/messages/{message}", GroupMembers, "?for=me"),
    ("DELETE /v1/messages/{message}/hard", SenderOrOwner, ""),
    ("POST /v1/messages/{message}/read", GroupMembers, ""),
    ("POST /v1/messages/{message}/delivered", GroupMembers, ""),
    ("GET /v1/messages/{message}/receipts", SenderAlone, ""),
    ("PUT /v1/messages/{message}/reactions/yes", GroupMembers, ""),
    (
        "DELETE /v1/messages/{message}/reactions/yes",
        GroupMembers,
        "",
    ),
    ("GET /v1/messages/{message}/reactions", GroupMembers, ""),
    (
        "PUT /v1/messages/{poll}/vote",
        GroupMembers,
        r#"{"options":[1]}"#,
    ),
    ("GET /v1/messages/{poll}/poll", GroupMembers, ""),
    ("PUT /v1/messages/{message}/star", GroupMembers, ""),
    ("DELETE /v1/messages/{message}/star", GroupMembers, ""),
    ("PUT /v1/messages/{message}/pin", GroupMembers, ""),
    ("DELETE /v1/messages/{message}/pin", GroupMembers, ""),
];
