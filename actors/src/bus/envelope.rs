//! What nodes tell each other, as JSON.
//!
//! Two versions of the program run side by side while a cluster is upgraded. So an envelope names its
//! format and its kind before its content: a kind that a node does not know is skipped, and so is a
//! field. What a skipped envelope would have told is found by the same means as one that was lost.
//! A change whose event cannot be read still says which revision the conversation has got to.

use sentinal_protocol::event::Class;
use sentinal_protocol::{Availability, ConversationId, DeviceId, UserId};
use sentinal_store::{Committed, Entry, ExpiredMessage, Marked};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use crate::revocation::Revocation;

/// The format of envelopes; one of a higher number is skipped.
const FORMAT: u32 = 1;
/// Bytes of an event that crosses as it is. A larger one crosses as its revision, and is read from the
/// log: the bus bounds what lies in its queues by their number.
const EVENT_BYTES_MAX: usize = 16 * 1024;

/// Something that has happened on another node.
#[derive(Clone, Debug)]
pub enum News {
    /// A conversation has got to a revision.
    Change(ChangeNews),
    /// A receipt cursor moved.
    Receipts(ReceiptNews),
    /// Somebody of a conversation writes, or has stopped.
    Typing(TypingNews),
    /// A message's time has run out.
    Expired(ExpiredMessage),
    /// What rosters keep of a conversation has changed without a revision: a block, a name.
    Refresh(RefreshNews),
    /// A frame for sockets, outside any conversation's log.
    Frame(FrameNews),
    /// Logins have ended.
    Revoked(RevokedNews),
    /// A device has a newer socket, and as many are open as may be.
    GiveWay(GiveWayNews),
    /// How a user is on the node that says so.
    Presence(PresenceNews),
    /// Something was not told: whoever hears this compares its positions with the database.
    Gap(GapNews),
    /// A node listens to itself.
    Probe(ProbeNews),
}

/// A conversation has got to a revision.
#[derive(Clone, Debug)]
pub struct ChangeNews {
    /// Whose log.
    pub conversation_id: ConversationId,
    /// How far it has got.
    pub revision: u64,
    /// The entry at this revision, unless it is large or of a newer version.
    pub entry: Option<Entry>,
}

#[derive(Serialize, Deserialize)]
struct ChangeBody {
    conversation_id: ConversationId,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Box<RawValue>>,
}

/// A receipt cursor moved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptNews {
    /// What moved.
    pub marked: Marked,
    /// The user's unread messages, if it was read.
    pub unread_count: u64,
}

/// Somebody of a conversation writes, or has stopped.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TypingNews {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who writes.
    pub user_id: UserId,
    /// Which of both.
    pub is_typing: bool,
}

/// What rosters keep of a conversation has changed without a revision.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RefreshNews {
    /// The conversation.
    pub conversation_id: ConversationId,
}

/// A frame for the sockets of the user whose channel it comes by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FrameNews {
    /// What happens where it cannot be queued.
    pub class: Class,
    /// Only for this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<DeviceId>,
    /// Not for this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_but: Option<DeviceId>,
    /// The text.
    pub frame: String,
}

/// Logins have ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RevokedNews {
    /// The user whose logins they were.
    pub user_id: UserId,
    /// Which of them: one login, those of a device, or all.
    pub revocation: Revocation,
}

/// A device has a newer socket, and as many are open as may be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GiveWayNews {
    /// The user whose sockets they are.
    pub user_id: UserId,
    /// The device, of which the oldest socket is closed.
    pub device_id: DeviceId,
}

/// How a user is on the node that says so.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PresenceNews {
    /// The user.
    pub user_id: UserId,
    /// `None`: no socket there any more.
    pub availability: Option<Availability>,
    /// What those who may know were told last; `None`: offline, or nothing yet.
    #[serde(default)]
    pub told: Option<Availability>,
}

/// Something was not told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GapNews {}

/// A node listens to itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ProbeNews {
    /// Which probe it is.
    pub number: u64,
}

impl From<&Committed> for News {
    fn from(committed: &Committed) -> Self {
        Self::Change(ChangeNews {
            conversation_id: committed.conversation_id,
            revision: committed.revision,
            entry: Some(committed.entry.clone()),
        })
    }
}

/// What is published: who says it, and what.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The node that says it.
    pub from: Uuid,
    /// What it says.
    pub news: News,
}

#[derive(Serialize, Deserialize)]
struct Outer<'a> {
    #[serde(rename = "v")]
    format: u32,
    from: Uuid,
    kind: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// Why an envelope is not acted on.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// A newer version wrote it.
    #[error("of a newer version")]
    Newer,
    /// It is none.
    #[error("unreadable: {0}")]
    Broken(#[from] serde_json::Error),
}

impl Envelope {
    /// As it is published.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        let (kind, body) = match &self.news {
            News::Change(change) => ("change", to_raw_value(&change.body()?)?),
            News::Receipts(receipts) => ("receipts", to_raw_value(receipts)?),
            News::Typing(typing) => ("typing", to_raw_value(typing)?),
            News::Expired(expired) => ("expired", to_raw_value(expired)?),
            News::Refresh(refresh) => ("refresh", to_raw_value(refresh)?),
            News::Frame(frame) => ("frame", to_raw_value(frame)?),
            News::Revoked(revoked) => ("revoked", to_raw_value(revoked)?),
            News::GiveWay(news) => ("give_way", to_raw_value(news)?),
            News::Presence(presence) => ("presence", to_raw_value(presence)?),
            News::Gap(gap) => ("gap", to_raw_value(gap)?),
            News::Probe(probe) => ("probe", to_raw_value(probe)?),
        };
        serde_json::to_string(&Outer {
            format: FORMAT,
            from: self.from,
            kind,
            body: &body,
        })
    }

    /// Reads what was published.
    pub fn decode(text: &[u8]) -> Result<Self, Unread> {
        let outer: Outer = serde_json::from_slice(text)?;
        if outer.format > FORMAT {
            return Err(Unread::Newer);
        }
        let body = outer.body.get();
        let news = match outer.kind {
            "change" => News::Change(ChangeNews::read(body)?),
            "receipts" => News::Receipts(serde_json::from_str(body)?),
            "typing" => News::Typing(serde_json::from_str(body)?),
            "expired" => News::Expired(serde_json::from_str(body)?),
            "refresh" => News::Refresh(serde_json::from_str(body)?),
            "frame" => News::Frame(serde_json::from_str(body)?),
            "revoked" => News::Revoked(serde_json::from_str(body)?),
            "give_way" => News::GiveWay(serde_json::from_str(body)?),
            "presence" => News::Presence(serde_json::from_str(body)?),
            "gap" => News::Gap(serde_json::from_str(body)?),
            "probe" => News::Probe(serde_json::from_str(body)?),
            _ => return Err(Unread::Newer),
        };
        Ok(Self {
            from: outer.from,
            news,
        })
    }
}

impl ChangeNews {
    fn body(&self) -> Result<ChangeBody, serde_json::Error> {
        let entry = self.entry.as_ref().map(to_raw_value).transpose()?;
        Ok(ChangeBody {
            conversation_id: self.conversation_id,
            revision: self.revision,
            entry: entry.filter(|entry| entry.get().len() <= EVENT_BYTES_MAX),
        })
    }

    fn read(body: &str) -> Result<Self, serde_json::Error> {
        let body: ChangeBody = serde_json::from_str(body)?;
        // One that a newer version wrote is read from the log by whoever can.
        let entry = body
            .entry
            .and_then(|entry| serde_json::from_str(entry.get()).ok());
        Ok(Self {
            conversation_id: body.conversation_id,
            revision: body.revision,
            entry,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sentinal_protocol::event::EventKind;
    use sentinal_protocol::{MessageId, MessageType, Timestamp};
    use sentinal_store::{Body, Change, StoredMessage};

    use super::*;

    fn conversation() -> ConversationId {
        ConversationId(Uuid::from_u128(3))
    }

    fn message(bytes: usize) -> StoredMessage {
        StoredMessage {
            id: MessageId(Uuid::from_u128(4)),
            conversation_id: conversation(),
            revision: 9,
            sequence_number: 8,
            sender_id: UserId(Uuid::from_u128(5)),
            sender_device_id: DeviceId(Uuid::from_u128(6)),
            message_type: MessageType::Text,
            client_message_id: Some("one".to_owned()),
            reply_to_message_id: None,
            mentions: vec![UserId(Uuid::from_u128(7))],
            attachments: Vec::new(),
            metadata: Some("{}".to_owned()),
            shared: None,
            bodies: vec![(
                DeviceId(Uuid::from_u128(8)),
                Body {
                    ciphertext: vec![0xfe; bytes],
                    header: Some("{}".to_owned()),
                },
            )],
            hidden_from: None,
            created_at: Timestamp(1_700_000_000_123),
            expires_at: None,
        }
    }

    fn sent(entry: Entry) -> ChangeNews {
        let committed = Committed {
            conversation_id: conversation(),
            revision: 9,
            entry,
        };
        let envelope = Envelope {
            from: Uuid::from_u128(1),
            news: News::from(&committed),
        };
        let read = Envelope::decode(envelope.encode().unwrap().as_bytes()).unwrap();
        assert_eq!(read.from, envelope.from);
        let News::Change(change) = read.news else {
            panic!("{read:?}");
        };
        assert_eq!(
            (change.conversation_id, change.revision),
            (conversation(), 9)
        );
        change
    }

    #[test]
    fn a_message_crosses_whole_and_a_large_one_as_its_revision() {
        let change = sent(Entry::Message(Arc::new(message(300))));
        let Some(Entry::Message(read)) = change.entry else {
            panic!("{change:?}");
        };
        let wrote = message(300);
        assert_eq!(read.bodies, wrote.bodies);
        assert_eq!(read.created_at, wrote.created_at);
        assert_eq!(read.mentions, wrote.mentions);
        assert!(
            sent(Entry::Message(Arc::new(message(20_000))))
                .entry
                .is_none()
        );
    }

    #[test]
    fn a_change_crosses_whole() {
        let change = Change {
            kind: EventKind::ParticipantRemoved,
            subject: Some(Uuid::from_u128(2)),
            actor: None,
            payload: "{\"user_id\":1}".to_owned(),
            hidden_from: None,
            at: Timestamp(1_700_000_000_123),
        };
        let Some(Entry::Change(read)) = sent(Entry::Change(Arc::new(change.clone()))).entry else {
            panic!("no change");
        };
        assert_eq!((read.kind, read.subject), (change.kind, change.subject));
        assert_eq!((&read.payload, read.at), (&change.payload, change.at));
    }

    #[test]
    fn an_envelope_from_the_future_is_skipped_and_a_known_one_keeps_what_can_be_read() {
        let from = Uuid::from_u128(1);
        let newer = [
            format!(r#"{{"v":1,"from":"{from}","kind":"thought","body":{{"of":[1]}},"to":2}}"#),
            format!(r#"{{"v":2,"from":"{from}","kind":"typing","body":7}}"#),
        ];
        for text in newer {
            let read = Envelope::decode(text.as_bytes());
            assert!(matches!(read, Err(Unread::Newer)), "{read:?}");
        }
        let id = conversation();
        let text = format!(
            r#"{{"v":1,"from":"{from}","hops":3,"kind":"change","body":{{"conversation_id":"{id}","revision":9,"mood":"x","entry":{{"dream":{{"of":"sheep"}}}}}}}}"#
        );
        let News::Change(change) = Envelope::decode(text.as_bytes()).unwrap().news else {
            panic!("{text}");
        };
        assert_eq!(change.revision, 9);
        assert!(change.entry.is_none());
        for broken in ["", "{}", "[1]", r#"{"v":1}"#] {
            let read = Envelope::decode(broken.as_bytes());
            assert!(matches!(read, Err(Unread::Broken(_))), "{broken}");
        }
    }
}
