//! Joining, leaving, ranks, and what participants see of each other.

use sentinal_protocol::event::EventKind;
use sentinal_protocol::{ConversationType, Role, UserId, limits};
use sentinal_store::{AddedParticipant, CreateRefusal, MembershipRefusal};

use crate::seed::{NOW, Person, db, db_person, dm, group, kinds, new, removal};
use crate::support::on_each_database;

#[tokio::test]
async fn a_dms_participants_are_fixed() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = dm(&store, alice, bob).await;
        let carol = db_person(&store, "carol").await;
        let refused = Err(MembershipRefusal::Dm);
        let (added, _) = store
            .add_participant(id, alice.id, carol.id, Role::Member, NOW)
            .await
            .unwrap();
        assert_eq!(added.map(|_| ()), refused);
        for user in [alice.id, bob.id] {
            let (removed, _) = store
                .remove_participant(id, alice.id, removal(user))
                .await
                .unwrap();
            assert_eq!(removed, refused);
            let (ranked, _) = store
                .update_role(id, alice.id, user, Role::Owner, NOW)
                .await
                .unwrap();
            assert_eq!(ranked, refused);
        }
        let seen = store
            .find_direct_conversation(bob.id, alice.id, NOW)
            .await
            .unwrap();
        let seen = seen.unwrap();
        assert_eq!((seen.id, seen.revision), (id, 1));
        assert!(seen.subject.is_none());
    })
    .await;
}

/// Who may remove whom, and rank whom as what.
#[tokio::test]
async fn ranks_bound_what_one_may_do_to_whom() {
    on_each_database(async |store| {
        let mut people = Vec::new();
        for name in ["owner", "admin", "admin2", "member", "member2"] {
            people.push(db_person(&store, name).await);
        }
        let [owner, admin, admin2, member, member2] = people[..] else {
            unreachable!()
        };
        let id = group(&store, owner, &[admin, admin2, member, member2]).await;
        let rank = async |by: Person, whom: Person, role| {
            store
                .update_role(id, by.id, whom.id, role, NOW)
                .await
                .unwrap()
                .0
        };
        for person in [admin, admin2] {
            assert_eq!(rank(owner, person, Role::Admin).await, Ok(()));
        }
        let refused = Err(MembershipRefusal::Rank);
        for (by, whom, role) in [
            (member, member2, Role::Admin),
            (member, member, Role::Admin),
            (admin, admin2, Role::Member),
            (admin, owner, Role::Member),
            (admin, member, Role::Owner),
            (admin, admin, Role::Owner),
        ] {
            assert_eq!(rank(by, whom, role).await, refused, "{role}");
        }
        assert_eq!(rank(admin, member, Role::Admin).await, Ok(()));
        assert_eq!(rank(owner, member, Role::Member).await, Ok(()));
        assert_eq!(rank(admin2, admin2, Role::Member).await, Ok(()));
        let last = Err(MembershipRefusal::LastOwner);
        assert_eq!(rank(owner, owner, Role::Member).await, last);

        let remove = async |by: Person, whom: Person| {
            store
                .remove_participant(id, by.id, removal(whom.id))
                .await
                .unwrap()
                .0
        };
        assert_eq!(remove(member, member2).await, refused);
        assert_eq!(remove(member, owner).await, refused);
        assert_eq!(remove(admin, owner).await, refused);
        assert_eq!(remove(admin, member).await, Ok(()));
        let gone = Err(MembershipRefusal::NoParticipant);
        assert_eq!(remove(admin, member).await, gone);
        assert_eq!(rank(owner, member, Role::Admin).await, gone);
        let stranger = Err(MembershipRefusal::NoConversation);
        assert_eq!(remove(member, member2).await, stranger);
        assert_eq!(rank(member, member2, Role::Admin).await, stranger);
        assert_eq!(remove(owner, admin).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn members_add_others_only_where_the_group_lets_them_and_never_above_themselves() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let carol = db_person(&store, "carol").await;
        let id = group(&store, alice, &[bob]).await;
        let add = async |by: Person, whom: Person, role| {
            store
                .add_participant(id, by.id, whom.id, role, NOW)
                .await
                .unwrap()
        };
        let refused = Err(MembershipRefusal::Rank);
        assert_eq!(add(bob, carol, Role::Member).await.0, refused);
        let text = "UPDATE conversations SET permission_add_members = 'everyone'";
        db(&store, text, []).await;
        assert_eq!(add(bob, carol, Role::Admin).await.0, refused);
        let (added, committed) = add(bob, carol, Role::Member).await;
        assert_eq!(added, Ok(AddedParticipant::Added));
        assert_eq!(kinds(&committed), [(2, EventKind::ParticipantAdded)]);
        // Twice changes nothing, not the rank either.
        let (added, committed) = add(alice, carol, Role::Admin).await;
        assert_eq!(added, Ok(AddedParticipant::Present));
        assert!(committed.is_empty());
        let carols = store
            .find_conversation(carol.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (carols.role, carols.revision, carols.roster_version),
            (Role::Member, 2, 2)
        );
    })
    .await;
}

#[tokio::test]
async fn a_group_takes_no_more_than_its_members_max() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let crowd = (0..=limits::GROUP_MEMBERS_MAX).map(|_| Person {
            id: UserId::new(NOW),
            ..alice
        });
        let crowd: Vec<Person> = crowd.collect();
        let request = new(ConversationType::Group, alice, &crowd);
        let (created, _) = store.create_conversation(&request, NOW).await.unwrap();
        assert_eq!(created, Err(CreateRefusal::GroupFull));

        let id = group(&store, alice, &[]).await;
        for person in crowd.iter().skip(3) {
            let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                        joined_revision, joined_sequence) VALUES ($1, $2, 'member', 0, 1, 0)";
            db(&store, text, [id.0.into(), person.id.0.into()]).await;
        }
        let bob = db_person(&store, "bob").await;
        let carol = db_person(&store, "carol").await;
        let add = async |whom: Person| {
            let added = store.add_participant(id, alice.id, whom.id, Role::Member, NOW);
            added.await.unwrap().0
        };
        assert_eq!(add(carol).await.unwrap(), AddedParticipant::Added);
        assert_eq!(add(bob).await, Err(MembershipRefusal::GroupFull));
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_leaves_hands_over_and_the_last_one_closes_the_door() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let carol = db_person(&store, "carol").await;
        let id = group(&store, alice, &[bob, carol]).await;
        store
            .update_role(id, alice.id, carol.id, Role::Admin, NOW)
            .await
            .unwrap()
            .0
            .unwrap();
        let leave = async |person: Person| {
            let (left, committed) = store
                .remove_participant(id, person.id, removal(person.id))
                .await
                .unwrap();
            left.unwrap();
            kinds(&committed)
        };
        // The admin comes before the older member.
        let role = EventKind::ParticipantRole;
        let removed = EventKind::ParticipantRemoved;
        assert_eq!(leave(alice).await, [(3, role), (4, removed)]);
        let carols = store
            .find_conversation(carol.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((carols.role, carols.participant_count), (Role::Owner, 2));
        assert!(
            store
                .find_conversation(alice.id, id, NOW)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(leave(carol).await, [(5, role), (6, removed)]);
        let bobs = store
            .find_conversation(bob.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((bobs.role, bobs.roster_version), (Role::Owner, 3));
        assert_eq!(leave(bob).await, [(7, removed)]);
        assert!(
            store
                .find_conversation(bob.id, id, NOW)
                .await
                .unwrap()
                .is_none()
        );
        assert!(store.find_roster(id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn read_cursors_show_only_between_those_who_both_share_them() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let carol = db_person(&store, "carol").await;
        let id = group(&store, alice, &[bob, carol]).await;
        let text = "INSERT INTO user_settings (user_id, read_receipts) VALUES ($1, FALSE)";
        db(&store, text, [bob.id.0.into()]).await;
        let shown = async |viewer: Person| {
            let listed = store
                .list_participants(id, viewer.id)
                .await
                .unwrap()
                .unwrap();
            let shows = |p: &sentinal_protocol::api::conversations::Participant| {
                p.last_read_sequence.is_some()
            };
            [alice, bob, carol].map(|person| {
                let row = listed.participants.iter().find(|p| p.user_id == person.id);
                shows(row.unwrap())
            })
        };
        assert_eq!(shown(alice).await, [true, false, true]);
        assert_eq!(shown(bob).await, [false, true, false]);
    })
    .await;
}
