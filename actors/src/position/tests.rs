//! Walks a position through random lives of a socket.

use proptest::prelude::*;
use sentinal_protocol::{ConversationId, Timestamp};

use super::*;

fn chat() -> ConversationId {
    ConversationId::new(Timestamp(0))
}

fn started(chat: ConversationId, position: u64, head: u64) -> Positions {
    let mut positions = Positions::connecting();
    positions.start([Start {
        conversation_id: chat,
        position,
        head,
        receipts: 0,
        receipt_version: 0,
    }]);
    positions
}

#[test]
fn the_next_revision_is_sent_and_others_are_not() {
    let chat = chat();
    let mut positions = started(chat, 5, 5);
    assert_eq!(
        positions.offer(chat, 6, Membership::Same, true),
        Verdict::Send
    );
    assert_eq!(
        positions.offer(chat, 6, Membership::Same, true),
        Verdict::Drop
    );
    assert_eq!(
        positions.offer(chat, 8, Membership::Same, true),
        Verdict::FellBehind
    );
    assert_eq!(
        positions.offer(chat, 9, Membership::Same, true),
        Verdict::Drop
    );
    assert_eq!(positions.next_behind(), Some((chat, Some(6))));
    assert!(!positions.page(chat, 8, 8), "9 was heard of");
    assert!(positions.page(chat, 9, 9));
    assert_eq!(
        positions.offer(chat, 10, Membership::Same, true),
        Verdict::Send
    );
}

#[test]
fn what_is_heard_while_connecting_counts_as_behind() {
    let chat = chat();
    let mut positions = Positions::connecting();
    assert_eq!(
        positions.offer(chat, 7, Membership::Same, true),
        Verdict::Drop
    );
    let start = Start {
        conversation_id: chat,
        position: 6,
        head: 6,
        receipts: 0,
        receipt_version: 0,
    };
    assert_eq!(positions.start([start]), 1);
    assert_eq!(positions.next_behind(), Some((chat, Some(6))));
}

#[test]
fn an_ack_ahead_of_what_was_sent_is_refused() {
    let chat = chat();
    let positions = started(chat, 5, 5);
    assert_eq!(positions.ack(chat, 5), Ok(0));
    assert_eq!(positions.ack(chat, 6), Err(AckRefusal::Ahead));
    let stranger = super::tests::chat();
    assert_eq!(
        positions.ack(stranger, 1),
        Err(AckRefusal::UnknownConversation)
    );
}

#[test]
fn the_last_event_of_a_membership_can_be_acknowledged() {
    let chat = chat();
    let mut positions = started(chat, 5, 5);
    assert_eq!(
        positions.offer(chat, 6, Membership::Leaves, true),
        Verdict::Send
    );
    assert_eq!(positions.ack(chat, 6), Ok(0));
    assert_eq!(positions.conversations().count(), 0, "nothing follows");
    assert_eq!(
        positions.offer(chat, 9, Membership::Joins, true),
        Verdict::Send
    );
    assert_eq!(
        positions.offer(chat, 10, Membership::Same, true),
        Verdict::Send
    );
}

/// A room that does not know yet that somebody has gone.
#[test]
fn nothing_is_sent_live_behind_the_end_of_a_membership() {
    let chat = chat();
    let mut positions = started(chat, 5, 5);
    let end = positions.offer(chat, 6, Membership::Leaves, true);
    assert_eq!(end, Verdict::Send);
    let behind = positions.offer(chat, 7, Membership::Same, true);
    assert_eq!(
        behind,
        Verdict::FellBehind,
        "the log says whether it is shown"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Commit,
    Deliver,
    LoseHint,
    Stall(bool),
    Page(u64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Commit),
        3 => Just(Step::Deliver),
        1 => Just(Step::LoseHint),
        1 => any::<bool>().prop_map(Step::Stall),
        3 => (1..4_u64).prop_map(Step::Page),
        1 => Just(Step::Sweep),
    ]
}

proptest! {
    /// Whatever is lost, stalled or interleaved: what is queued is 1, 2, 3 … without hole or
    /// repeat, and after a sweep and enough pages it is everything.
    #[test]
    fn every_revision_is_queued_once_and_in_order(steps in prop::collection::vec(step(), 1..200)) {
        let chat = chat();
        let mut positions = started(chat, 0, 0);
        let (mut head, mut hinted, mut may_queue) = (0_u64, 0_u64, true);
        let mut queued = Vec::new();
        let read = |positions: &mut Positions, queued: &mut Vec<u64>, head: u64, rows: u64| {
            let Some((_, Some(after))) = positions.next_behind() else { return };
            let end = head.min(after + rows);
            queued.extend(after + 1..=end);
            positions.page(chat, end, head);
        };
        for step in steps {
            match step {
                Step::Commit => head += 1,
                Step::Deliver if hinted < head => {
                    hinted += 1;
                    if positions.offer(chat, hinted, Membership::Same, may_queue) == Verdict::Send {
                        queued.push(hinted);
                    }
                }
                Step::LoseHint if hinted < head => hinted += 1,
                Step::Deliver | Step::LoseHint => {}
                Step::Stall(stalled) => may_queue = !stalled,
                Step::Page(rows) => read(&mut positions, &mut queued, head, rows),
                Step::Sweep => {
                    positions.hear(chat, head);
                }
            }
            prop_assert_eq!(&queued, &(1..=queued.len() as u64).collect::<Vec<_>>());
        }
        if head > 0 {
            positions.hear(chat, head);
        }
        while positions.next_behind().is_some() {
            read(&mut positions, &mut queued, head, 3);
        }
        prop_assert_eq!(queued.len() as u64, head);
    }
}
