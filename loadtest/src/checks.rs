//! What one socket has been sent, against the promise of the log: each revision once, in order, none
//! left out. Pure: no clock, no I/O.
//!
//! The tester does not do what a client does about a hole (connect again and read the rest), because a
//! live socket must not have one. It remembers what is missing. What comes later after all was out of
//! order; what never comes is lost.

use std::collections::{BTreeSet, HashMap};

use sentinal_client::Span;
use sentinal_protocol::{ConversationId, MessageId};

/// Missing revisions that are remembered one by one, of one conversation. More are only counted.
const MISSING_MAX: usize = 10_000;

/// What to think of a durable frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The next one, or the first one of its conversation.
    Next,
    /// The next one came, but so many before it did not.
    Hole(u64),
    /// One that was missing came after all, behind a later one.
    OutOfOrder,
    /// It has come before.
    Doubled,
}

/// What is known of a conversation.
#[derive(Debug, Default)]
pub struct Place {
    /// The highest revision that came.
    pub seen: u64,
    /// Revisions below it that did not.
    missing: BTreeSet<u64>,
    /// Revisions that did not come and are not remembered one by one.
    missing_beyond: u64,
    /// Messages of others that came since the last one that was marked as read.
    pub unread: u64,
    /// The last message of somebody else, and how many had come up to it and are not marked.
    last_message: Option<MessageId>,
    /// The unread messages that a mark on its way will take away.
    marking: Option<u64>,
    /// A mark was sent, and its answer will not come: whether it was made is not known.
    uncertain: bool,
    /// The revision that was acknowledged.
    acked: u64,
}

/// All conversations of one person.
#[derive(Debug, Default)]
pub struct Log {
    of: HashMap<ConversationId, Place>,
    touched: BTreeSet<ConversationId>,
}

impl Log {
    /// Starts behind a revision that is known to be there: what follows must come.
    pub fn start_at(&mut self, conversation_id: ConversationId, revision: u64) {
        let place = self.of.entry(conversation_id).or_default();
        place.seen = place.seen.max(revision);
        place.acked = place.acked.max(revision);
    }

    /// Judges a durable frame. A conversation that nobody knew of begins with its first revision, unless
    /// it is read from the log, whose beginning may have been acknowledged in an earlier run.
    pub fn receive(&mut self, span: Span, replay: bool) -> Judged {
        let known = self.of.contains_key(&span.conversation_id);
        let place = self.of.entry(span.conversation_id).or_default();
        if let Some(from) = span.from_revision {
            place.seen = place.seen.max(from.saturating_sub(1));
        }
        if !known && replay {
            place.seen = span.first.saturating_sub(1);
        }
        self.touched.insert(span.conversation_id);
        if span.last <= place.seen {
            return if place.missing.remove(&span.last) {
                Judged::OutOfOrder
            } else {
                Judged::Doubled
            };
        }
        let next = place.seen + 1;
        place.seen = span.last;
        if span.first <= next {
            return Judged::Next;
        }
        for revision in next..span.first {
            if place.missing.len() < MISSING_MAX {
                place.missing.insert(revision);
            } else {
                place.missing_beyond += 1;
            }
        }
        Judged::Hole(span.first - next)
    }

    /// A message of somebody else came.
    pub fn message_came(&mut self, conversation_id: ConversationId, message_id: MessageId) {
        if let Some(place) = self.of.get_mut(&conversation_id) {
            place.unread += 1;
            place.last_message = Some(message_id);
        }
    }

    /// The message to mark where there is something unread, or where it is not known whether an earlier
    /// mark was made; it is on its way then.
    pub fn begin_mark(&mut self, conversation_id: ConversationId) -> Option<MessageId> {
        let place = self.of.get_mut(&conversation_id)?;
        if place.marking.is_some() || place.unread == 0 && !place.uncertain {
            return None;
        }
        place.marking = Some(place.unread);
        place.last_message
    }

    /// The mark was answered.
    pub fn marked(&mut self, conversation_id: ConversationId) {
        if let Some(place) = self.of.get_mut(&conversation_id) {
            let marked = place.marking.take().unwrap_or_default();
            place.unread = place.unread.saturating_sub(marked);
            place.uncertain = false;
        }
    }

    /// Answers to marks that are on their way will not come any more.
    pub fn marks_ended(&mut self) {
        let open = self.of.values_mut().filter(|place| place.marking.is_some());
        for place in open {
            place.marking = None;
            place.uncertain = true;
        }
    }

    /// Conversations of which it is not known what is marked.
    pub fn uncertain(&self) -> Vec<ConversationId> {
        let uncertain = self.of.iter().filter(|(_, place)| place.uncertain);
        uncertain.map(|(id, _)| *id).collect()
    }

    /// Marks that are on their way or not known to be made.
    pub fn open_marks(&self) -> u64 {
        let open = self
            .of
            .values()
            .filter(|it| it.uncertain || it.marking.is_some());
        open.count() as u64
    }

    /// What is to be acknowledged now.
    pub fn acks(&mut self) -> Vec<(ConversationId, u64)> {
        let mut due = Vec::new();
        for conversation_id in std::mem::take(&mut self.touched) {
            if let Some(place) = self.of.get_mut(&conversation_id)
                && place.seen > place.acked
            {
                place.acked = place.seen;
                due.push((conversation_id, place.seen));
            }
        }
        due
    }

    /// Where to resume each conversation on a new socket.
    pub fn cursors(&self) -> HashMap<ConversationId, u64> {
        self.of
            .iter()
            .map(|(id, place)| (*id, place.seen))
            .collect()
    }

    /// What is known of a conversation.
    pub fn place(&self, conversation_id: ConversationId) -> Option<&Place> {
        self.of.get(&conversation_id)
    }

    /// Everything that is missing, by conversation: how many revisions, and the lowest one.
    pub fn missing(&self) -> impl Iterator<Item = (ConversationId, u64, u64)> {
        self.of.iter().filter_map(|(id, place)| {
            let lowest = place.missing.first().copied()?;
            Some((
                *id,
                place.missing.len() as u64 + place.missing_beyond,
                lowest,
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn span(first: u64, last: u64) -> Span {
        Span {
            conversation_id: ConversationId(Uuid::from_u128(1)),
            first,
            last,
            from_revision: None,
        }
    }

    fn started() -> Log {
        let mut log = Log::default();
        log.start_at(span(1, 1).conversation_id, 1);
        log
    }

    fn missing(log: &Log) -> u64 {
        log.missing().map(|(_, count, _)| count).sum()
    }

    #[test]
    fn what_comes_once_and_in_order_is_right() {
        let mut log = started();
        for revision in 2..10 {
            assert_eq!(log.receive(span(revision, revision), false), Judged::Next);
        }
        assert_eq!(log.receive(span(10, 20), false), Judged::Next);
        assert_eq!(missing(&log), 0);
        assert_eq!(log.acks(), [(span(1, 1).conversation_id, 20)]);
        assert!(log.acks().is_empty());
    }

    #[test]
    fn a_dropped_frame_is_lost_even_if_it_is_the_first() {
        let mut log = started();
        assert_eq!(log.receive(span(4, 4), false), Judged::Hole(2));
        assert_eq!(missing(&log), 2);
    }

    #[test]
    fn a_new_conversation_begins_with_its_first_revision() {
        let mut log = Log::default();
        assert_eq!(log.receive(span(2, 2), false), Judged::Hole(1));
        let mut log = Log::default();
        assert_eq!(log.receive(span(2, 2), true), Judged::Next);
    }

    #[test]
    fn a_swapped_frame_is_out_of_order_and_not_lost() {
        let mut log = started();
        assert_eq!(log.receive(span(3, 3), false), Judged::Hole(1));
        assert_eq!(log.receive(span(2, 2), false), Judged::OutOfOrder);
        assert_eq!(log.receive(span(4, 4), false), Judged::Next);
        assert_eq!(missing(&log), 0);
    }

    #[test]
    fn a_doubled_frame_is_told() {
        let mut log = started();
        assert_eq!(log.receive(span(2, 2), false), Judged::Next);
        assert_eq!(log.receive(span(2, 2), false), Judged::Doubled);
        assert_eq!(log.receive(span(1, 1), false), Judged::Doubled);
    }

    #[test]
    fn coming_back_continues_where_the_server_says() {
        let mut log = started();
        let again = Span {
            from_revision: Some(9),
            ..span(9, 9)
        };
        assert_eq!(log.receive(again, false), Judged::Next);
        assert_eq!(missing(&log), 0);
    }

    #[test]
    fn a_mark_takes_away_what_had_come_when_it_left() {
        let mut log = started();
        let id = span(1, 1).conversation_id;
        let message = MessageId(Uuid::from_u128(2));
        assert_eq!(log.begin_mark(id), None);
        log.message_came(id, message);
        log.message_came(id, message);
        assert_eq!(log.begin_mark(id), Some(message));
        log.message_came(id, message);
        assert_eq!(log.begin_mark(id), None);
        log.marked(id);
        assert_eq!(log.place(id).unwrap().unread, 1);
        assert_eq!(log.open_marks(), 0);
    }

    #[test]
    fn a_mark_without_an_answer_is_made_again() {
        let mut log = started();
        let id = span(1, 1).conversation_id;
        let message = MessageId(Uuid::from_u128(2));
        log.message_came(id, message);
        log.begin_mark(id);
        log.marks_ended();
        assert_eq!((log.uncertain(), log.open_marks()), (vec![id], 1));
        assert_eq!(log.begin_mark(id), Some(message));
        log.marked(id);
        assert_eq!(log.place(id).unwrap().unread, 0);
        assert_eq!(log.open_marks(), 0);
    }
}
