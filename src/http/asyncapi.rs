//! The document of the WebSocket (AsyncAPI 3.0), made from the tables of events and frames.
//!
//! An event is a row of [`event::TABLE`]: its name, who gets it, how it is delivered, its fields.
//! Fields of one name mean the same in all events, so their types are said once, in [`field`]; what a
//! field holds of the REST resources refers to the OpenAPI document beside this one.

use std::sync::OnceLock;

use bytes::Bytes;
use sentinal_protocol::Availability;
use sentinal_protocol::event::{self, Audience, Class, EventRow};
use sentinal_protocol::frame::{self, FrameBody, FrameRow};
use serde_json::{Map, Value, json};

const INTRODUCTION: &str = "\
One JSON object per text frame. A frame of the client may carry an `id` (a string or a number), under \
which it is answered with `ok` or `error`; without it only errors are answered. Durable events carry \
`conversation_id` and `revision`: dense numbers, in order, delivered at least once and acknowledged \
with `ack`. How connections are made, resumed and closed is in `docs/protocol.md`.";

/// Where the schemas of REST resources are.
const RESOURCES: &str = "openapi.json#/components/schemas/";

/// The document as JSON. It depends on nothing but the program, so that it is made once.
pub fn json() -> Bytes {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    JSON.get_or_init(|| {
        // Our own plain structures always serialise.
        serde_json::to_vec(&document()).unwrap_or_default().into()
    })
    .clone()
}

fn document() -> Value {
    let mut messages = Map::new();
    let mut sent = Vec::new();
    for row in event::TABLE {
        let name = key("event", row.kind.as_str());
        sent.push(json!({ "$ref": format!("#/channels/socket/messages/{name}") }));
        messages.insert(name, event_message(row));
    }
    let mut received = Vec::new();
    for row in frame::TABLE {
        let name = key("frame", row.name);
        received.push(json!({ "$ref": format!("#/channels/socket/messages/{name}") }));
        messages.insert(name, frame_message(row));
    }
    let of_channel: Map<String, Value> = messages
        .keys()
        .map(|name| {
            let message = json!({ "$ref": format!("#/components/messages/{name}") });
            (name.clone(), message)
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sentinal Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/v1/ws",
                "description": "One socket of one device.",
                "messages": of_channel,
                "bindings": { "ws": { "method": "GET", "query": handshake() } },
            },
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": { "$ref": "#/channels/socket" },
                "summary": "What the server says.",
                "messages": sent,
            },
            "hear": {
                "action": "receive",
                "channel": { "$ref": "#/channels/socket" },
                "summary": "What a client says.",
                "messages": received,
            },
        },
        "components": { "messages": messages },
    })
}

/// The query of the handshake. Tokens may also come as a header, a subprotocol or a first frame.
fn handshake() -> Value {
    json!({
        "type": "object",
        "properties": {
            "token": { "type": "string", "description": "An access token." },
            "ticket": { "type": "string", "description": "From `POST /v1/ws/ticket`, good once." },
            "resume": { "type": "string", "enum": ["client"],
                "description": "A `sync` frame with the client's own positions follows." },
        },
    })
}

/// Names of components have no colons.
fn key(side: &str, name: &str) -> String {
    format!("{side}.{}", name.replace(':', "."))
}

fn event_message(row: &EventRow) -> Value {
    let name = row.kind.as_str();
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({ "const": name }));
    properties.insert("timestamp".to_owned(), time());
    let mut required = vec!["type", "timestamp"];
    for field_name in row.fields {
        let bare = field_name.trim_end_matches('?');
        if bare == *field_name {
            required.push(bare);
        }
        properties.insert(bare.to_owned(), field(name, bare));
    }
    json!({
        "name": name,
        "summary": row.about.trim(),
        "description": format!("{} {}", delivery(row.class), audience(row.audience)),
        "payload": {
            "type": "object",
            "required": required,
            "properties": properties,
            "additionalProperties": false,
        },
    })
}

fn delivery(class: Class) -> &'static str {
    match class {
        Class::Durable => "Delivered at least once, in the order of `revision`.",
        Class::State => "Tells of a state: who missed it gets the present one.",
        Class::Ephemeral => "At most once.",
        Class::Protocol => "Belongs to the socket itself.",
    }
}

fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Participants => "To all devices of all participants.",
        Audience::Others => "To all devices of the other participants.",
        Audience::Senders => "To the devices of the senders of the messages concerned.",
        Audience::Watchers => "To those who may know when the user is here.",
        Audience::Own => "To the user's own devices.",
        Audience::Device => "To one device.",
        Audience::Invited => "To all devices of somebody who is asked to a call.",
        Audience::InCall => "To the devices of those in a call, and of those asked to it.",
        Audience::Called => "To the device in a call; to all of its user's until one has answered.",
        Audience::Socket => "To the socket.",
    }
}

fn frame_message(row: &FrameRow) -> Value {
    let mut properties = Map::new();
    let names: Vec<&str> = std::iter::once(row.name)
        .chain(row.aliases.iter().copied())
        .collect();
    properties.insert("type".to_owned(), json!({ "enum": names }));
    properties.insert(
        "id".to_owned(),
        json!({ "type": ["string", "number", "null"], "description": "Comes back in the answer." }),
    );
    let mut required = vec!["type"];
    let fields = match row.body {
        FrameBody::Fields(fields) => fields,
        FrameBody::Request(_) => &[],
    };
    for field_name in fields {
        let bare = field_name.trim_end_matches('?');
        if bare == *field_name {
            required.push(bare);
        }
        properties.insert(bare.to_owned(), field(row.name, bare));
    }
    let own = json!({ "type": "object", "required": required, "properties": properties });
    let payload = match row.body {
        FrameBody::Fields(_) => own,
        FrameBody::Request(name) => json!({ "allOf": [own, resource(name)] }),
    };
    json!({ "name": row.name, "summary": row.about.trim(), "payload": payload })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// `schema`, or `null`.
fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn resource(name: &str) -> Value {
    json!({ "$ref": format!("{RESOURCES}{name}") })
}

/// What a field of this name holds; `of` is the event or the frame, for the few that differ.
fn field(of: &str, name: &str) -> Value {
    match name {
        // Nobody ended it.
        "user_id" if of == "call:ended" => or_null(id()),
        "conversation_id" | "message_id" | "user_id" | "sender_id" | "reader_id"
        | "recipient_id" | "contact_user_id" | "session_id" | "call_id" | "from_id" | "to_id" => {
            id()
        }
        "connection_id" | "device_id" | "from_device_id" | "display_name" | "reaction"
        | "token" | "code" | "error" | "reason" | "resume" | "to_device_id" => {
            json!({ "type": "string" })
        }
        "reply_to_message_id" | "ended_by" => or_null(id()),
        "sender_device_id" | "client_message_id" | "recipient_device_id" => {
            json!({ "type": ["string", "null"] })
        }
        "content" | "device_ciphertext" => {
            json!({ "type": ["string", "null"], "contentEncoding": "base64" })
        }
        "revision" | "sequence_number" | "roster_version" | "from_revision" | "from"
        | "reserved_sequence" | "last_read_sequence" | "unread_count" | "account_revision"
        | "count" | "threshold" | "heartbeat_seconds" | "behind" | "retry_after_ms"
        | "reconnect_after_ms" | "duration_seconds" => json!({ "type": "integer", "minimum": 0 }),
        "server_time" | "created_at" | "edited_at" => time(),
        "deleted_at" | "expires_at" | "last_seen_at" => or_null(time()),
        "replay" | "compacted" | "hard" | "pinned" | "is_typing" | "is_online" | "erased"
        | "duplicate" => json!({ "type": "boolean" }),
        "mentions" | "attachments" => json!({ "type": "array", "items": id() }),
        "options" => json!({ "type": "array", "items": { "type": "integer", "minimum": 0 } }),
        "action" => json!({ "enum": ["added", "removed"] }),
        "signal_type" => json!({ "enum": ["offer", "answer", "ice"] }),
        "message_type" => resource("MessageType"),
        "status" if of == "call:answered_elsewhere" => resource("CallParticipantStatus"),
        "status" if of == "presence:offline" => json!({ "const": "offline" }),
        "status" => {
            let words = Availability::ALL.iter().map(|it| it.as_str());
            json!({ "enum": words.collect::<Vec<_>>() })
        }
        "session" => resource("LoginSession"),
        "contact" => or_null(resource("Contact")),
        "upload" => resource("Upload"),
        "call" => resource("Call"),
        "participant" if of.starts_with("call:") => resource("CallParticipant"),
        // What of the resource the change is about.
        "conversation" | "participant" | "device" => json!({ "type": "object" }),
        "cursors" => json!({ "type": "object", "additionalProperties": { "type": "integer" } }),
        "id" => json!({ "type": ["string", "number"] }),
        // Whatever the client sent, or the answer of the same request over REST.
        "header" | "metadata" | "data" | "details" => json!({}),
        _ => json!(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_type() {
        for row in event::TABLE {
            for name in row.fields {
                let bare = name.trim_end_matches('?');
                let type_of = field(row.kind.as_str(), bare);
                assert_ne!(type_of, json!(false), "{} {bare}", row.kind.as_str());
            }
        }
        for row in frame::TABLE {
            let FrameBody::Fields(fields) = row.body else {
                continue;
            };
            for name in fields {
                let bare = name.trim_end_matches('?');
                assert_ne!(field(row.name, bare), json!(false), "{} {bare}", row.name);
            }
        }
    }

    #[test]
    fn every_message_is_in_the_channel_and_in_one_operation() {
        let document = document();
        let messages = document["components"]["messages"].as_object().unwrap();
        assert_eq!(messages.len(), event::TABLE.len() + frame::TABLE.len());
        for name in messages.keys() {
            let pointer = format!("/channels/socket/messages/{name}");
            assert!(document.pointer(&pointer).is_some(), "{name}");
            let wanted = json!({ "$ref": format!("#{pointer}") });
            let operations = ["tell", "hear"].iter().filter(|operation| {
                let listed = &document["operations"][**operation]["messages"];
                listed.as_array().unwrap().contains(&wanted)
            });
            assert_eq!(operations.count(), 1, "{name}");
        }
    }
}
