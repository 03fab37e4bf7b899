//! Which revisions a device has: what is new, what comes twice, what is missing, what to
//! acknowledge. Pure: no clock, no I/O.
//!
//! A conversation's revisions are dense and everybody gets every one, so a jump in the numbers
//! means that something is missing. Two jumps are normal: `participant:added` for oneself says with
//! `from_revision` where the log goes on, and a compacted range comes as one frame that spans it.
//!
//! Three numbers are kept for each conversation: what was *seen* on any socket (the measure of what
//! comes twice), what the program has *taken* from the queue (the measure of what may be
//! acknowledged) and what was *sent* on the present socket (the server refuses an ack above it).

use std::collections::{BTreeSet, HashMap};

use sentinal_protocol::ConversationId;
use sentinal_protocol::event::{Durable, ServerEvent, ServerFrame};
use sentinal_protocol::frame::Ack;

/// The revisions that one durable frame stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The first revision; lower than `last` only for a compacted range.
    pub first: u64,
    /// The last revision.
    pub last: u64,
    /// The log goes on here after an absence, for `participant:added` of oneself.
    pub from_revision: Option<u64>,
}

impl Span {
    /// What `frame` stands for, if it is durable.
    pub fn of(frame: &ServerFrame) -> Option<Self> {
        let place = frame.event.place()?;
        let one = Self {
            conversation_id: place.conversation_id,
            first: place.revision,
            last: place.revision,
            from_revision: None,
        };
        Some(match &frame.event {
            ServerEvent::ParticipantAdded(added) => Self {
                from_revision: added.entry.from_revision,
                ..one
            },
            ServerEvent::Revision(Durable { entry, .. }) if entry.compacted => Self {
                first: entry.from.unwrap_or(one.last).min(one.last),
                ..one
            },
            _ => one,
        })
    }
}

/// What to do with a durable frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next one: hand it on.
    New,
    /// Seen before: drop it.
    Repeated,
    /// `from..=to` is missing before it. The first time: drop it and connect again, which replays
    /// what is missing.
    Missing {
        /// First missing revision.
        from: u64,
        /// Last missing revision.
        to: u64,
    },
    /// The same range is missing on a second socket, so it will not come: report it and hand the
    /// frame on.
    Lost {
        /// First lost revision.
        from: u64,
        /// Last lost revision.
        to: u64,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Position {
    seen: u64,
    taken: u64,
    sent: u64,
    /// The ack that the present socket has carried.
    acked: u64,
    /// The position at which a hole was met, so that it is not waited for twice.
    hole_after: Option<u64>,
    /// Whether the program has named it; then zero is a position too: the log from its beginning.
    is_named: bool,
}

impl Position {
    /// What may be acknowledged on the present socket and has not been.
    fn due(&self) -> Option<u64> {
        let upto = self.taken.min(self.sent);
        (upto > self.acked).then_some(upto)
    }
}

/// The positions of one device in all its conversations.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    of: HashMap<ConversationId, Position>,
    /// Conversations whose ack may be due.
    touched: BTreeSet<ConversationId>,
}

impl Positions {
    /// Positions that a device has kept from earlier.
    pub fn starting_at(cursors: &HashMap<ConversationId, u64>) -> Self {
        let at = |revision: u64| Position {
            seen: revision,
            taken: revision,
            is_named: true,
            ..Position::default()
        };
        Self {
            of: cursors.iter().map(|(id, &rev)| (*id, at(rev))).collect(),
            touched: BTreeSet::new(),
        }
    }

    /// A new socket: nothing was sent on it yet, and it has carried no ack.
    pub fn begin_socket(&mut self) {
        for position in self.of.values_mut() {
            position.sent = 0;
            position.acked = 0;
        }
        self.touched.clear();
    }

    /// Judges a durable frame that came on the present socket.
    pub fn receive(&mut self, span: Span) -> Verdict {
        let known = self.of.contains_key(&span.conversation_id);
        let position = self.of.entry(span.conversation_id).or_default();
        if let Some(from_revision) = span.from_revision {
            position.seen = position.seen.max(from_revision.saturating_sub(1));
        }
        let verdict = if span.last <= position.seen {
            Verdict::Repeated
        } else if !known || span.first <= position.seen + 1 {
            Verdict::New
        } else {
            let (from, to) = (position.seen + 1, span.first - 1);
            if position.hole_after != Some(position.seen) {
                position.hole_after = Some(position.seen);
                return Verdict::Missing { from, to };
            }
            Verdict::Lost { from, to }
        };
        self.move_to(span);
        verdict
    }

    /// Goes on after `span`, whatever is missing before it.
    pub fn move_to(&mut self, span: Span) {
        let position = self.of.entry(span.conversation_id).or_default();
        position.seen = position.seen.max(span.last);
        position.sent = position.sent.max(span.last);
        self.touched.insert(span.conversation_id);
    }

    /// The program has everything of `conversation_id` up to `revision`.
    pub fn take(&mut self, conversation_id: ConversationId, revision: u64) {
        let position = self.of.entry(conversation_id).or_default();
        position.taken = position.taken.max(revision);
        self.touched.insert(conversation_id);
    }

    /// The acks to send now; each is given out once per socket.
    pub fn acks_due(&mut self) -> Vec<Ack> {
        let mut due = Vec::new();
        for conversation_id in std::mem::take(&mut self.touched) {
            let Some(position) = self.of.get_mut(&conversation_id) else {
                continue;
            };
            if let Some(revision) = position.due() {
                position.acked = revision;
                due.push(Ack {
                    conversation_id,
                    revision,
                });
            }
        }
        due
    }

    /// Up to where the program has each conversation: what a device that keeps its own positions
    /// stores, and names when it comes back.
    pub fn cursors(&self) -> HashMap<ConversationId, u64> {
        let taken = |(id, at): (&ConversationId, &Position)| (*id, at.taken);
        let positions = self.of.iter().filter(|(_, at)| at.taken > 0 || at.is_named);
        positions.map(taken).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn chat(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    fn one(revision: u64) -> Span {
        Span {
            conversation_id: chat(1),
            first: revision,
            last: revision,
            from_revision: None,
        }
    }

    #[test]
    fn a_durable_frame_spans_one_revision_and_a_compacted_one_its_range() {
        let read = |text: &str| Span::of(&serde_json::from_str(text).unwrap());
        let id = chat(1);
        let at = "\"timestamp\":\"2026-01-01T00:00:00.000Z\"";
        for kind in ["revision", "message:sung"] {
            let plain =
                format!(r#"{{"type":"{kind}",{at},"conversation_id":"{id}","revision":7}}"#);
            assert_eq!(read(&plain), Some(one(7)), "{kind}");
        }
        let compacted = format!(
            r#"{{"type":"revision",{at},"conversation_id":"{id}","from":3,"revision":7,"compacted":true}}"#
        );
        assert_eq!(read(&compacted), Some(Span { first: 3, ..one(7) }));
        assert_eq!(read(&format!(r#"{{"type":"hello",{at}}}"#)), None);
    }

    #[test]
    fn the_first_frame_of_an_unknown_conversation_sets_the_position() {
        let mut positions = Positions::default();
        assert_eq!(positions.receive(one(41)), Verdict::New);
        assert_eq!(positions.receive(one(42)), Verdict::New);
        assert_eq!(positions.receive(one(41)), Verdict::Repeated);
    }

    #[test]
    fn a_hole_is_waited_for_once_and_then_given_up() {
        let mut positions = Positions::starting_at(&HashMap::from([(chat(1), 3)]));
        let missing = Verdict::Missing { from: 4, to: 5 };
        assert_eq!(positions.receive(one(6)), missing);
        positions.begin_socket();
        assert_eq!(positions.receive(one(6)), Verdict::Lost { from: 4, to: 5 });
        assert_eq!(positions.receive(one(7)), Verdict::New);
        let missing = Verdict::Missing { from: 8, to: 8 };
        assert_eq!(positions.receive(one(9)), missing);
    }

    #[test]
    fn coming_back_after_an_absence_is_no_hole() {
        let mut positions = Positions::starting_at(&HashMap::from([(chat(1), 3)]));
        let added = Span {
            from_revision: Some(10),
            ..one(10)
        };
        assert_eq!(positions.receive(added), Verdict::New);
        assert_eq!(positions.receive(one(11)), Verdict::New);
    }

    #[test]
    fn a_compacted_range_fills_the_hole_and_may_overlap() {
        let mut positions = Positions::starting_at(&HashMap::from([(chat(1), 3)]));
        let range = Span {
            first: 2,
            ..one(20)
        };
        assert_eq!(positions.receive(range), Verdict::New);
        assert_eq!(positions.receive(one(21)), Verdict::New);
    }

    #[test]
    fn an_ack_never_exceeds_what_this_socket_was_sent() {
        let mut positions = Positions::default();
        for revision in 1..=5 {
            positions.receive(one(revision));
        }
        positions.take(chat(1), 5);
        positions.begin_socket();
        assert_eq!(positions.acks_due(), []);
        assert_eq!(positions.receive(one(4)), Verdict::Repeated);
        let ack = |revision| Ack {
            conversation_id: chat(1),
            revision,
        };
        assert_eq!(positions.acks_due(), [ack(4)]);
        assert_eq!(positions.acks_due(), []);
        assert_eq!(positions.cursors(), HashMap::from([(chat(1), 5)]));
    }

    /// What happens to a client of a server that keeps its promise.
    #[derive(Clone, Debug)]
    enum Step {
        /// The server commits so many changes, live if connected.
        Commit(u64),
        /// The program takes so many frames from the queue.
        Take(u64),
        /// The client acknowledges what it may.
        Flush,
        /// The connection breaks, so many changes are committed meanwhile, and the server replays
        /// from its cursor, or from earlier if the node lost its last second.
        Reconnect { missed: u64, lost: u64 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1..5_u64).prop_map(Step::Commit),
            (1..5_u64).prop_map(Step::Take),
            Just(Step::Flush),
            (0..5_u64, 0..3_u64).prop_map(|(missed, lost)| Step::Reconnect { missed, lost }),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn each_revision_is_handed_on_once_in_order_and_acks_stay_below_what_was_sent(
            steps in steps()
        ) {
            let mut positions = Positions::default();
            let (mut head, mut cursor, mut sent, mut taken) = (0_u64, 0_u64, 0_u64, 0_u64);
            let mut handed = Vec::new();
            for step in steps {
                match step {
                    Step::Commit(n) => {
                        for _ in 0..n {
                            head += 1;
                            sent = head;
                            if positions.receive(one(head)) == Verdict::New {
                                handed.push(head);
                            }
                        }
                    }
                    Step::Take(n) => {
                        taken = (taken + n).min(handed.len() as u64);
                        positions.take(chat(1), taken);
                    }
                    Step::Flush => {
                        for ack in positions.acks_due() {
                            prop_assert!(ack.revision <= sent);
                            prop_assert!(ack.revision <= taken);
                            prop_assert!(ack.revision >= cursor);
                            cursor = ack.revision;
                        }
                    }
                    Step::Reconnect { missed, lost } => {
                        positions.begin_socket();
                        head += missed;
                        cursor = cursor.saturating_sub(lost);
                        sent = cursor;
                        for revision in cursor + 1..=head {
                            sent = revision;
                            if positions.receive(one(revision)) == Verdict::New {
                                handed.push(revision);
                            }
                        }
                    }
                }
            }
            prop_assert_eq!(handed, (1..=head).collect::<Vec<_>>());
        }
    }
}
