//! Reading messages back.

use sentinal_protocol::Role;
use sentinal_protocol::event::EventKind;
use sentinal_store::{AddedParticipant, Body, NewMessage, Position, ReserveRefusal};

use crate::seed::{
    NOW, Person, db, db_person, dm, gaps, group, kinds, numbers, page, removal, send, send_with,
};
use crate::support::on_each_database;

#[tokio::test]
async fn who_comes_back_sees_their_intervals_and_nothing_between() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[]).await;
        let say = async |count: u64| {
            let mut said = Vec::new();
            for _ in 0..count {
                said.push(send(&store, id, alice).await);
            }
            said
        };
        let enter = async || {
            let added = store
                .add_participant(id, alice.id, bob.id, Role::Member, NOW)
                .await;
            assert_eq!(added.unwrap().0, Ok(AddedParticipant::Added));
        };
        let before = say(2).await;
        enter().await;
        let first = say(3).await;
        store
            .remove_participant(id, bob.id, removal(bob.id))
            .await
            .unwrap()
            .0
            .unwrap();
        let between = say(2).await;
        let newest = Position::Newest;
        assert!(
            store
                .list_messages(bob.viewer(), id, newest, 50)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            store
                .find_message(bob.viewer(), first[0])
                .await
                .unwrap()
                .is_none()
        );
        enter().await;
        let unsaid = store
            .find_conversation(bob.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (
                unsaid.unread_count,
                unsaid.last_message.unwrap().sequence_number
            ),
            (0, 5)
        );
        let second = say(1).await;

        let history = page(&store, bob, id, newest, 50).await;
        assert_eq!(numbers(&history), [8, 5, 4, 3]);
        assert!(!history.has_more && history.gaps.is_empty());
        let history = page(&store, bob, id, Position::After(3), 2).await;
        assert_eq!((numbers(&history), history.has_more), (vec![4, 5], true));
        let history = page(&store, bob, id, Position::After(5), 2).await;
        assert_eq!((numbers(&history), history.has_more), (vec![8], false));
        let history = page(&store, bob, id, Position::Around(6), 4).await;
        assert_eq!((numbers(&history), history.has_more), (vec![4, 5, 8], true));
        for (ids, seen) in [
            (before, false),
            (first, true),
            (between, false),
            (second, true),
        ] {
            for message in ids {
                let found = store.find_message(bob.viewer(), message).await.unwrap();
                assert_eq!(found.is_some(), seen);
            }
        }
        let bobs = store
            .find_conversation(bob.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((bobs.unread_count, bobs.last_sequence), (1, 8));
    })
    .await;
}

#[tokio::test]
async fn every_number_of_a_page_is_a_message_or_in_a_gap() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        send(&store, id, alice).await;
        for number in 2..=4 {
            let (reserved, committed) = store.reserve_sequence(id, bob.id, NOW).await.unwrap();
            assert_eq!(reserved, Ok(number));
            assert_eq!(kinds(&committed), [(number + 1, EventKind::Revision)]);
        }
        for _ in 5..=8 {
            send(&store, id, alice).await;
        }
        let text = "UPDATE messages SET hard_deleted = TRUE WHERE sequence_number IN (5, 7)";
        db(&store, text, []).await;
        assert_eq!(store.find_last_sequence(id, bob.id).await.unwrap(), Some(8));

        let all = page(&store, bob, id, Position::Newest, 50).await;
        assert_eq!(numbers(&all), [8, 6, 1]);
        let expected = [(2, 4, "reserved"), (5, 5, "deleted"), (7, 7, "deleted")];
        assert_eq!(gaps(&all), expected);
        let upper = page(&store, bob, id, Position::Before(8), 1).await;
        assert_eq!((numbers(&upper), upper.has_more), (vec![6], true));
        assert_eq!(gaps(&upper), [(7, 7, "deleted")]);
        let lower = page(&store, bob, id, Position::After(1), 1).await;
        assert_eq!((numbers(&lower), lower.has_more), (vec![6], true));
        assert_eq!(gaps(&lower), [(2, 4, "reserved"), (5, 5, "deleted")]);
        let near = page(&store, bob, id, Position::Around(7), 2).await;
        assert_eq!(
            (numbers(&near), gaps(&near)),
            (vec![6, 8], vec![(7, 7, "deleted")])
        );
        let alone = page(&store, bob, id, Position::Around(6), 1).await;
        assert_eq!((numbers(&alone), gaps(&alone)), (vec![6], vec![]));
        let none = page(&store, bob, id, Position::After(u64::MAX), 5).await;
        assert_eq!((numbers(&none), gaps(&none)), (vec![], vec![]));
    })
    .await;
}

#[tokio::test]
async fn only_who_may_send_takes_numbers() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        db(
            &store,
            "UPDATE conversations SET permission_send = 'admins'",
            [],
        )
        .await;
        let (refused, _) = store.reserve_sequence(id, bob.id, NOW).await.unwrap();
        assert_eq!(refused, Err(ReserveRefusal::Rank));
        let (reserved, _) = store.reserve_sequence(id, alice.id, NOW).await.unwrap();
        assert_eq!(reserved, Ok(1));
        let stranger = db_person(&store, "stranger").await;
        let (refused, _) = store.reserve_sequence(id, stranger.id, NOW).await.unwrap();
        assert_eq!(refused, Err(ReserveRefusal::NoConversation));
    })
    .await;
}

#[tokio::test]
async fn a_device_sees_its_own_ciphertext_and_none_of_what_is_gone() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = dm(&store, alice, bob).await;
        let body = |byte: u8| Body {
            ciphertext: vec![byte; 3],
            header: Some(r#"{"counter": 1}"#.to_owned()),
        };
        let own = |message: &mut NewMessage| message.bodies = vec![(bob.device, body(1))];
        let first = send_with(&store, id, alice, NOW, own).await;
        let both = |message: &mut NewMessage| {
            message.bodies = vec![(bob.device, body(2))];
            message.shared = Some(body(3));
        };
        let second = send_with(&store, id, alice, NOW, both).await;
        let brief = |message: &mut NewMessage| {
            own(message);
            message.expires_in_seconds = Some(1);
        };
        let earlier = NOW.minus(std::time::Duration::from_secs(1));
        let third = send_with(&store, id, alice, earlier, brief).await;
        let find = async |person: Person, message| {
            let found = store.find_message(person.viewer(), message).await.unwrap();
            found.unwrap()
        };
        let seen = find(bob, first).await;
        assert_eq!(seen.ciphertext.unwrap().0, [1, 1, 1]);
        assert_eq!(seen.header.unwrap().get(), r#"{"counter": 1}"#);
        assert_eq!(seen.recipient_device_id.as_deref(), Some("phone"));
        assert_eq!(seen.sender_device_id.as_deref(), Some("phone"));
        let seen = find(alice, first).await;
        assert!(seen.ciphertext.is_none() && seen.recipient_device_id.is_none());
        let seen = find(bob, second).await;
        assert_eq!(seen.ciphertext.unwrap().0, [3, 3, 3]);
        assert_eq!(seen.device_ciphertext.unwrap().0, [2, 2, 2]);
        assert!(seen.recipient_device_id.is_none());
        let seen = find(bob, third).await;
        assert!(seen.ciphertext.is_none() && seen.header.is_none() && !seen.is_deleted);
        assert_eq!(seen.expires_at, Some(NOW));

        let text = "UPDATE messages SET deleted_at = 1 WHERE id = $1";
        db(&store, text, [first.0.into()]).await;
        let seen = find(bob, first).await;
        assert!(seen.is_deleted && seen.ciphertext.is_none() && seen.header.is_none());
        let unread = async |now| {
            let found = store.find_conversation(bob.id, id, now).await.unwrap();
            found.unwrap().unread_count
        };
        // The third has expired since.
        assert_eq!((unread(earlier).await, unread(NOW).await), (2, 1));
        let text = "INSERT INTO hidden_messages (user_id, conversation_id, sequence_number) \
                    VALUES ($1, $2, 3)";
        db(&store, text, [bob.id.0.into(), id.0.into()]).await;
        assert_eq!((unread(earlier).await, unread(NOW).await), (1, 1));
        let bobs = store
            .find_conversation(bob.id, id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (bobs.unread_count, bobs.last_message.unwrap().id),
            (1, second)
        );
        assert!(
            store
                .find_message(bob.viewer(), third)
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

/// The count of unread messages is arithmetic over what does not count; here it meets a walk over
/// all messages, for every place of the cursor and every mixture of kinds.
#[tokio::test]
async fn unread_counts_are_what_a_walk_over_the_messages_finds() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        let mut counts = Vec::new();
        // Of every mixture of kinds one, each bit of which says one thing about the message.
        for (place, kind) in (0_i64..).zip((0..32).chain([0, 0])) {
            let has = |bit: u32| kind & (1 << bit) != 0;
            let sender = if has(0) { bob } else { alice };
            let hidden_from = has(1).then_some(bob.id);
            let hide = |message: &mut NewMessage| message.hidden_from = hidden_from;
            let message = send_with(&store, id, sender, NOW, hide).await;
            if has(2) {
                let text = "UPDATE messages SET deleted_at = 1 WHERE id = $1";
                db(&store, text, [message.0.into()]).await;
            }
            if has(3) {
                let text = "UPDATE messages SET hard_deleted = TRUE WHERE id = $1";
                db(&store, text, [message.0.into()]).await;
            }
            if has(4) {
                let text = "INSERT INTO hidden_messages (user_id, conversation_id, \
                            sequence_number) VALUES ($1, $2, $3)";
                let values = [bob.id.0.into(), id.0.into(), (2 * place + 1).into()];
                db(&store, text, values).await;
            }
            let (reserved, _) = store.reserve_sequence(id, alice.id, NOW).await.unwrap();
            reserved.unwrap();
            counts.extend([u64::from(kind == 0), 0]);
        }
        for read in 0..counts.len() {
            let text = "UPDATE participants SET last_read_sequence = $1";
            db(&store, text, [i64::try_from(read).unwrap().into()]).await;
            let bobs = store
                .find_conversation(bob.id, id, NOW)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                bobs.unread_count,
                counts[read..].iter().sum::<u64>(),
                "{read}"
            );
        }
    })
    .await;
}
