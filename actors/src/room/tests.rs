//! A room between fake hubs.

use super::*;
use crate::fakes::{Received, TestNode, stalled, until};
use crate::messages::{SharedRecipient, ToHub};

/// A room in which Alice is live at slot 1 and Bob at slot 2 of one hub, and which has offered them
/// its head.
struct Running {
    test: TestNode,
    hub: Received<ToHub>,
    alice: Target,
    bob: Target,
    room: SharedRecipient<ToRoom>,
}

impl Running {
    async fn start() -> Self {
        let test = TestNode::new(Room::start_on).await;
        let mut hub = test.add_fake_hub(0);
        let (alice, bob) = (
            test.connect(&test.alice, 0, 1),
            test.connect(&test.bob, 0, 2),
        );
        let room = test.node.start_room(test.group).unwrap();
        assert_eq!(hub.words().await, "offer 1 to [1, 2]");
        Self {
            test,
            hub,
            alice,
            bob,
            room,
        }
    }

    fn tell(&self, message: ToRoom) {
        self.room.try_send(message).unwrap();
    }

    fn apply(&self, revision: u64) {
        self.tell(ToRoom::Apply(self.test.committed(revision)));
    }

    /// A socket's end, as its session tells it.
    async fn leave(&self, gone: Target) {
        let directory = &self.test.node.directory;
        directory.leave(gone.user_id, gone.key);
        self.room.send(ToRoom::Leave(gone)).await.unwrap();
    }

    fn typing(&self, user: &Target, is_typing: bool) {
        let user_id = user.user_id;
        self.tell(ToRoom::Typing(Typing {
            user_id,
            is_typing,
            is_elsewhere: false,
        }));
    }
}

/// Lets so much time pass that a room which has become idle looks at itself.
async fn pass_idle_time(test: &TestNode) {
    tokio::time::pause();
    test.node.clock.advance(IDLE_MAX);
    tokio::time::advance(IDLE_SCAN).await;
    // The database knows nothing of a time that stands still.
    tokio::time::resume();
}

#[test]
fn changes_without_a_hole_go_out_live_and_others_are_read_from_the_log() {
    let leads = |revisions: &[u64], head| leads_to(revisions.iter().copied(), head);
    assert_eq!(leads(&[7], 7), Some(6));
    assert_eq!(leads(&[7, 8, 9], 8), Some(6));
    assert_eq!(leads(&[1], 1), Some(0));
    assert_eq!(leads(&[], 7), None);
    assert_eq!(leads(&[7, 9], 9), None, "a hole");
    assert_eq!(leads(&[7], 8), None, "the head is further");
    assert_eq!(leads(&[8], 7), None, "the roster is older");
}

#[actix_rt::test]
async fn events_leave_once_and_in_the_order_of_their_revisions() {
    let mut running = Running::start().await;
    for revision in [2, 3, 3, 2, 4] {
        running.apply(revision);
    }
    for revision in 2..=4 {
        let expected = format!("revision {revision} to [1, 2]");
        assert_eq!(running.hub.words().await, expected);
    }
}

#[actix_rt::test]
async fn a_jump_in_the_numbers_makes_every_hub_read_the_log() {
    let mut running = Running::start().await;
    let mut other = running.test.add_fake_hub(1);
    let laptop = running.test.connect(&running.test.bob, 1, 7);
    running.tell(ToRoom::Join(laptop));
    assert_eq!(other.words().await, "offer 1 to [7]");
    for revision in [2, 5, 6] {
        running.apply(revision);
    }
    for said in ["revision 2 to [7]", "offer 5 to [7]", "revision 6 to [7]"] {
        assert_eq!(other.words().await, said);
    }
    for said in ["revision 2", "offer 5", "revision 6"] {
        assert_eq!(running.hub.words().await, format!("{said} to [1, 2]"));
    }
}

/// The journal starts a room and tells it of what it has just committed, while the room still reads
/// who takes part.
#[actix_rt::test]
async fn what_comes_before_the_roster_waits_and_leaves_in_order() {
    let test = TestNode::new(Room::start_on).await;
    let mut hub = test.add_fake_hub(0);
    test.connect(&test.bob, 0, 2);
    let room = test.node.start_room(test.group).unwrap();
    for revision in 1..=3 {
        let apply = ToRoom::Apply(test.committed(revision));
        room.try_send(apply).unwrap();
    }
    for revision in 1..=3 {
        assert_eq!(hub.words().await, format!("revision {revision} to [2]"));
    }
}

#[actix_rt::test]
async fn what_waited_for_the_roster_and_has_a_hole_is_read_from_the_log() {
    let test = TestNode::new(Room::start_on).await;
    let mut hub = test.add_fake_hub(0);
    test.connect(&test.bob, 0, 2);
    let room = test.node.start_room(test.group).unwrap();
    for revision in [1, 3] {
        let apply = ToRoom::Apply(test.committed(revision));
        room.try_send(apply).unwrap();
    }
    assert_eq!(hub.words().await, "offer 1 to [2]");
    assert_eq!(hub.words().await, "offer 3 to [2]");
}

#[actix_rt::test]
async fn a_hub_whose_mailbox_is_full_is_offered_the_head_until_it_takes_it() {
    let test = TestNode::new(Room::start_on).await;
    let (hub, mut received, open) = stalled().await;
    test.add_hub(0, hub);
    test.connect(&test.bob, 0, 2);
    let room = test.node.start_room(test.group).unwrap();
    // Its first offer is the one message that the hub has room for.
    until(|| test.is_room_loaded()).await;
    tokio::time::pause();
    for revision in 2..=4 {
        let apply = ToRoom::Apply(test.committed(revision));
        room.try_send(apply).unwrap();
    }
    tokio::time::advance(RETRY * 3).await;
    open.send(()).unwrap();
    assert_eq!(received.words().await, "offer 1 to [2]");
    assert_eq!(received.words().await, "offer 4 to [2]");
    room.try_send(ToRoom::Apply(test.committed(5))).unwrap();
    assert_eq!(received.words().await, "revision 5 to [2]");
}

#[actix_rt::test]
async fn a_room_without_sockets_retires_and_the_next_one_finds_who_has_come() {
    let test = TestNode::new(Room::start_on).await;
    let mut hub = test.add_fake_hub(0);
    let first = test.node.start_room(test.group).unwrap();
    until(|| test.is_room_loaded()).await;
    pass_idle_time(&test).await;
    until(|| !first.connected()).await;
    let directory = &test.node.directory;
    assert!(directory.room(test.group).is_none());
    assert!(directory.user_rooms(test.alice.user_id).is_empty());
    test.connect(&test.bob, 0, 2);
    let second = test.node.start_room(test.group).unwrap();
    assert_eq!(hub.words().await, "offer 1 to [2]");
    second.try_send(ToRoom::Apply(test.committed(2))).unwrap();
    assert_eq!(hub.words().await, "revision 2 to [2]");
}

/// Bob's session found no room, because this one was about to go, and so joined none.
#[actix_rt::test]
async fn who_connects_while_a_room_retires_is_found_by_a_new_one() {
    let test = TestNode::new(Room::start_on).await;
    let mut hub = test.add_fake_hub(0);
    let first = test.node.start_room(test.group).unwrap();
    until(|| test.is_room_loaded()).await;
    test.connect(&test.bob, 0, 2);
    pass_idle_time(&test).await;
    assert_eq!(hub.words().await, "offer 1 to [2]");
    until(|| !first.connected()).await;
    let second = test.node.directory.room(test.group).unwrap();
    assert!(second.connected());
}

#[actix_rt::test]
async fn a_room_with_a_socket_does_not_retire() {
    let mut running = Running::start().await;
    running.leave(running.alice).await;
    pass_idle_time(&running.test).await;
    running.apply(2);
    assert_eq!(running.hub.words().await, "revision 2 to [2]");
    running.leave(running.bob).await;
    running.apply(3);
    pass_idle_time(&running.test).await;
    until(|| !running.room.connected()).await;
    assert!(
        running
            .test
            .node
            .directory
            .room(running.test.group)
            .is_none()
    );
    assert!(running.hub.is_empty());
}

#[actix_rt::test]
async fn typing_is_told_to_the_others_and_ends_with_the_last_socket() {
    let mut running = Running::start().await;
    let laptop = running.test.connect(&running.test.alice, 0, 3);
    running.tell(ToRoom::Join(laptop));
    assert_eq!(running.hub.words().await, "offer 1 to [1, 2, 3]");
    running.typing(&running.alice, true);
    assert_eq!(running.hub.words().await, "typing:started to [2]");
    running.tell(ToRoom::Leave(running.alice));
    // Still here with the other device.
    running.apply(2);
    assert_eq!(running.hub.words().await, "typing:stopped to [2]");
    assert_eq!(running.hub.words().await, "revision 2 to [2, 3]");
    running.typing(&laptop, true);
    assert_eq!(running.hub.words().await, "typing:started to [2]");
    running.tell(ToRoom::Leave(laptop));
    assert_eq!(running.hub.words().await, "typing:stopped to [2]");
}

#[actix_rt::test]
async fn a_stranger_joins_nothing_and_is_not_heard() {
    let mut running = Running::start().await;
    let mut other = running.test.add_fake_hub(1);
    let carol = running.test.connect(&running.test.carol, 1, 9);
    let tablet = running.test.connect(&running.test.bob, 1, 8);
    running.tell(ToRoom::Join(carol));
    running.typing(&carol, true);
    running.tell(ToRoom::Join(tablet));
    running.apply(2);
    assert_eq!(other.words().await, "offer 1 to [8]");
    assert_eq!(other.words().await, "revision 2 to [8]");
    assert_eq!(running.hub.words().await, "revision 2 to [1, 2]");
}

#[actix_rt::test]
async fn who_is_removed_hears_of_it_and_of_nothing_after_it() {
    let mut running = Running::start().await;
    let test = &running.test;
    let (alice, bob, now) = (test.alice.user_id, test.bob.user_id, test.node.clock.now());
    let removal = test.node.store.remove_participant(
        test.group,
        alice,
        sentinal_store::Removal {
            user_id: bob,
            new_code: "code",
            at: now,
        },
    );
    let (_, committed) = removal.await.unwrap();
    // As the journal does before it tells the room.
    test.node.rosters.read(test.group).await.unwrap();
    for change in committed {
        running.tell(ToRoom::Apply(change));
    }
    running.apply(3);
    let removed = running.hub.next().await;
    let ToHub::Deliver(removed) = removed else {
        panic!("{removed:?}");
    };
    assert_eq!(removed.targets.len(), 2);
    let (membership, whom) = removed.membership.unwrap();
    assert_eq!(membership, crate::position::Membership::Leaves);
    assert_eq!(*whom, [2]);
    assert_eq!(running.hub.words().await, "revision 3 to [1]");
    let directory = &running.test.node.directory;
    assert!(directory.user_rooms(bob).is_empty());
}
