//! The journal over a database of its own, with a fake room and a fake check.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use sentinal_protocol::ErrorCode;

use super::*;
use crate::fakes::{Received, TestNode, fake, stalled, start_fake_room, until};
use crate::push::PushSettings;

/// A journal that has started, and the room of the group.
struct Running {
    test: TestNode,
    journal: Journal,
    room: Received<ToRoom>,
    /// How often a message was checked again.
    rechecked: Arc<AtomicUsize>,
}

/// What checking again comes to.
#[derive(Clone, Copy)]
enum Check {
    /// The message is as it should be now.
    Repairs,
    /// The message is as it was.
    LeavesStale,
    /// The message may not be sent any more.
    Refuses,
}

impl Running {
    async fn start() -> Self {
        Self::start_with(Check::Repairs).await
    }

    async fn start_with(check: Check) -> Self {
        let (room, received) = fake();
        Self::start_beside(room, received, check).await
    }

    async fn start_beside(
        room: Recipient<ToRoom>,
        received: Received<ToRoom>,
        check: Check,
    ) -> Self {
        let test = TestNode::new(start_fake_room).await;
        let _unheard = test.add_fake_hub(0);
        test.enter_room(room);
        let rechecked = Arc::new(AtomicUsize::new(0));
        let count = rechecked.clone();
        let recheck: Recheck = Arc::new(move |mut message: NewMessage| {
            count.fetch_add(1, Ordering::AcqRel);
            Box::pin(async move {
                match check {
                    Check::Repairs => message.roster_version = 1,
                    Check::LeavesStale => {}
                    Check::Refuses => return Err(ApiError::not_found("conversation")),
                }
                Ok(message)
            })
        });
        let push = Push::new(&PushSettings::default()).unwrap();
        let calls = Calls::new(test.node.clone(), push.clone());
        let journal = Journal::start(test.node.clone(), calls, push, recheck);
        let running = Self {
            test,
            journal,
            room: received,
            rechecked,
        };
        // Its mailbox gets its size when it starts.
        assert_eq!(running.revision().await, 1);
        running
    }

    /// The group's revision, read in the journal's turn.
    fn revision(&self) -> impl Future<Output = u64> + use<> {
        let (journal, group) = (self.journal.clone(), self.test.group);
        let owner = self.test.alice.user_id;
        async move {
            let read = journal.change(owner, move |store| {
                Box::pin(async move {
                    let heads = store.list_heads(&[group]).await?;
                    Ok((heads[0].1, Vec::new()))
                })
            });
            read.await.unwrap()
        }
    }

    /// Keeps the journal busy with a change, until it is let go.
    async fn hold(&self) -> Held {
        let (begin, held) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let (journal, owner) = (self.journal.clone(), self.test.alice.user_id);
        let done = actix_rt::spawn(async move {
            let work = |_: Store| -> BoxFuture<Result<Changed<()>, StoreError>> {
                Box::pin(async move {
                    begin.send(()).unwrap();
                    // Dropped counts as let go.
                    let _ = released.await;
                    Ok(((), Vec::new()))
                })
            };
            journal.change(owner, work).await
        });
        held.await.unwrap();
        Held { release, done }
    }

    /// Waits until the journal has queued what was handed in.
    async fn queued(&self) {
        let nothing = Work {
            run: Box::new(|_| Box::pin(async { Vec::new() })),
            rounds: None,
            place: Place::take(&self.journal.load, self.test.alice.user_id, 0).unwrap(),
        };
        // Answered once it is in the queue itself.
        self.journal.addr.send(nothing).await.unwrap();
    }

    fn submit(&self) -> BoxFuture<SendAnswer> {
        Box::pin(self.journal.submit(self.test.message()))
    }

    /// A message that was checked against a roster that is not the present one.
    fn submit_stale(&self) -> BoxFuture<SendAnswer> {
        let mut message = self.test.message();
        message.roster_version = 0;
        Box::pin(self.journal.submit(message))
    }

    async fn next_applied(&mut self) -> u64 {
        match self.room.next().await {
            ToRoom::Apply(committed) => committed.revision,
            other => panic!("{other:?}"),
        }
    }
}

/// A journal that is busy.
struct Held {
    release: oneshot::Sender<()>,
    done: actix_rt::task::JoinHandle<Result<(), ApiError>>,
}

impl Held {
    async fn let_go(self) {
        self.release.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

fn code(answer: SendAnswer) -> ErrorCode {
    answer.unwrap_err().code
}

#[actix_rt::test]
async fn what_is_handed_in_first_is_committed_and_told_first() {
    let mut running = Running::start().await;
    let held = running.hold().await;
    let before: Vec<_> = (0..3).map(|_| running.submit()).collect();
    let mut between = Box::pin(running.revision());
    assert!(between.as_mut().now_or_never().is_none());
    let behind: Vec<_> = (0..3).map(|_| running.submit()).collect();
    held.let_go().await;
    assert_eq!(between.await, 4);
    let answers = join_all(before.into_iter().chain(behind)).await;
    let sent = answers.into_iter().map(|answer| answer.unwrap().0);
    let sent: Vec<_> = sent.map(|it| (it.sequence_number, it.revision)).collect();
    assert_eq!(sent, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]);
    for revision in 2..=7 {
        assert_eq!(running.next_applied().await, revision);
    }
}

/// Bob comes when Alice has handed in much already: he is behind what she is at, not behind all of it.
/// What she has handed in keeps its order.
#[actix_rt::test]
async fn nobody_waits_behind_all_that_another_has_handed_in() {
    let running = Running::start().await;
    let held = running.hold().await;
    let large = |_| {
        let mut message = running.test.message();
        message.shared.as_mut().unwrap().ciphertext = vec![0; BATCH_BYTES];
        running.journal.submit(message)
    };
    let alices: Vec<_> = (0..4).map(large).collect();
    let bob = &running.test.bob;
    let mut message = running.test.message();
    (message.sender_id, message.sender_device_id) = (bob.user_id, bob.device_id);
    let bobs = running.journal.submit(message);
    running.queued().await;
    held.let_go().await;
    let (alices, bobs) = tokio::join!(join_all(alices), bobs);
    assert_eq!(bobs.unwrap().0.sequence_number, 2);
    let sequences = alices.into_iter().map(|it| it.unwrap().0.sequence_number);
    assert_eq!(sequences.collect::<Vec<_>>(), [1, 3, 4, 5]);
}

#[actix_rt::test]
async fn who_is_answered_finds_the_message_in_the_database() {
    let running = Running::start().await;
    for revision in 2..=6 {
        let (sent, duplicate) = running.submit().await.unwrap();
        assert_eq!((sent.revision, duplicate), (revision, Duplicate::No));
        assert_eq!(running.test.revision().await, revision);
    }
}

#[actix_rt::test]
async fn what_arrives_during_a_commit_is_committed_together() {
    let running = Running::start().await;
    let mut statements = Vec::new();
    for messages in [1, 1, 10] {
        let held = running.hold().await;
        let answers: Vec<_> = (0..messages).map(|_| running.submit()).collect();
        running.queued().await;
        let before = running.test.node.store.statements();
        held.let_go().await;
        for answer in join_all(answers).await {
            answer.unwrap();
        }
        // Behind the rest of the batch's turn.
        let held = running.hold().await;
        statements.push(running.test.node.store.statements() - before);
        held.let_go().await;
    }
    assert_eq!(statements, [statements[0]; 3]);
}

#[actix_rt::test]
async fn a_stale_message_is_checked_again_and_committed_before_what_came_later() {
    let running = Running::start().await;
    let held = running.hold().await;
    let (stale, good) = (running.submit_stale(), running.submit());
    let mut later = Box::pin(running.revision());
    assert!(later.as_mut().now_or_never().is_none());
    running.queued().await;
    held.let_go().await;
    assert_eq!(later.await, 3);
    assert_eq!(good.await.unwrap().0.revision, 2);
    assert_eq!(stale.await.unwrap().0.revision, 3);
    assert_eq!(running.rechecked.load(Ordering::Acquire), 1);
}

#[actix_rt::test]
async fn a_stale_message_that_may_not_be_sent_any_more_is_refused() {
    let running = Running::start_with(Check::Refuses).await;
    assert_eq!(code(running.submit_stale().await), ErrorCode::NotFound);
    assert_eq!(running.revision().await, 1);
    assert_eq!(running.rechecked.load(Ordering::Acquire), 1);
}

#[actix_rt::test]
async fn checking_again_has_an_end() {
    let running = Running::start_with(Check::LeavesStale).await;
    assert_eq!(code(running.submit_stale().await), ErrorCode::Overloaded);
    assert_eq!(running.revision().await, 1);
    let rechecked = running.rechecked.load(Ordering::Acquire);
    assert_eq!(rechecked, super::commit::RECHECKS);
}

#[actix_rt::test]
async fn a_room_whose_mailbox_is_full_is_told_later_how_far_it_has_got() {
    let (room, received, open) = stalled().await;
    let mut running = Running::start_beside(room, received, Check::Repairs).await;
    for _ in 0..3 {
        running.submit().await.unwrap();
    }
    // Behind the turn in which the room was told.
    running.revision().await;
    open.send(()).unwrap();
    assert_eq!(running.next_applied().await, 2);
    let told = running.room.next().await;
    assert!(matches!(told, ToRoom::Hint { revision: 4 }), "{told:?}");
}

#[actix_rt::test]
async fn a_caller_that_goes_away_does_not_cancel_its_change() {
    let running = Running::start().await;
    let held = running.hold().await;
    drop(running.submit());
    let (test, now) = (&running.test, running.test.node.clock.now());
    let (group, alice, carol) = (test.group, test.alice.user_id, test.carol.user_id);
    let role = sentinal_protocol::Role::Member;
    let adding = running.journal.change(alice, move |store| {
        Box::pin(async move { store.add_participant(group, alice, carol, role, now).await })
    });
    assert!(adding.now_or_never().is_none());
    let mut later = Box::pin(running.revision());
    assert!(later.as_mut().now_or_never().is_none());
    held.let_go().await;
    assert_eq!(later.await, 3);
    let roster = test.node.rosters.get(group).await.unwrap().unwrap();
    assert!(roster.member(carol).is_some());
}

#[actix_rt::test]
async fn past_the_queue_callers_are_told_to_come_back_and_places_are_given_back() {
    let running = Running::start().await;
    let held = running.hold().await;
    for number in 1..QUEUE_LEN {
        // Nobody fills it alone.
        let owner = UserId(uuid::Uuid::from_u128((number % 8) as u128));
        let nothing = running
            .journal
            .change(owner, |_| Box::pin(async { Ok(((), Vec::new())) }));
        assert!(nothing.now_or_never().is_none());
    }
    assert_eq!(running.journal.waiting(), QUEUE_LEN);
    assert_eq!(code(running.submit().await), ErrorCode::Overloaded);
    assert_eq!(running.journal.waiting(), QUEUE_LEN);
    held.let_go().await;
    until(|| running.journal.waiting() == 0).await;
    running.submit().await.unwrap();
}

#[actix_rt::test]
async fn past_the_bytes_that_may_wait_callers_are_told_to_come_back() {
    let running = Running::start().await;
    let mut message = running.test.message();
    message.shared.as_mut().unwrap().ciphertext = vec![0; OWN_BYTES + 1];
    let refused = running.journal.submit(message).await;
    assert_eq!(code(refused), ErrorCode::Overloaded);
    running.submit().await.unwrap();
}

#[actix_rt::test]
async fn a_caller_that_has_waited_long_hears_that_the_outcome_is_not_known() {
    let mut running = Running::start().await;
    let held = running.hold().await;
    let waits = running.submit();
    tokio::time::pause();
    assert_eq!(code(waits.await), ErrorCode::Unsettled);
    tokio::time::resume();
    drop(held);
    assert_eq!(running.next_applied().await, 2);
}

/// No room is running, and one that is started now finds only those who are still there.
#[actix_rt::test]
async fn who_is_removed_where_no_room_is_running_reads_the_log() {
    let running = Running::start().await;
    let test = &running.test;
    let mut hub = test.add_fake_hub(0);
    test.connect(&test.bob, 0, 2);
    // Generations begin with 0.
    test.node.directory.retire_room(test.group, 0);
    let (group, alice, bob) = (test.group, test.alice.user_id, test.bob.user_id);
    let now = test.node.clock.now();
    let removed = running.journal.change(alice, move |store| {
        Box::pin(async move {
            let removal = sentinal_store::Removal {
                user_id: bob,
                new_code: "code",
                at: now,
            };
            store.remove_participant(group, alice, removal).await
        })
    });
    assert_eq!(removed.await.unwrap(), Ok(()));
    assert_eq!(hub.words().await, "offer 2 to [2]");
}
