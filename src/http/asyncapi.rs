//! The document of the WebSocket (AsyncAPI 3.0), made from the structs of events and frames.
//!
//! What an event or a frame holds is the schema of its struct, and the resources in it are those of the
//! REST interface: the document carries their schemas, so that a saved copy is whole.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use sentinal_protocol::event::{Audience, Class, EventKind};
use sentinal_protocol::frame::{FrameId, FrameKind};
use sentinal_protocol::schema::Shape;
use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;

use super::openapi::widen;

const INTRODUCTION: &str = "\
One JSON object per text frame. A frame of the client may carry an `id` (a string or a number), under \
which it is answered with `ok` or `error`; without it only errors are answered. Durable events carry \
`conversation_id` and `revision`: dense numbers, in order, delivered at least once and acknowledged \
with `ack`. How connections are made, resumed and closed is in `docs/protocol.md`.";

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
    let mut schemas = BTreeMap::new();
    let mut sent = Vec::new();
    for kind in EventKind::ALL {
        let name = key("event", kind.as_str());
        let mut shape = kind.shape();
        schemas.append(&mut shape.components);
        sent.push(json!({ "$ref": format!("#/channels/socket/messages/{name}") }));
        messages.insert(name, event_message(*kind, shape));
    }
    let mut received = Vec::new();
    for kind in FrameKind::ALL {
        let mut shape = kind.shape();
        schemas.append(&mut shape.components);
        let name = key("frame", kind.as_str());
        received.push(json!({ "$ref": format!("#/channels/socket/messages/{name}") }));
        messages.insert(name, frame_message(*kind, shape));
    }
    let of_channel: Map<String, Value> = messages
        .keys()
        .map(|name| {
            let message = json!({ "$ref": format!("#/components/messages/{name}") });
            (name.clone(), message)
        })
        .collect();
    let mut document = json!({
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
        "components": { "messages": messages, "schemas": schemas },
    });
    widen(&mut document);
    document
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

fn event_message(kind: EventKind, shape: Shape) -> Value {
    let name = kind.as_str();
    let mut properties = shape.properties;
    let mut required = shape.required;
    properties.insert("type".to_owned(), json!({ "const": name }));
    properties.insert(
        "timestamp".to_owned(),
        json!({ "type": "string", "format": "date-time",
            "description": "When it was said; replayed: when it happened." }),
    );
    required.extend(["type".to_owned(), "timestamp".to_owned()]);
    if kind.class() == Class::Durable {
        properties.insert(
            "replay".to_owned(),
            json!({ "type": "boolean", "description": "Read from the log instead of told live." }),
        );
    }
    json!({
        "name": name,
        "summary": shape.about,
        "description": format!("{} {}", delivery(kind.class()), audience(kind.audience())),
        "payload": {
            "type": "object",
            "required": required,
            "properties": properties,
            // A newer server says more.
            "additionalProperties": true,
        },
        "examples": [{ "payload": kind.example() }],
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

fn frame_message(kind: FrameKind, shape: Shape) -> Value {
    let mut properties = shape.properties;
    properties.insert("type".to_owned(), json!({ "enum": kind.names() }));
    properties.insert(
        "id".to_owned(),
        json!({ "$ref": format!("#/components/schemas/{}", FrameId::name()),
            "description": "Comes back in the answer." }),
    );
    let mut required = shape.required;
    required.insert("type".to_owned());
    json!({
        "name": kind.as_str(),
        "summary": kind.about().trim(),
        "payload": { "type": "object", "required": required, "properties": properties },
        "examples": [{ "payload": kind.example() }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it refers to is in it, so that a saved copy is whole.
    #[test]
    fn no_reference_leads_out_of_the_document() {
        fn walk(document: &Value, value: &Value) {
            if let Some(Value::String(target)) = value.get("$ref") {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target}");
            }
            match value {
                Value::Object(fields) => fields.values().for_each(|it| walk(document, it)),
                Value::Array(items) => items.iter().for_each(|it| walk(document, it)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let document = document();
        walk(&document, &document);
    }

    #[test]
    fn an_answer_without_an_id_has_none() {
        let pong = document()["components"]["messages"]["event.pong"]["payload"].clone();
        assert!(!pong["required"].to_string().contains("\"id\""), "{pong}");
        assert!(
            !pong["properties"]["id"].to_string().contains("null"),
            "{pong}"
        );
    }

    #[test]
    fn every_message_is_in_the_channel_and_in_one_operation() {
        let document = document();
        let messages = document["components"]["messages"].as_object().unwrap();
        assert_eq!(messages.len(), EventKind::ALL.len() + FrameKind::ALL.len());
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
