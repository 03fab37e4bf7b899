//! The messages that somebody has sent or is to send: answered once, echoed once, both at the same
//! revision. Pure: no clock, no I/O.
//!
//! A message stays until both have come, under one `client_message_id`: it may be sent again after a
//! refusal that passes or a connection that broke, as clients do, and is still one message.

use std::collections::BTreeMap;

use sentinal_protocol::ConversationId;

/// Messages that wait; a server that stalls for so long has failed the run anyway.
const OPEN_MAX: usize = 10_000;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intended {
    /// Where to.
    pub conversation_id: ConversationId,
    /// When it was to be sent, microseconds since 1970.
    pub at_us: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    intended: Intended,
    /// Sent on the present connection, and not answered yet.
    on_its_way: bool,
    answered: Option<u64>,
    echoed: Option<u64>,
}

/// What an answer or an echo means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// As it must be.
    Right(Intended),
    /// It came before, or at another revision: the message is stored twice.
    Doubled,
}

/// The messages of one person.
#[derive(Debug, Default)]
pub struct Outbox {
    last_number: u64,
    open: BTreeMap<u64, Open>,
}

impl Outbox {
    /// Takes a message; `false` if too many wait already.
    pub fn intend(&mut self, intended: Intended) -> bool {
        if self.open.len() >= OPEN_MAX {
            return false;
        }
        self.last_number += 1;
        let open = Open {
            intended,
            on_its_way: false,
            answered: None,
            echoed: None,
        };
        self.open.insert(self.last_number, open);
        true
    }

    /// The next message to send, if no more than `window` are on their way.
    pub fn next(&mut self, window: usize) -> Option<(u64, Intended)> {
        let on_their_way = self.open.values().filter(|open| open.on_its_way).count();
        if on_their_way >= window {
            return None;
        }
        let mut waiting = self.open.iter_mut();
        let (number, open) =
            waiting.find(|(_, open)| !open.on_its_way && open.answered.is_none())?;
        open.on_its_way = true;
        Some((*number, open.intended))
    }

    /// A message was answered.
    pub fn answered(&mut self, number: u64, revision: u64) -> Noted {
        self.note(number, revision, |open| &mut open.answered)
    }

    /// The own copy of a message came.
    pub fn echoed(&mut self, number: u64, revision: u64) -> Noted {
        self.note(number, revision, |open| &mut open.echoed)
    }

    fn note(
        &mut self,
        number: u64,
        revision: u64,
        which: impl FnOnce(&mut Open) -> &mut Option<u64>,
    ) -> Noted {
        let Some(open) = self.open.get_mut(&number) else {
            return Noted::Doubled;
        };
        let noted = which(open);
        if noted.is_some() {
            return Noted::Doubled;
        }
        *noted = Some(revision);
        if open.answered.is_some() {
            open.on_its_way = false;
        }
        let intended = open.intended;
        if let (Some(answered), Some(echoed)) = (open.answered, open.echoed) {
            self.open.remove(&number);
            if answered != echoed {
                return Noted::Doubled;
            }
        }
        Noted::Right(intended)
    }

    /// A message was refused in a way that passes, or its connection broke: it is sent again.
    pub fn again(&mut self, number: u64) {
        if let Some(open) = self.open.get_mut(&number) {
            open.on_its_way = false;
        }
    }

    /// The connection broke: whatever was not answered is sent again.
    pub fn all_again(&mut self) {
        self.open
            .values_mut()
            .for_each(|open| open.on_its_way = false);
    }

    /// Where a message goes to.
    pub fn conversation(&self, number: u64) -> Option<ConversationId> {
        let open = self.open.get(&number)?;
        Some(open.intended.conversation_id)
    }

    /// A message was refused for good; whether it was still waited for.
    pub fn give_up(&mut self, number: u64) -> bool {
        self.open
            .remove(&number)
            .is_some_and(|open| open.answered.is_none())
    }

    /// Messages without an answer.
    pub fn unanswered(&self) -> u64 {
        self.open
            .values()
            .filter(|open| open.answered.is_none())
            .count() as u64
    }

    /// Messages that were answered and whose own copy has not come.
    pub fn not_echoed(&self) -> impl Iterator<Item = (u64, Intended, u64)> {
        self.open.iter().filter_map(|(number, open)| {
            let revision = open.answered?;
            Some((*number, open.intended, revision))
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const INTENDED: Intended = Intended {
        conversation_id: ConversationId(Uuid::from_u128(1)),
        at_us: 5,
    };

    fn one() -> Outbox {
        let mut outbox = Outbox::default();
        assert!(outbox.intend(INTENDED));
        assert_eq!(outbox.next(4), Some((1, INTENDED)));
        assert_eq!(outbox.next(4), None);
        outbox
    }

    #[test]
    fn answer_and_echo_come_in_any_order() {
        for answer_first in [true, false] {
            let mut outbox = one();
            for answer in [answer_first, !answer_first] {
                let noted = if answer {
                    outbox.answered(1, 9)
                } else {
                    outbox.echoed(1, 9)
                };
                assert_eq!(noted, Noted::Right(INTENDED));
            }
            assert_eq!(outbox.unanswered(), 0);
            assert_eq!(outbox.not_echoed().count(), 0);
            assert_eq!(outbox.echoed(1, 9), Noted::Doubled);
        }
    }

    #[test]
    fn a_message_that_is_stored_twice_is_told() {
        let mut outbox = one();
        assert_eq!(outbox.echoed(1, 9), Noted::Right(INTENDED));
        assert_eq!(outbox.echoed(1, 10), Noted::Doubled);
        assert_eq!(outbox.answered(1, 10), Noted::Doubled);
    }

    #[test]
    fn what_was_not_answered_is_sent_again() {
        let mut outbox = one();
        outbox.all_again();
        assert_eq!(outbox.next(4), Some((1, INTENDED)));
        outbox.answered(1, 3);
        outbox.all_again();
        assert_eq!(outbox.next(4), None);
        assert_eq!(outbox.not_echoed().collect::<Vec<_>>(), [(1, INTENDED, 3)]);
    }

    #[test]
    fn the_window_bounds_what_is_on_its_way() {
        let mut outbox = one();
        outbox.intend(INTENDED);
        assert_eq!(outbox.next(1), None);
        assert!(outbox.give_up(1));
        assert_eq!(outbox.next(1), Some((2, INTENDED)));
    }
}
