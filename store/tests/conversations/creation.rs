//! Making conversations and listing them.

use sentinal_protocol::{ConversationType, Role, UserId};
use sentinal_store::{
    AddedParticipant, CreateRefusal, Created, Listing, MembershipRefusal, NewMessage, Position,
    Shelf,
};

use crate::seed::{
    NOW, Person, db, db_block, db_person, dm, gaps, group, new, numbers, page, send, send_with,
};
use crate::support::on_each_database;

#[tokio::test]
async fn a_group_has_its_creator_as_owner_and_starts_at_revision_one() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        let seen = store
            .find_conversation(alice.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(seen.kind, ConversationType::Group);
        assert_eq!(seen.subject.as_deref(), Some("Team"));
        assert_eq!((seen.revision, seen.roster_version), (1, 1));
        assert_eq!((seen.participant_count, seen.role), (2, Role::Owner));
        assert_eq!((seen.last_sequence, seen.unread_count), (0, 0));
        assert!(seen.last_message.is_none());
        let listed = store.list_participants(id, bob.id).await.unwrap().unwrap();
        let roles: Vec<_> = listed
            .participants
            .iter()
            .map(|p| (p.user_id, p.role))
            .collect();
        assert_eq!(roles, [(alice.id, Role::Owner), (bob.id, Role::Member)]);
        let first = &listed.participants[0];
        assert_eq!(first.device_ids, ["phone"]);
        assert_eq!(first.devices[0].id, alice.device);
    })
    .await;
}

#[tokio::test]
async fn ten_creators_of_one_dm_at_once_make_one() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let mut creating = tokio::task::JoinSet::new();
        for n in 0..10 {
            let store = store.clone();
            let (one, other) = if n % 2 == 0 {
                (alice, bob)
            } else {
                (bob, alice)
            };
            creating.spawn(async move {
                let new = new(ConversationType::Dm, one, &[other]);
                store.create_conversation(&new, NOW).await.unwrap()
            });
        }
        let mut made = 0;
        let mut ids = std::collections::HashSet::new();
        while let Some(created) = creating.join_next().await {
            let (created, committed) = created.unwrap();
            match created.unwrap() {
                Created::New(id) => {
                    made += 1;
                    assert_eq!(committed.len(), 1);
                    ids.insert(id);
                }
                Created::Existing(id) => {
                    assert!(committed.is_empty());
                    ids.insert(id);
                }
            }
        }
        assert_eq!((made, ids.len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn unknown_people_and_those_who_shut_the_caller_off_look_the_same() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let blocker = db_person(&store, "blocker").await;
        let hermit = db_person(&store, "hermit").await;
        let friend = db_person(&store, "friend").await;
        db_block(&store, blocker, alice).await;
        let text = "INSERT INTO user_settings (user_id, privacy_groups) VALUES ($1, $2)";
        db(&store, text, [hermit.id.0.into(), "nobody".into()]).await;
        db(&store, text, [friend.id.0.into(), "contacts".into()]).await;
        let nobody = Person {
            id: UserId::new(NOW),
            ..alice
        };
        let all = [blocker, hermit, friend, nobody];
        let request = new(ConversationType::Group, alice, &all);
        let (created, _) = store.create_conversation(&request, NOW).await.unwrap();
        let unknown = all.iter().map(|person| person.id).collect();
        assert_eq!(created, Err(CreateRefusal::Unknown(unknown)));

        let id = group(&store, alice, &[]).await;
        for person in all {
            let (added, committed) = store
                .add_participant(id, alice.id, person.id, Role::Member, NOW)
                .await
                .unwrap();
            assert_eq!(added, Err(MembershipRefusal::UnknownUser));
            assert!(committed.is_empty());
        }
        let text = "INSERT INTO contacts (user_id, contact_user_id, created_at) VALUES ($1, $2, 0)";
        db(&store, text, [friend.id.0.into(), alice.id.0.into()]).await;
        let (added, _) = store
            .add_participant(id, alice.id, friend.id, Role::Member, NOW)
            .await
            .unwrap();
        assert_eq!(added, Ok(AddedParticipant::Added));
    })
    .await;
}

#[tokio::test]
async fn a_block_is_told_to_the_blocker_and_silent_to_the_blocked() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        db_block(&store, bob, alice).await;
        let request = new(ConversationType::Dm, bob, &[alice]);
        let (created, _) = store.create_conversation(&request, NOW).await.unwrap();
        assert_eq!(created, Err(CreateRefusal::Blocked));

        let id = dm(&store, alice, bob).await;
        let hidden = |message: &mut NewMessage| message.hidden_from = Some(bob.id);
        let message = send_with(&store, id, alice, NOW, hidden).await;
        let list = async |person: Person| {
            let listed = store
                .list_conversations(person.id, Listing::All(Shelf::Current), (20, 0), NOW)
                .await;
            listed.unwrap()
        };
        // The blocked one sees everything as ever.
        let alices = list(alice).await;
        assert_eq!(alices.total, 1);
        let newest = alices.conversations[0].last_message.as_ref().unwrap();
        assert_eq!(newest.id, message);
        assert_eq!(
            numbers(&page(&store, alice, id, Position::Newest, 50).await),
            [1]
        );
        // The blocker does not see that there is a DM.
        assert_eq!(
            (list(bob).await.total, list(bob).await.conversations.len()),
            (0, 0)
        );
        let bobs = page(&store, bob, id, Position::Newest, 50).await;
        assert_eq!(
            (numbers(&bobs), gaps(&bobs)),
            (vec![], vec![(1, 1, "deleted")])
        );
        assert!(
            store
                .find_message(bob.viewer(), message)
                .await
                .unwrap()
                .is_none()
        );

        // What comes after the block shows; what came during it does not.
        db(&store, "DELETE FROM blocks", []).await;
        send(&store, id, alice).await;
        let bobs = list(bob).await;
        assert_eq!((bobs.total, bobs.conversations[0].unread_count), (1, 1));
        let bobs = page(&store, bob, id, Position::Newest, 50).await;
        assert_eq!(numbers(&bobs), [2]);
    })
    .await;
}

#[tokio::test]
async fn the_list_has_pinned_ones_first_then_by_last_message_and_pages_meet() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(group(&store, alice, &[]).await);
        }
        let later = |seconds| NOW.plus(std::time::Duration::from_secs(seconds));
        for (order, index) in [(1, 2), (2, 0), (3, 4)] {
            send_with(&store, ids[index], alice, later(order), |_| ()).await;
        }
        let text = "UPDATE participants SET pinned_at = 1 WHERE conversation_id = $1";
        db(&store, text, [ids[1].0.into()]).await;
        let text = "UPDATE participants SET archived_at = 1 WHERE conversation_id = $1";
        db(&store, text, [ids[0].0.into()]).await;
        let list = async |shelf, limit, offset| {
            let listed = store
                .list_conversations(alice.id, Listing::All(shelf), (limit, offset), NOW)
                .await
                .unwrap();
            let ids: Vec<_> = listed.conversations.iter().map(|c| c.id).collect();
            (ids, listed.total, listed.has_more)
        };
        let current = Shelf::Current;
        let first = list(current, 3, 0).await;
        assert_eq!(first, (vec![ids[1], ids[4], ids[2]], 4, true));
        assert_eq!(list(current, 3, 3).await, (vec![ids[3]], 4, false));
        assert_eq!(list(current, 3, 9).await, (vec![], 4, false));
        assert_eq!(list(Shelf::Archived, 20, 0).await, (vec![ids[0]], 1, false));
    })
    .await;
}
