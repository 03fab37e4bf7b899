//! Entries of a conversation's log as frames, told live or read.

use bytes::Bytes;
use sentinal_protocol::event::{Durable, EventKind, Frame, LogPlace, Revision};
use sentinal_protocol::{ConversationId, Timestamp, UserId};
use sentinal_store::{Change, LogEntry, LogItem};

use super::opening::Opening;
use super::{DeviceContent, MessageFrame, json, text};

/// A revision without content.
pub fn bare_revision(
    conversation_id: ConversationId,
    revision: u64,
    at: Timestamp,
    replay: bool,
) -> Bytes {
    let place = LogPlace {
        user_id: None,
        conversation_id,
        revision,
    };
    revision_event(place, Revision::default(), at, replay)
}

fn revision_event(place: LogPlace, entry: Revision, at: Timestamp, replay: bool) -> Bytes {
    text(&json(&Frame {
        kind: EventKind::Revision.as_str(),
        timestamp: at,
        replay,
        event: Durable { place, entry },
    }))
}

/// A change's frame. `joins` is true for the one whose log begins here: it carries
/// `from_revision`.
pub fn change(
    conversation_id: ConversationId,
    revision: u64,
    change: &Change,
    joins: bool,
) -> Bytes {
    let opening = Opening {
        kind: change.kind.as_str(),
        at: change.at,
        place: LogPlace {
            user_id: change.actor,
            conversation_id,
            revision,
        },
        joins,
        replay: false,
    };
    opening.frame(&change.payload)
}

/// An entry of the log as a frame for the device that reads it.
pub fn log_entry(
    conversation_id: ConversationId,
    reader: UserId,
    device_name: &str,
    entry: &LogEntry,
    now: Timestamp,
) -> Bytes {
    let revision = entry.revision;
    match &entry.item {
        LogItem::Message(message) => MessageFrame::stored(conversation_id, revision, message)
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
            let opening = Opening {
                kind,
                at: *at,
                place: LogPlace {
                    user_id: *actor,
                    conversation_id,
                    revision,
                },
                joins: kind == EventKind::ParticipantAdded.as_str() && *subject == Some(reader.0),
                // Behind an edit's content.
                replay: edited.is_none(),
            };
            let Some(content) = edited else {
                return opening.frame(payload);
            };
            MessageFrame::opened(opening.with(payload)).for_device(DeviceContent {
                own: content.own.as_ref(),
                shared: content.shared.as_ref(),
                device_name,
                replay: true,
            })
        }
        LogItem::Hidden => bare_revision(conversation_id, revision, now, true),
        LogItem::Compacted { from } => {
            let place = LogPlace {
                user_id: None,
                conversation_id,
                revision,
            };
            let gone = Revision {
                from: Some(*from),
                compacted: true,
                reserved_sequence: None,
            };
            revision_event(place, gone, now, true)
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::event::ServerEvent;
    use serde_json::{Value, json};

    use super::super::tests::read;
    use super::*;

    /// Every change that the log keeps without content becomes the event of its struct.
    #[test]
    fn a_change_and_its_payload_become_one_event() {
        for kind in EventKind::ALL {
            let is_change =
                |kind| !matches!(kind, EventKind::MessageNew | EventKind::MessageUpdated);
            let example = kind.example();
            let Some(place) = example.event.place().filter(|_| is_change(*kind)) else {
                continue;
            };
            let Value::Object(mut kept) = json!(example.event) else {
                panic!("{example:?}");
            };
            let joins = kept.remove("from_revision").is_some();
            for name in ["user_id", "conversation_id", "revision"] {
                kept.remove(name);
            }
            let entry = Change {
                kind: *kind,
                subject: None,
                actor: place.user_id,
                payload: Value::Object(kept.clone()).to_string(),
                hidden_from: None,
                at: example.timestamp,
            };
            let told = read(&change(
                place.conversation_id,
                place.revision,
                &entry,
                joins,
            ));
            assert_eq!(told.kind(), Some(*kind));
            assert_eq!(told.revision(), Some(place.revision));
            let entry = LogEntry {
                revision: place.revision,
                item: LogItem::Change {
                    kind: kind.as_str().to_owned(),
                    subject: joins.then_some(uuid::Uuid::nil()),
                    actor: None,
                    payload: Value::Object(kept).to_string(),
                    at: example.timestamp,
                    edited: None,
                },
            };
            let reader = UserId(uuid::Uuid::nil());
            let now = example.timestamp;
            let replayed = read(&log_entry(
                place.conversation_id,
                reader,
                "phone",
                &entry,
                now,
            ));
            assert_eq!((replayed.kind(), replayed.replay), (Some(*kind), true));
            if let ServerEvent::ParticipantAdded(added) = replayed.event {
                assert_eq!(added.entry.from_revision, Some(place.revision));
            }
        }
    }

    #[test]
    fn what_has_no_payload_and_what_is_gone_are_bare_revisions() {
        let conversation_id = ConversationId::new(Timestamp(0));
        let reader = UserId::new(Timestamp(0));
        let entry = |item| LogEntry { revision: 9, item };
        let erased = LogItem::Change {
            kind: EventKind::Revision.as_str().to_owned(),
            subject: None,
            actor: None,
            payload: "{}".to_owned(),
            at: Timestamp(0),
            edited: None,
        };
        let items = [erased, LogItem::Hidden, LogItem::Compacted { from: 4 }];
        for (item, from) in items.into_iter().zip([None, None, Some(4)]) {
            let frame = log_entry(conversation_id, reader, "phone", &entry(item), Timestamp(0));
            let frame = read(&frame);
            assert!(frame.replay);
            let ServerEvent::Revision(event) = &frame.event else {
                panic!("{frame:?}");
            };
            assert_eq!(event.place.revision, 9);
            assert_eq!(
                (event.entry.from, event.entry.compacted),
                (from, from.is_some())
            );
        }
    }
}
