//! Rosters follow a device in rounds: what is told at any moment between is consistent, and the end is
//! the same whatever happened meanwhile.

use sentinal_protocol::{ConversationId, DeviceId, Role, UserId};
use sentinal_store::{Committed, ROSTERS_PER_ROUND, Removal, Roster, Rounds, Store};

use crate::seed::*;
use crate::support::on_each_database;

/// More conversations than two rounds take.
const CONVERSATIONS: usize = 2 * ROSTERS_PER_ROUND + 7;

/// Alice, whose device has no keys, and Bob, in many groups.
struct Crowd {
    alice: UserId,
    bob: UserId,
    phone: DeviceId,
    groups: Vec<ConversationId>,
}

async fn db_crowd(store: &Store) -> Crowd {
    let alice = db_user(store, "alice").await;
    let bob = db_user(store, "bob").await;
    let phone = db_device(store, alice, "phone").await;
    let mut groups = Vec::new();
    for _ in 0..CONVERSATIONS {
        groups.push(db_conversation(store, "GROUP", &[alice, bob]).await);
    }
    groups.sort_unstable();
    Crowd {
        alice,
        bob,
        phone,
        groups,
    }
}

impl Crowd {
    async fn set_up(&self, store: &Store, seed: u8) -> Vec<Committed> {
        let keys = new_keys(setup(seed, 0..1));
        let put = store
            .put_keys(self.alice, self.phone, &keys, checks(any), NOW)
            .await;
        let (outcome, committed) = put.unwrap();
        outcome.unwrap();
        committed
    }

    async fn round(&self, store: &Store) -> (Rounds, Vec<Committed>) {
        store.follow_devices(self.alice, NOW).await.unwrap()
    }

    async fn finish(&self, store: &Store) -> Vec<Committed> {
        let mut all = Vec::new();
        loop {
            let (rounds, committed) = self.round(store).await;
            all.extend(committed);
            if rounds == Rounds::Done {
                assert!(!store.has_pending_rosters(self.alice).await.unwrap());
                assert_eq!(store.find_pending_rosters(None).await.unwrap(), None);
                return all;
            }
        }
    }

    async fn roster(&self, store: &Store, index: usize) -> Roster {
        let roster = store.find_roster(self.groups[index]).await.unwrap();
        roster.unwrap()
    }

    /// Whether the phone may be named, whether it must be, and whether it is listed, with the version.
    async fn phone_in(&self, store: &Store, index: usize) -> (bool, bool, bool, u64) {
        let roster = self.roster(store, index).await;
        let listed = store.list_participants(self.groups[index], self.bob).await;
        let listed = listed.unwrap().unwrap();
        assert_eq!(listed.roster_version, roster.roster_version);
        let mut devices = listed.participants.iter().flat_map(|it| &it.devices);
        let alice = roster.member(self.alice).unwrap();
        let mut named = alice.devices.iter();
        (
            named.any(|it| it.name.id == self.phone),
            roster.required().any(|(_, name)| name.id == self.phone),
            devices.any(|it| it.id == self.phone),
            roster.roster_version,
        )
    }
}

/// The conversations that were told, each with what it was told.
fn by_group(committed: &[Committed]) -> Vec<(ConversationId, u64, &'static str)> {
    let events = told(committed);
    let places = committed.iter().map(|it| it.conversation_id);
    places
        .zip(events)
        .map(|(id, (revision, kind))| (id, revision, kind))
        .collect()
}

fn everywhere(
    groups: &[ConversationId],
    events: &[(u64, &'static str)],
) -> Vec<(ConversationId, u64, &'static str)> {
    let each = groups.iter().flat_map(|id| {
        let events = events.iter();
        events.map(|(revision, kind)| (*id, *revision, *kind))
    });
    each.collect()
}

#[tokio::test]
async fn each_conversation_is_told_once_and_keeps_its_old_roster_until_then() {
    on_each_database(async |store| {
        let crowd = db_crowd(&store).await;
        let (first, rest) = crowd.groups.split_at(ROSTERS_PER_ROUND);
        let committed = crowd.set_up(&store, 1).await;
        assert_eq!(
            by_group(&committed),
            everywhere(first, &[(8, "device:added")])
        );
        let last = CONVERSATIONS - 1;
        assert_eq!(crowd.phone_in(&store, 0).await, (true, true, true, 1));
        // It may be named, as any device without keys.
        assert_eq!(crowd.phone_in(&store, last).await, (true, false, false, 0));

        let found = store.find_pending_rosters(Some(crowd.alice)).await;
        assert_eq!(
            found.unwrap(),
            Some(crowd.alice),
            "from the beginning again"
        );
        let (rounds, second) = crowd.round(&store).await;
        assert_eq!((rounds, second.len()), (Rounds::More, ROSTERS_PER_ROUND));
        let (rounds, third) = crowd.round(&store).await;
        assert_eq!((rounds, third.len()), (Rounds::Done, 7));
        let told: Vec<_> = second.into_iter().chain(third).collect();
        assert_eq!(by_group(&told), everywhere(rest, &[(8, "device:added")]));
        assert_eq!(crowd.phone_in(&store, last).await, (true, true, true, 1));
        assert!(crowd.finish(&store).await.is_empty());
    })
    .await;
}

/// The process that began may be gone: all that the next one needs is in the database.
#[tokio::test]
async fn further_changes_meanwhile_are_told_as_what_they_come_to() {
    on_each_database(async |store| {
        let crowd = db_crowd(&store).await;
        let (first, rest) = crowd.groups.split_at(ROSTERS_PER_ROUND);
        crowd.set_up(&store, 1).await;
        // Out and in again: those who have not heard of it need not.
        let key = active_identity(&store, crowd.phone).await.unwrap().id;
        let gone = store.deactivate_identity_key(crowd.alice, key, NOW).await;
        let removed = gone.unwrap().1;
        assert_eq!(
            by_group(&removed),
            everywhere(first, &[(9, "device:removed")])
        );
        let back = put_identity(&store, crowd.alice, crowd.phone, 1).await;
        assert_eq!(by_group(&back), everywhere(first, &[(10, "device:added")]));
        let told = crowd.finish(&store).await;
        assert_eq!(by_group(&told), everywhere(rest, &[(8, "device:added")]));

        // Two reinstallations, the second one between the rounds of the first.
        let changed = [(11, "identity:changed"), (12, "device:added")];
        let told = crowd.set_up(&store, 2).await;
        assert_eq!(by_group(&told), everywhere(first, &changed));
        let again = [(13, "identity:changed"), (14, "device:added")];
        let told = crowd.set_up(&store, 3).await;
        assert_eq!(by_group(&told), everywhere(first, &again));
        let told = crowd.finish(&store).await;
        let changed = [(9, "identity:changed"), (10, "device:added")];
        assert_eq!(by_group(&told), everywhere(rest, &changed));
        for (index, start) in [(0, 13), (CONVERSATIONS - 1, 9)] {
            let version = crowd.phone_in(&store, index).await.3;
            assert_eq!(version, start - 7 + 1);
            let text = "SELECT start_revision, acked_revision FROM device_cursors \
                        WHERE device_id = $1 AND conversation_id = $2";
            let values = vec![crowd.phone.0.into(), crowd.groups[index].0.into()];
            let start = i64::try_from(start).unwrap();
            assert_eq!(db_numbers(&store, text, values).await, [start, start]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_removed_meanwhile_leaves_each_roster_in_which_it_was() {
    on_each_database(async |store| {
        let crowd = db_crowd(&store).await;
        let (first, rest) = crowd.groups.split_at(ROSTERS_PER_ROUND);
        crowd.set_up(&store, 1).await;
        let (removed, told) = store
            .remove_device(crowd.alice, crowd.phone, NOW)
            .await
            .unwrap();
        assert!(removed);
        assert_eq!(by_group(&told), everywhere(first, &[(9, "device:removed")]));
        let told = crowd.finish(&store).await;
        assert!(told.is_empty(), "never told of it: {:?}", by_group(&told));
        let nowhere = (false, false, false);
        for (index, version) in [(0, 2), (CONVERSATIONS - 1, 0)] {
            let (named, required, listed, now) = crowd.phone_in(&store, index).await;
            assert_eq!(((named, required, listed), now), (nowhere, version));
        }
        assert_eq!(rest.len(), CONVERSATIONS - ROSTERS_PER_ROUND);
    })
    .await;
}

/// Between the rounds of a removal a sender may name the device or leave it out, and what was
/// encrypted for it goes.
#[tokio::test]
async fn senders_between_the_rounds_of_a_removal_are_right_with_either_roster() {
    on_each_database(async |store| {
        let crowd = db_crowd(&store).await;
        crowd.set_up(&store, 1).await;
        crowd.finish(&store).await;
        let last = CONVERSATIONS - 1;
        let text = "INSERT INTO message_ciphertexts \
                    (conversation_id, device_id, sequence_number, ciphertext) \
                    VALUES ($1, $2, 1, $3)";
        for index in [0, last] {
            let (group, phone) = (crowd.groups[index].0, crowd.phone.0);
            let values = vec![group.into(), phone.into(), vec![1_u8].into()];
            db_execute(&store, text, values).await;
            let text = "UPDATE conversation_heads SET last_sequence = 1 WHERE conversation_id = $1";
            db_execute(&store, text, vec![group.into()]).await;
        }
        let removed = store.remove_device(crowd.alice, crowd.phone, NOW).await;
        assert_eq!(removed.unwrap().1.len(), ROSTERS_PER_ROUND);
        // Nothing more is done in its name.
        assert!(
            !crowd
                .roster(&store, last)
                .await
                .has(crowd.alice, crowd.phone)
        );
        let (named, required, listed, _) = crowd.phone_in(&store, 0).await;
        assert_eq!((named, required, listed), (false, false, false));
        assert_eq!(crowd.phone_in(&store, last).await, (true, false, true, 1));
        let left = async || {
            while store.erase_device_remains().await.unwrap() {}
            let text = "SELECT COUNT(*) FROM message_ciphertexts";
            db_numbers(&store, text, vec![]).await
        };
        assert_eq!(left().await, [1]);
        let told = crowd.finish(&store).await;
        assert_eq!(told.len(), CONVERSATIONS - ROSTERS_PER_ROUND);
        assert_eq!(left().await, [0]);
        assert_eq!(crowd.phone_in(&store, last).await, (false, false, false, 2));
    })
    .await;
}

#[tokio::test]
async fn who_leaves_or_comes_back_between_the_rounds_has_the_devices_of_that_moment() {
    on_each_database(async |store| {
        let crowd = db_crowd(&store).await;
        let (alice, bob) = (crowd.alice, crowd.bob);
        let text = "UPDATE participants SET role = 'owner' WHERE user_id = $1";
        db_execute(&store, text, vec![bob.0.into()]).await;
        crowd.set_up(&store, 1).await;
        let last = CONVERSATIONS - 1;
        for index in [last - 1, last] {
            let group = crowd.groups[index];
            let removal = Removal {
                user_id: alice,
                new_code: "code",
                at: NOW,
            };
            let left = store.remove_participant(group, bob, removal).await;
            left.unwrap().0.unwrap();
        }
        let back = store.add_participant(crowd.groups[last], bob, alice, Role::Member, NOW);
        back.await.unwrap().0.unwrap();
        // Back with the keys that it has by now: the log need not say so.
        assert_eq!(crowd.phone_in(&store, last).await, (true, true, true, 2));
        let new = db_conversation(&store, "GROUP", &[alice, bob]).await;
        let roster = store.find_roster(new).await.unwrap().unwrap();
        assert_eq!(roster.required().count(), 1, "whoever begins now has all");
        let told = crowd.finish(&store).await;
        let between = &crowd.groups[ROSTERS_PER_ROUND..last - 1];
        assert_eq!(by_group(&told), everywhere(between, &[(8, "device:added")]));
        assert_eq!(crowd.phone_in(&store, last).await, (true, true, true, 2));
    })
    .await;
}

/// What was encrypted for the former keys may be millions of rows.
#[tokio::test]
async fn what_was_encrypted_for_a_former_identity_goes_in_rounds_before_its_roster_is_told() {
    on_each_database(async |store| {
        let alice = db_user(&store, "alice").await;
        let phone = db_device(&store, alice, "phone").await;
        let chat = db_conversation(&store, "GROUP", &[alice]).await;
        put_all(&store, alice, phone, &setup(1, 0..1)).await;
        let text = "INSERT INTO message_ciphertexts \
                    (conversation_id, device_id, sequence_number, ciphertext) \
                    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 7000) \
                    SELECT p.conversation_id, d.id, n, i.public_key FROM n, participants p, \
                    devices d, identity_keys i";
        db_execute(&store, text, vec![]).await;
        let count = async || {
            let text = "SELECT COUNT(*) FROM message_ciphertexts";
            db_numbers(&store, text, vec![]).await[0]
        };
        assert_eq!(count().await, 7_000);
        let (outcome, committed) = store
            .put_keys(alice, phone, &new_keys(setup(2, 0..1)), checks(any), NOW)
            .await
            .unwrap();
        outcome.unwrap();
        assert!(committed.is_empty());
        assert_eq!(count().await, 2_000);
        let roster = store.find_roster(chat).await.unwrap().unwrap();
        assert_eq!((roster.revision, roster.roster_version), (8, 1));
        let (rounds, committed) = store.follow_devices(alice, NOW).await.unwrap();
        assert_eq!(rounds, Rounds::Done);
        let expected = [(9, "identity:changed"), (10, "device:added")];
        assert_eq!(told(&committed), expected);
        assert_eq!(count().await, 0);
    })
    .await;
}
