//! How the frame of a change begins.

use bytes::Bytes;
use sentinal_protocol::Timestamp;
use sentinal_protocol::event::{Durable, Frame, LogPlace};
use serde::Serialize;

use super::{json, text};

/// What a change begins with, before the text that the log keeps of it.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    /// The `type`, which may be newer than this program.
    pub(super) kind: &'a str,
    pub(super) at: Timestamp,
    pub(super) place: LogPlace,
    /// Whether the log begins here for the one who reads it.
    pub(super) joins: bool,
    pub(super) replay: bool,
}

impl Opening<'_> {
    /// The frame's JSON text with the members of the object `payload`, without its closing brace.
    pub(super) fn with(self, payload: &str) -> Vec<u8> {
        /// The one field of `participant:added` that the log does not keep.
        #[derive(Serialize)]
        struct Joins {
            #[serde(skip_serializing_if = "Option::is_none")]
            from_revision: Option<u64>,
        }
        let from_revision = self.joins.then_some(self.place.revision);
        let mut json = json(&Frame {
            kind: self.kind,
            timestamp: self.at,
            replay: self.replay,
            event: Durable {
                place: self.place,
                entry: Joins { from_revision },
            },
        });
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

    /// The whole frame, with the members of the object `payload`.
    pub(super) fn frame(self, payload: &str) -> Bytes {
        let mut json = self.with(payload);
        json.push(b'}');
        text(&json)
    }
}
