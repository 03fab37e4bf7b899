//! Slices of receipts: which cursors move, who is told, and what a slice costs.

use std::cell::Cell;

use sentinal_protocol::{ConversationId, Role, UserId, limits};
use sentinal_store::{
    AckedCursor, Mark, MarkAudience, MarkTarget, Marked, Reader, ReceiptKind, SendOutcome, Store,
};

use crate::seed::{NOW, Person, db_person, dm, group, message, removal, send};
use crate::support::on_each_database;

use MarkTarget::{Revision, Sequence};
use ReceiptKind::{Delivered, Read};

fn mark(
    conversation_id: ConversationId,
    person: Person,
    kind: ReceiptKind,
    up_to: MarkTarget,
) -> Mark {
    Mark {
        conversation_id,
        user_id: person.id,
        kind,
        up_to,
        counted: true,
    }
}

fn uncounted(mark: Mark) -> Mark {
    Mark {
        counted: false,
        ..mark
    }
}

async fn moved(store: &Store, marks: &[Mark]) -> Vec<Marked> {
    store.mark_receipts(&[], marks).await.unwrap()
}

/// The parts of a move that most tests look at.
fn told(marked: &Marked) -> (UserId, ReceiptKind, u64, Option<(u64, Vec<UserId>)>) {
    let others = match &marked.audience {
        MarkAudience::Conversation {
            receipt_version,
            senders,
            ..
        } => Some((*receipt_version, senders.clone())),
        MarkAudience::OwnDevices { .. } => None,
    };
    (marked.user_id, marked.kind, marked.sequence_number, others)
}

async fn cursors(store: &Store, id: ConversationId, person: Person) -> (u64, u64, u64) {
    let found = store.find_receipts(id, person.id, NOW).await.unwrap();
    found.unwrap()
}

async fn receipt_version(store: &Store, id: ConversationId) -> u64 {
    let heads = store.list_heads(&[id]).await.unwrap();
    heads[0].2
}

async fn account_revision(store: &Store, person: Person) -> u64 {
    let found = store.find_account_revision(person.id).await.unwrap();
    found.unwrap()
}

async fn people<const N: usize>(store: &Store) -> [Person; N] {
    let mut people = Vec::with_capacity(N);
    for number in 0..N {
        people.push(db_person(store, &format!("person{number}")).await);
    }
    people.try_into().unwrap_or_else(|_| unreachable!())
}

#[tokio::test]
async fn cursors_only_go_forward_and_senders_are_told_once() {
    on_each_database(async |store| {
        let [alice, bob, carol] = people(&store).await;
        let id = group(&store, alice, &[bob, carol]).await;
        let first = send(&store, id, alice).await;
        send(&store, id, carol).await;
        let third = send(&store, id, alice).await;
        // Revision 1 is the group's beginning.
        let delivered = moved(&store, &[mark(id, bob, Delivered, Revision(2))]).await;
        let senders = Some((1, vec![alice.id]));
        assert_eq!(told(&delivered[0]), (bob.id, Delivered, 1, senders));
        let MarkAudience::Conversation { message_id, .. } = delivered[0].audience else {
            panic!("{delivered:?}")
        };
        assert_eq!(message_id, Some(first));
        for again in [Revision(2), Revision(1), Sequence(1), Sequence(0)] {
            assert_eq!(moved(&store, &[mark(id, bob, Delivered, again)]).await, []);
        }
        assert_eq!(cursors(&store, id, bob).await, (0, 1, 3));
        // What is read is delivered, and no further than there are messages.
        let read = moved(&store, &[mark(id, bob, Read, Sequence(99))]).await;
        let [read] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!((read.sequence_number, read.also_delivered), (3, true));
        let MarkAudience::Conversation {
            receipt_version: version,
            message_id,
            mut senders,
        } = read.audience.clone()
        else {
            panic!("{read:?}")
        };
        senders.sort_unstable();
        assert_eq!((version, message_id), (2, Some(third)));
        assert_eq!(senders, [alice.id, carol.id]);
        assert_eq!(cursors(&store, id, bob).await, (3, 3, 0));
        assert_eq!(
            moved(&store, &[mark(id, bob, Delivered, Revision(4))]).await,
            []
        );
        assert_eq!(receipt_version(&store, id).await, 2);
    })
    .await;
}

#[tokio::test]
async fn marks_of_one_participant_are_taken_together() {
    on_each_database(async |store| {
        let [alice, bob] = people(&store).await;
        let id = dm(&store, alice, bob).await;
        for _ in 0..3 {
            send(&store, id, alice).await;
        }
        let marks = [
            mark(id, bob, Delivered, Revision(2)),
            mark(id, bob, Read, Sequence(1)),
            mark(id, bob, Delivered, Revision(4)),
            mark(id, bob, Read, Sequence(2)),
        ];
        let told: Vec<_> = moved(&store, &marks).await.iter().map(told).collect();
        let by = |version| Some((version, vec![alice.id]));
        assert_eq!(
            told,
            [(bob.id, Delivered, 3, by(1)), (bob.id, Read, 2, by(2))]
        );
        assert_eq!(cursors(&store, id, bob).await, (2, 3, 1));
        assert_eq!(receipt_version(&store, id).await, 2);
    })
    .await;
}

#[tokio::test]
async fn only_who_takes_part_has_cursors() {
    on_each_database(async |store| {
        let [alice, bob, eve] = people(&store).await;
        let id = group(&store, alice, &[bob]).await;
        send(&store, id, alice).await;
        store
            .remove_participant(id, alice.id, removal(bob.id))
            .await
            .unwrap()
            .0
            .unwrap();
        for person in [bob, eve] {
            let marks = [
                mark(id, person, Delivered, Revision(2)),
                mark(id, person, Read, Sequence(1)),
            ];
            assert_eq!(moved(&store, &marks).await, []);
        }
        assert_eq!(receipt_version(&store, id).await, 0);
    })
    .await;
}

/// Acknowledging one's own messages moves the cursor; a counter that rose with it would have every
/// socket compare for nothing.
#[tokio::test]
async fn what_concerns_nobody_leaves_the_head_alone() {
    on_each_database(async |store| {
        let [alice, bob] = people(&store).await;
        let id = dm(&store, alice, bob).await;
        send(&store, id, alice).await;
        send(&store, id, alice).await;
        let own = mark(id, alice, Delivered, Revision(3));
        assert_eq!(moved(&store, &[own]).await, []);
        assert_eq!(cursors(&store, id, alice).await, (0, 2, 0));
        assert_eq!(receipt_version(&store, id).await, 0);
        // One's own devices are told of reading all the same.
        let read = moved(&store, &[mark(id, alice, Read, Sequence(2))]).await;
        let nobody_else = Some((1, vec![]));
        assert_eq!(told(&read[0]), (alice.id, Read, 2, nobody_else));
        let before = store.statements();
        assert_eq!(moved(&store, &[own]).await, []);
        assert_eq!(store.statements() - before, 1, "looked at, not written");
    })
    .await;
}

#[tokio::test]
async fn in_a_large_group_only_ones_own_devices_are_told_and_only_of_reading() {
    on_each_database(async |store| {
        let [alice, bob, carol] = people(&store).await;
        let id = group(&store, alice, &[bob, carol]).await;
        let other = group(&store, alice, &[bob]).await;
        for id in [id, other] {
            send(&store, id, alice).await;
        }
        let before = account_revision(&store, bob).await;
        let delivered = [bob, carol].map(|it| uncounted(mark(id, it, Delivered, Revision(2))));
        assert_eq!(moved(&store, &delivered).await, []);
        assert_eq!(cursors(&store, id, bob).await, (0, 1, 1));
        assert_eq!(account_revision(&store, bob).await, before);
        let read = [id, other].map(|id| uncounted(mark(id, bob, Read, Sequence(1))));
        let read = moved(&store, &read).await;
        assert_eq!(read.len(), 2);
        for marked in &read {
            // Once for a slice.
            let account_revision = before + 1;
            let own = MarkAudience::OwnDevices { account_revision };
            assert_eq!(marked.audience, own);
            assert_eq!((marked.kind, marked.sequence_number), (Read, 1));
        }
        assert_eq!(account_revision(&store, bob).await, before + 1);
        assert_eq!(account_revision(&store, carol).await, 0);
        for id in [id, other] {
            assert_eq!(receipt_version(&store, id).await, 0);
        }
    })
    .await;
}

/// While a group is large nobody is told what moves in it, so its counter moves when it is no longer.
#[tokio::test]
async fn a_group_that_is_large_no_longer_has_its_receipts_read() {
    on_each_database(async |store| {
        let mut members = Vec::new();
        for number in 0..=limits::CHATTY_GROUP_MAX {
            members.push(db_person(&store, &format!("member{number}")).await);
        }
        let [alice, others @ ..] = members.as_slice() else {
            unreachable!()
        };
        let late = db_person(&store, "late").await;
        let id = group(&store, *alice, others).await;
        let added = store.add_participant(id, alice.id, late.id, Role::Member, NOW);
        added.await.unwrap().0.unwrap();
        for (leaver, version) in [(late, 0), (others[0], 1), (others[1], 1)] {
            let removed = store.remove_participant(id, alice.id, removal(leaver.id));
            removed.await.unwrap().0.unwrap();
            assert_eq!(receipt_version(&store, id).await, version);
        }
    })
    .await;
}

/// After a long absence the search for senders has an end.
#[tokio::test]
async fn senders_of_the_last_thousand_messages_are_told() {
    on_each_database(async |store| {
        let [alice, bob, carol] = people(&store).await;
        let id = group(&store, alice, &[bob, carol]).await;
        send(&store, id, carol).await;
        let roster = store.find_roster(id).await.unwrap().unwrap();
        for _ in 0..10 {
            let batch: Vec<_> = (0..100).map(|_| message(&roster, alice)).collect();
            store.send_messages(&batch, NOW).await.unwrap();
        }
        let read = moved(&store, &[mark(id, bob, Read, Sequence(1_001))]).await;
        let senders = Some((1, vec![alice.id]));
        assert_eq!(told(&read[0]), (bob.id, Read, 1_001, senders));
    })
    .await;
}

#[tokio::test]
async fn cursors_of_devices_never_go_back() {
    on_each_database(async |store| {
        let [alice, bob] = people(&store).await;
        let id = dm(&store, alice, bob).await;
        let ack = |revision, receipt_version| AckedCursor {
            device_id: bob.device,
            conversation_id: id,
            revision,
            receipt_version,
        };
        let reader = Reader {
            user_id: bob.id,
            device_id: bob.device,
        };
        // The same twice in a slice, as a socket leaves it that closed and came back.
        for (acks, expected) in [
            (vec![ack(3, 1), ack(2, 4)], (3, 4)),
            (vec![ack(1, 0)], (3, 4)),
            (vec![ack(5, 0)], (5, 4)),
        ] {
            assert_eq!(store.mark_receipts(&acks, &[]).await.unwrap(), []);
            let standing = store.list_standings(reader).await.unwrap()[0];
            assert_eq!((standing.cursor, standing.receipts_seen), expected);
        }
    })
    .await;
}

struct Crowd {
    id: ConversationId,
    alice: Person,
    others: Vec<Person>,
}

impl Crowd {
    async fn gather(store: &Store, size: usize) -> Self {
        let alice = db_person(store, "alice").await;
        let mut others = Vec::with_capacity(size);
        for number in 0..size {
            others.push(db_person(store, &format!("member{number}")).await);
        }
        Self {
            id: group(store, alice, &others).await,
            alice,
            others,
        }
    }

    /// The first `count` members acknowledge this revision.
    fn slice(&self, count: usize, revision: u64) -> (Vec<AckedCursor>, Vec<Mark>) {
        let members = self.others.iter().take(count);
        let both = members.map(|member| {
            let ack = AckedCursor {
                device_id: member.device,
                conversation_id: self.id,
                revision,
                receipt_version: 0,
            };
            (ack, mark(self.id, *member, Delivered, Revision(revision)))
        });
        both.unzip()
    }
}

#[tokio::test]
async fn a_slice_takes_as_many_statements_for_a_hundred_as_for_one() {
    on_each_database(async |store| {
        let crowd = Crowd::gather(&store, 100).await;
        let mut counts = Vec::new();
        let mut version = 0;
        for (revision, count) in (2..).zip([1, 10, 100]) {
            send(&store, crowd.id, crowd.alice).await;
            let (acks, marks) = crowd.slice(count, revision);
            let before = store.statements();
            let marked = store.mark_receipts(&acks, &marks).await.unwrap();
            counts.push(store.statements() - before);
            // Each has a number of its own, without a hole.
            for marked in &marked {
                version += 1;
                let MarkAudience::Conversation {
                    receipt_version,
                    senders,
                    ..
                } = &marked.audience
                else {
                    panic!("{marked:?}")
                };
                assert_eq!(
                    (*receipt_version, senders),
                    (version, &vec![crowd.alice.id])
                );
            }
            assert_eq!(marked.len(), count);
        }
        assert_eq!(receipt_version(&store, crowd.id).await, version);
        assert_eq!(counts[1], counts[0]);
        assert_eq!(counts[2], counts[0]);
    })
    .await;
}

/// However many slices are waiting, a send has its turn among them.
#[tokio::test]
async fn a_send_does_not_wait_for_the_slices_that_come_after_it() {
    const SLICES: u64 = 200;
    on_each_database(async |store| {
        let crowd = Crowd::gather(&store, 20).await;
        for _ in 0..SLICES {
            send(&store, crowd.id, crowd.alice).await;
        }
        let roster = store.find_roster(crowd.id).await.unwrap().unwrap();
        let written = Cell::new(0);
        let slices = async {
            for revision in 2..2 + SLICES {
                let (acks, marks) = crowd.slice(20, revision);
                store.mark_receipts(&acks, &marks).await.unwrap();
                written.set(written.get() + 1);
            }
        };
        let send = async {
            while written.get() < 3 {
                tokio::task::yield_now().await;
            }
            let before = written.get();
            let messages = [message(&roster, crowd.alice)];
            let (outcomes, _) = store.send_messages(&messages, NOW).await.unwrap();
            assert!(matches!(outcomes[..], [SendOutcome::Sent(_)]));
            written.get() - before
        };
        let ((), passed) = futures_util::join!(slices, send);
        // SQLite: the one that was being written. PostgreSQL: those that were done beside it.
        assert!(passed < 10, "{passed} slices");
    })
    .await;
}
