//! Events as frames, ready for the socket.
//!
//! A frame is the WebSocket header and the JSON text in one shared buffer. What is the same for
//! every device is serialised once; a device's own content is spliced in behind it.

use actix_web_actors::ws::CloseReason;
use bytes::Bytes;
use sentinal_protocol::event::{EventKind, MessageNew};
use sentinal_protocol::{Base64, CloseCode, ConversationId, MessageId, Timestamp, UserId};
use sentinal_store::{Body, Change, DeviceMessage, LogEntry, LogItem, ReceiptKind, StoredMessage};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Space in front of a payload for the longest header of an unmasked frame.
const HEADER_MAX: usize = 10;
/// FIN and the opcodes that a server writes (RFC 6455 §5.2).
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

fn header(opcode: u8, length: usize, out: &mut Vec<u8>) {
    out.push(opcode);
    match length {
        // Truncation is what the three forms are chosen by.
        0..=125 => out.push(length.to_le_bytes()[0]),
        126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

fn frame(opcode: u8, parts: &[&[u8]]) -> Bytes {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(HEADER_MAX + length);
    header(opcode, length, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    out.into()
}

/// A text frame.
pub fn text(json: &[u8]) -> Bytes {
    frame(TEXT, &[json])
}

/// A ping without payload.
pub fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// The answer to a client's ping.
pub fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, &[payload])
}

/// A close frame; the reason may carry when to come back.
pub fn close(code: CloseCode, reason: &str) -> Bytes {
    frame(CLOSE, &[&code.number().to_be_bytes(), reason.as_bytes()])
}

/// The echo of a client's close frame.
pub fn close_echo(reason: Option<CloseReason>) -> Bytes {
    match reason {
        Some(reason) => frame(CLOSE, &[&u16::from(reason.code).to_be_bytes()]),
        None => frame(CLOSE, &[]),
    }
}

/// An event built from its fields: `type` and `timestamp` first.
pub fn event(kind: EventKind, at: Timestamp, fields: impl Serialize) -> Bytes {
    #[derive(Serialize)]
    struct Event<F> {
        #[serde(rename = "type")]
        kind: &'static str,
        timestamp: Timestamp,
        #[serde(flatten)]
        fields: F,
    }
    // Serialising our own plain structures cannot fail; an empty object would be a visible bug.
    let json = serde_json::to_vec(&Event {
        kind: kind.as_str(),
        timestamp: at,
        fields,
    });
    text(&json.unwrap_or_else(|_| b"{}".to_vec()))
}

/// A revision without content.
pub fn bare_revision(
    conversation_id: ConversationId,
    revision: u64,
    at: Timestamp,
    replay: bool,
) -> Bytes {
    #[derive(Serialize)]
    struct Fields {
        conversation_id: ConversationId,
        revision: u64,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        replay: bool,
    }
    event(
        EventKind::Revision,
        at,
        Fields {
            conversation_id,
            revision,
            replay,
        },
    )
}

/// What every durable change begins with.
#[derive(Serialize)]
struct ChangeEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    conversation_id: ConversationId,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_revision: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replay: bool,
}

/// A change's frame. `joins` is true for the one whose log begins here: it carries
/// `from_revision`.
pub fn change(
    conversation_id: ConversationId,
    revision: u64,
    change: &Change,
    joins: bool,
) -> Bytes {
    let payload = Value::Object(change.payload.clone()).to_string();
    let head = ChangeEvent {
        kind: change.kind.as_str(),
        timestamp: change.at,
        user_id: change.actor,
        conversation_id,
        revision,
        from_revision: joins.then_some(revision),
        replay: false,
    };
    change_frame(&head, &payload)
}

/// `head` and the members of the JSON object `payload` as one object.
fn change_frame(head: &ChangeEvent<'_>, payload: &str) -> Bytes {
    let mut json = open_change(head, payload);
    json.push(b'}');
    text(&json)
}

/// The same without its closing brace.
fn open_change(head: &ChangeEvent<'_>, payload: &str) -> Vec<u8> {
    let mut json = serde_json::to_vec(head).unwrap_or_default();
    json.pop();
    let payload = payload.trim();
    let members = payload
        .strip_prefix('{')
        .and_then(|it| it.strip_suffix('}'));
    if let Some(members) = members.filter(|members| !members.is_empty()) {
        json.push(b',');
        json.extend_from_slice(members.as_bytes());
    }
    json
}

/// A message's frames: the part for everybody, to which [`MessageFrame::for_device`] adds one
/// device's content.
#[derive(Debug)]
pub struct MessageFrame {
    /// JSON text without its closing brace.
    prefix: Vec<u8>,
}

/// What one device gets of a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceContent<'a> {
    /// Its own body.
    pub own: Option<&'a Body>,
    /// The body for all.
    pub shared: Option<&'a Body>,
    /// The client's string of the device.
    pub device_name: &'a str,
    /// Read from the log.
    pub replay: bool,
}

impl MessageFrame {
    /// Of a message that was just stored.
    pub fn live(message: &StoredMessage, sender_device: Option<&str>) -> Self {
        Self::new(&MessageNew {
            kind: EventKind::MessageNew.as_str().to_owned(),
            timestamp: message.created_at,
            user_id: message.sender_id,
            conversation_id: message.conversation_id,
            revision: message.revision,
            message_id: message.id,
            sender_id: message.sender_id,
            sender_device_id: sender_device.map(str::to_owned),
            sequence_number: message.sequence_number,
            message_type: message.message_type,
            client_message_id: message.client_message_id.clone(),
            reply_to_message_id: message.reply_to_message_id,
            mentions: message.mentions.clone(),
            attachments: message.attachments.clone(),
            metadata: raw(message.metadata.as_deref()),
            created_at: message.created_at,
            edited_at: None,
            deleted_at: None,
            expires_at: message.expires_at,
        })
    }

    /// Of a message read from the log.
    pub fn stored(conversation_id: ConversationId, revision: u64, message: &DeviceMessage) -> Self {
        Self::new(&MessageNew {
            kind: EventKind::MessageNew.as_str().to_owned(),
            timestamp: message.created_at,
            user_id: message.sender_id,
            conversation_id,
            revision,
            message_id: message.id,
            sender_id: message.sender_id,
            sender_device_id: message.sender_device_id.clone(),
            sequence_number: message.sequence_number,
            message_type: message.message_type,
            client_message_id: message.client_message_id.clone(),
            reply_to_message_id: message.reply_to_message_id,
            mentions: ids(message.mentions.as_deref()),
            attachments: ids(message.attachments.as_deref()),
            metadata: raw(message.metadata.as_deref()),
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            expires_at: message.expires_at,
        })
    }

    /// Of an edit that was just stored.
    pub fn edited(conversation_id: ConversationId, revision: u64, change: &Change) -> Self {
        let payload = Value::Object(change.payload.clone()).to_string();
        let head = ChangeEvent {
            kind: change.kind.as_str(),
            timestamp: change.at,
            user_id: change.actor,
            conversation_id,
            revision,
            from_revision: None,
            replay: false,
        };
        Self {
            prefix: open_change(&head, &payload),
        }
    }

    fn new(message: &MessageNew) -> Self {
        let mut prefix = serde_json::to_vec(message).unwrap_or_default();
        prefix.pop();
        Self { prefix }
    }

    /// The whole frame for one device.
    pub fn for_device(&self, content: DeviceContent<'_>) -> Bytes {
        let body = content.shared.or(content.own);
        let ciphertext = body.map_or(0, |body| body.ciphertext.len());
        let mut tail = String::with_capacity(ciphertext.div_ceil(3) * 4 + 256);
        tail.push_str(",\"content\":");
        push_base64(body, &mut tail);
        tail.push_str(",\"header\":");
        tail.push_str(
            body.and_then(|body| body.header.as_deref())
                .unwrap_or("null"),
        );
        tail.push_str(",\"recipient_device_id\":");
        match (content.shared, content.own) {
            (None, Some(_)) => {
                tail.push_str(&Value::from(content.device_name).to_string());
            }
            (Some(_), _) | (None, None) => tail.push_str("null"),
        }
        if let (Some(_), Some(own)) = (content.shared, content.own) {
            tail.push_str(",\"device_ciphertext\":");
            push_base64(Some(own), &mut tail);
        }
        if content.replay {
            tail.push_str(",\"replay\":true");
        }
        tail.push('}');
        frame(TEXT, &[&self.prefix, tail.as_bytes()])
    }
}

fn push_base64(body: Option<&Body>, out: &mut String) {
    match body {
        Some(body) => {
            out.push('"');
            Base64::encode_into(&body.ciphertext, out);
            out.push('"');
        }
        None => out.push_str("null"),
    }
}

/// A stored array of ids; one that cannot be read, which we never write, is shown as none.
fn ids<T: serde::de::DeserializeOwned>(json: Option<&str>) -> Vec<T> {
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

fn raw(json: Option<&str>) -> Option<Box<RawValue>> {
    json.and_then(|json| RawValue::from_string(json.to_owned()).ok())
}

/// An entry of the log as a frame for the device that reads it.
pub fn log_entry(
    conversation_id: ConversationId,
    reader: UserId,
    device_name: &str,
    entry: &LogEntry,
    now: Timestamp,
) -> Bytes {
    match &entry.item {
        LogItem::Message(message) => MessageFrame::stored(conversation_id, entry.revision, message)
            .for_device(DeviceContent {
                own: message.own.as_ref(),
                shared: message.shared.as_ref(),
                device_name,
                replay: true,
            }),
        LogItem::Change {
            kind,
            subject,
            actor,
            payload,
            at,
            edited,
        } => {
            let joins = kind == EventKind::ParticipantAdded.as_str() && *subject == Some(reader.0);
            let head = ChangeEvent {
                kind,
                timestamp: *at,
                user_id: *actor,
                conversation_id,
                revision: entry.revision,
                from_revision: joins.then_some(entry.revision),
                // Behind an edit's content.
                replay: edited.is_none(),
            };
            let Some(content) = edited else {
                return change_frame(&head, payload);
            };
            let prefix = open_change(&head, payload);
            MessageFrame { prefix }.for_device(DeviceContent {
                own: content.own.as_ref(),
                shared: content.shared.as_ref(),
                device_name,
                replay: true,
            })
        }
        LogItem::Hidden => bare_revision(conversation_id, entry.revision, now, true),
        LogItem::Compacted { from } => {
            let mut fields = Map::new();
            fields.insert("conversation_id".into(), conversation_id.to_string().into());
            fields.insert("from".into(), (*from).into());
            fields.insert("revision".into(), entry.revision.into());
            fields.insert("compacted".into(), true.into());
            fields.insert("replay".into(), true.into());
            event(EventKind::Revision, now, fields)
        }
    }
}

/// `message:read` or `message:delivered`: `user_id` has everything up to this message.
pub fn receipt(
    conversation_id: ConversationId,
    user_id: UserId,
    kind: ReceiptKind,
    at_message: (MessageId, u64),
    at: Timestamp,
) -> Bytes {
    let (kind, who) = match kind {
        ReceiptKind::Read => (EventKind::MessageRead, "reader_id"),
        ReceiptKind::Delivered => (EventKind::MessageDelivered, "recipient_id"),
    };
    let (message_id, sequence_number) = at_message;
    let fields = json!({
        "user_id": user_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "sequence_number": sequence_number,
        who: user_id,
    });
    event(kind, at, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(frame: &Bytes) -> Value {
        let skip = match frame[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        serde_json::from_slice(&frame[skip..]).unwrap()
    }

    #[test]
    fn a_change_and_its_payload_become_one_object() {
        let conversation_id = ConversationId::new(Timestamp(0));
        let mut fields = Map::new();
        fields.insert("roster_version".into(), 3.into());
        let entry = Change {
            kind: EventKind::DeviceAdded,
            subject: None,
            actor: None,
            payload: fields,
            hidden_from: None,
            at: Timestamp(0),
        };
        let json = payload(&change(conversation_id, 7, &entry, true));
        assert_eq!(json["type"], "device:added");
        assert_eq!(json["revision"], 7);
        assert_eq!(json["from_revision"], 7);
        assert_eq!(json["roster_version"], 3);
        let empty = Change {
            payload: Map::new(),
            ..entry
        };
        assert_eq!(
            payload(&change(conversation_id, 8, &empty, false))["revision"],
            8
        );
    }

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        for length in [0, 125, 126, 0xffff, 0x1_0000] {
            let frame = text(&vec![b' '; length]);
            let expected = match length {
                0..=125 => 2,
                126..=0xffff => 4,
                _ => 10,
            };
            assert_eq!(frame.len(), expected + length);
        }
    }
}
