//! What everybody may do with calls.

use super::Declared;
use super::Rule::{Anyone, GroupMembers, InCall};

pub const CALLS: &[Declared] = &[
    (
        "POST /v1/calls",
        GroupMembers,
        r#"{"conversation_id":"{group}","type":"AUDIO"}"#,
    ),
    ("GET /v1/calls", GroupMembers, "?conversation_id={group}"),
    ("GET /v1/calls/user", Anyone, ""),
    ("GET /v1/calls/active", Anyone, ""),
    ("GET /v1/calls/missed", Anyone, ""),
    ("GET /v1/calls/ice-servers", Anyone, ""),
    ("GET /v1/calls/quality", GroupMembers, "?call_id={call}"),
    ("POST /v1/calls/quality", InCall, r#"{"call_id":"{call}"}"#),
    ("GET /v1/calls/quality/user", Anyone, ""),
    (
        "GET /v1/calls/quality/average",
        GroupMembers,
        "?call_id={call}",
    ),
    ("GET /v1/calls/{call}", GroupMembers, ""),
    ("GET /v1/calls/{call}/participants", GroupMembers, ""),
    (
        "POST /v1/calls/{call}/participants",
        InCall,
        r#"{"user_id":"{target}"}"#,
    ),
    ("DELETE /v1/calls/{call}/participants/{target}", InCall, ""),
    (
        "PUT /v1/calls/{call}/participants/{owner}/status",
        InCall,
        r#"{"status":"JOINED"}"#,
    ),
    (
        "PUT /v1/calls/{call}/participants/{target}/mute",
        InCall,
        r#"{"audio_muted":true}"#,
    ),
    ("POST /v1/calls/{call}/connected", InCall, ""),
    ("POST /v1/calls/{call}/end", InCall, ""),
    ("GET /v1/calls/{call}/duration", GroupMembers, ""),
];
