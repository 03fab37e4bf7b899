//! Events as frames, ready for the socket.
//!
//! A frame is the WebSocket header and the JSON text in one shared buffer. Most events are serialised
//! from their structs. Entries of a conversation's log go out in numbers: what is the same for every
//! device is serialised once, and texts that are stored are put in as they are ([`log`],
//! [`message`]); tests hold the outcome against the structs.

mod log;
mod message;
mod opening;

use actix_web_actors::ws::CloseReason;
use bytes::Bytes;
use sentinal_protocol::event::{Event, Frame, MessageDelivered, MessageRead};
use sentinal_protocol::{CloseCode, ConversationId, MessageId, Timestamp, UserId};
use sentinal_store::ReceiptKind;
use serde::Serialize;

pub use log::{bare_revision, change, log_entry};
pub use message::{DeviceContent, MessageFrame};

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

/// The JSON text of a text frame.
pub fn payload(frame: &Bytes) -> Option<&str> {
    let [TEXT, length, ..] = frame.as_ref() else {
        return None;
    };
    let header = match length {
        126 => 4,
        127 => HEADER_MAX,
        _ => 2,
    };
    std::str::from_utf8(frame.get(header..)?).ok()
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

/// An event that is told live.
pub fn event<E: Event>(at: Timestamp, event: &E) -> Bytes {
    text(&json(&Frame::live(event, at)))
}

/// JSON text of one of our own plain structures.
fn json(value: &impl Serialize) -> Vec<u8> {
    // Serialising them cannot fail; an empty object would be a visible bug.
    serde_json::to_vec(value).unwrap_or_else(|_| b"{}".to_vec())
}

/// `message:read` or `message:delivered`: `user_id` has everything up to this message.
pub fn receipt(
    conversation_id: ConversationId,
    user_id: UserId,
    kind: ReceiptKind,
    at_message: (MessageId, u64),
    at: Timestamp,
) -> Bytes {
    let (message_id, sequence_number) = at_message;
    match kind {
        ReceiptKind::Read => {
            let read = MessageRead {
                user_id,
                conversation_id,
                message_id,
                reader_id: user_id,
                sequence_number,
            };
            event(at, &read)
        }
        ReceiptKind::Delivered => {
            let delivered = MessageDelivered {
                user_id,
                conversation_id,
                message_id,
                recipient_id: user_id,
                sequence_number,
            };
            event(at, &delivered)
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::event::ServerFrame;

    use super::*;

    /// What a client reads, and the JSON value of the frame as it is and as it is written again: they
    /// are the same if the frame has exactly the fields of its struct.
    pub(super) fn read(frame: &Bytes) -> ServerFrame {
        let skip = match frame[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        let read: ServerFrame = serde_json::from_slice(&frame[skip..]).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&frame[skip..]).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
        assert!(read.kind().is_some(), "{written}");
        read
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
            assert_eq!(payload(&frame).map(str::len), Some(length));
        }
    }
}
