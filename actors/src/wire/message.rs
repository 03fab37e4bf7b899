//! Messages and edits as frames: the part for everybody is serialised once, and each device's content
//! is put in behind it.

use bytes::Bytes;
use sentinal_protocol::event::{Durable, EventKind, Frame, LogPlace, MessageNew};
use sentinal_protocol::{Base64, ConversationId};
use sentinal_store::{Body, Change, DeviceMessage, StoredMessage};
use serde_json::Value;
use serde_json::value::RawValue;

use super::opening::Opening;
use super::{TEXT, frame, json};

/// How the text of a [`MessageNew`] without content ends: these are its last fields.
const NO_CONTENT: &str = r#","content":null,"header":null,"recipient_device_id":null}"#;

/// A message's frames: the part for everybody, to which [`MessageFrame::for_device`] adds one
/// device's content.
#[derive(Debug)]
pub struct MessageFrame {
    /// JSON text without its content and its closing brace.
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
        let place = LogPlace {
            user_id: Some(message.sender_id),
            conversation_id: message.conversation_id,
            revision: message.revision,
        };
        let entry = MessageNew {
            message_id: message.id,
            sender_id: message.sender_id,
            sender_device_id: sender_device.map(str::to_owned),
            sender_device_uuid: message.sender_device_id,
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
            content: None,
            header: None,
            recipient_device_id: None,
            device_ciphertext: None,
            device_header: None,
        };
        Self::new(Durable { place, entry })
    }

    /// Of a message read from the log.
    pub fn stored(conversation_id: ConversationId, revision: u64, message: &DeviceMessage) -> Self {
        let place = LogPlace {
            user_id: Some(message.sender_id),
            conversation_id,
            revision,
        };
        let entry = MessageNew {
            message_id: message.id,
            sender_id: message.sender_id,
            sender_device_id: message.sender_device_id.clone(),
            sender_device_uuid: message.sender_device_uuid,
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
            content: None,
            header: None,
            recipient_device_id: None,
            device_ciphertext: None,
            device_header: None,
        };
        Self::new(Durable { place, entry })
    }

    /// Of a change with content that was just stored: an edit or a control message.
    pub fn changed(conversation_id: ConversationId, revision: u64, change: &Change) -> Self {
        let opening = Opening {
            kind: change.kind.as_str(),
            at: change.at,
            place: LogPlace {
                user_id: change.actor,
                conversation_id,
                revision,
            },
            joins: false,
            replay: false,
        };
        Self::opened(opening.with(&change.payload))
    }

    /// Of an edit whose text for everybody is this.
    pub(super) fn opened(prefix: Vec<u8>) -> Self {
        Self { prefix }
    }

    fn new(message: Durable<MessageNew>) -> Self {
        let mut prefix = json(&Frame {
            kind: EventKind::MessageNew.as_str(),
            timestamp: message.entry.created_at,
            replay: false,
            event: message,
        });
        if prefix.ends_with(NO_CONTENT.as_bytes()) {
            prefix.truncate(prefix.len() - NO_CONTENT.len());
        }
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
            if let Some(header) = &own.header {
                tail.push_str(",\"device_header\":");
                tail.push_str(header);
            }
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

#[cfg(test)]
mod tests {
    use sentinal_protocol::event::{Logged, MessageEdit, ServerEvent};
    use sentinal_protocol::{MessageId, MessageType, Timestamp, UserId};

    use super::super::tests::read;
    use super::*;

    fn body(text: &str, header: Option<&str>) -> Body {
        Body {
            ciphertext: text.as_bytes().to_vec(),
            header: header.map(str::to_owned),
        }
    }

    /// What a device is to be told of a content.
    #[derive(Debug, Default, PartialEq)]
    struct Told {
        content: Option<Base64>,
        device: Option<String>,
        beside: Option<Base64>,
        beside_header: Option<String>,
    }

    fn told(content: DeviceContent<'_>) -> Told {
        let bytes = |body: &Body| Base64(body.ciphertext.clone());
        match (content.shared, content.own) {
            (Some(shared), own) => Told {
                content: Some(bytes(shared)),
                device: None,
                beside: own.map(bytes),
                beside_header: own.and_then(|own| own.header.clone()),
            },
            (None, Some(own)) => Told {
                content: Some(bytes(own)),
                device: Some(content.device_name.to_owned()),
                ..Told::default()
            },
            (None, None) => Told::default(),
        }
    }

    /// Calls `check` with every combination of contents.
    fn with_contents(check: impl Fn(DeviceContent<'_>)) {
        let own = body("own", Some(r#"{"chain":[1, 2.50]}"#));
        let shared = body("shared", None);
        for own in [None, Some(&own)] {
            for shared in [None, Some(&shared)] {
                for replay in [false, true] {
                    check(DeviceContent {
                        own,
                        shared,
                        device_name: "bob's \"phone\"",
                        replay,
                    });
                }
            }
        }
    }

    #[test]
    fn a_message_in_parts_is_the_event_of_its_struct() {
        let message = StoredMessage {
            id: MessageId::new(Timestamp(1)),
            conversation_id: ConversationId::new(Timestamp(2)),
            revision: 12,
            sequence_number: 7,
            sender_id: UserId::new(Timestamp(3)),
            sender_device_id: sentinal_protocol::DeviceId::new(Timestamp(4)),
            message_type: MessageType::Text,
            client_message_id: Some("6a1f".to_owned()),
            reply_to_message_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            metadata: Some("{\"a\": 1}".to_owned()),
            shared: None,
            bodies: Vec::new(),
            hidden_from: None,
            created_at: Timestamp(5),
            expires_at: None,
        };
        let frame = MessageFrame::live(&message, Some("phone"));
        with_contents(|content| {
            let frame = read(&frame.for_device(content));
            assert_eq!(frame.replay, content.replay);
            let ServerEvent::MessageNew(event) = frame.event else {
                panic!("{frame:?}");
            };
            let entry = event.entry;
            assert_eq!(event.place.user_id, Some(message.sender_id));
            assert_eq!(entry.metadata.unwrap().get(), "{\"a\": 1}");
            let body = content.shared.or(content.own);
            let header = entry.header.map(|header| header.get().to_owned());
            assert_eq!(header, body.and_then(|body| body.header.clone()));
            let heard = Told {
                content: entry.content,
                device: entry.recipient_device_id,
                beside: entry.device_ciphertext,
                beside_header: entry.device_header.map(|header| header.get().to_owned()),
            };
            assert_eq!(heard, told(content));
        });
    }

    #[test]
    fn an_edit_in_parts_is_the_event_of_its_struct() {
        let edit = MessageEdit {
            message_id: MessageId::new(Timestamp(1)),
            sender_id: Some(UserId::new(Timestamp(3))),
            sequence_number: 7,
            edited_at: Timestamp(6),
        };
        let change = Change {
            kind: MessageEdit::KIND,
            subject: None,
            actor: edit.sender_id,
            payload: serde_json::to_string(&edit).unwrap(),
            hidden_from: None,
            at: edit.edited_at,
        };
        let frame = MessageFrame::changed(ConversationId::new(Timestamp(2)), 13, &change);
        with_contents(|content| {
            let frame = read(&frame.for_device(content));
            assert_eq!((frame.revision(), frame.replay), (Some(13), content.replay));
            let ServerEvent::MessageUpdated(event) = frame.event else {
                panic!("{frame:?}");
            };
            let entry = event.entry;
            assert_eq!(entry.edit.message_id, edit.message_id);
            let heard = Told {
                content: entry.content,
                device: entry.recipient_device_id,
                beside: entry.device_ciphertext,
                beside_header: entry.device_header.map(|header| header.get().to_owned()),
            };
            assert_eq!(heard, told(content));
        });
    }
}
