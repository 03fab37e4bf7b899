//! What becomes of a deleted group: everything stays until all have heard, then all of it goes.

use std::time::Duration;

use sentinal_protocol::api::conversations::UpdateConversationRequest;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits;
use sentinal_store::{AckedCursor, Deleted, MembershipRefusal, Purged, Reader, Store};

use crate::seed::{NOW, Person, db, db_person, group, kinds, send};
use crate::support::on_each_database;

async fn ack(store: &Store, person: Person, conversation_id: sentinal_protocol::ConversationId) {
    let acked = AckedCursor {
        device_id: person.device,
        conversation_id,
        revision: 5,
        receipt_version: 0,
    };
    store.mark_receipts(&[acked], &[]).await.unwrap();
}

#[tokio::test]
async fn a_deleted_group_goes_in_small_steps_once_every_device_has_heard() {
    on_each_database(async |store| {
        let (alice, bob) = (
            db_person(&store, "alice").await,
            db_person(&store, "bob").await,
        );
        let id = group(&store, alice, &[bob]).await;
        let other = group(&store, alice, &[bob]).await;
        for _ in 0..3 {
            send(&store, id, alice).await;
        }
        send(&store, other, alice).await;
        let (deleted, committed) = store.delete_conversation(id, alice.id, NOW).await.unwrap();
        assert_eq!(deleted, Ok(Deleted::ForAll));
        assert_eq!(kinds(&committed), [(5, EventKind::ConversationDeleted)]);
        let mut ended = store.list_ended(id, 5).await.unwrap();
        ended.sort_unstable();
        assert_eq!(ended, [alice.id, bob.id]);
        for (person, heard_by_all) in [(alice, false), (bob, true)] {
            ack(&store, person, id).await;
            let listed = store.list_deleted_conversations(None, 10).await.unwrap();
            let [deleted] = listed.as_slice() else {
                panic!("{listed:?}")
            };
            assert_eq!((deleted.id, deleted.deleted_at), (id, NOW));
            assert_eq!(deleted.heard_by_all, heard_by_all);
            let after = store.list_deleted_conversations(Some(*deleted), 10).await;
            assert_eq!(after.unwrap(), []);
        }
        let mut steps = 1;
        while store.purge_conversation(id, 2).await.unwrap() == Purged::Partly {
            steps += 1;
        }
        // Three messages and two changes, at most two rows a step.
        assert_eq!(steps, 3);
        assert_eq!(
            store.list_deleted_conversations(None, 10).await.unwrap(),
            []
        );
        let reader = |person: Person| Reader {
            user_id: person.id,
            device_id: person.device,
        };
        let log = store.read_log(reader(bob), id, Some(0), NOW).await.unwrap();
        assert!(log.is_none());
        let log = store.read_log(reader(bob), other, Some(0), NOW).await;
        assert_eq!(log.unwrap().unwrap().entries.len(), 2, "the other is whole");
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_replaced_or_leads_to_a_full_group_lets_nobody_in() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let bob = db_person(&store, "bob").await;
        let id = group(&store, alice, &[]).await;
        for code in ["old", "new"] {
            let at = NOW.plus(Duration::from_secs(1));
            let (replaced, committed) = store
                .replace_invite_code(id, alice.id, code, at)
                .await
                .unwrap();
            assert_eq!((replaced, committed.len()), (Ok(()), 1));
        }
        let join = async |code| store.join_conversation(bob.id, code, NOW).await.unwrap().0;
        assert_eq!(
            join("old").await.map(|_| ()),
            Err(MembershipRefusal::NoConversation)
        );
        for _ in 1..limits::GROUP_MEMBERS_MAX {
            let somebody = sentinal_protocol::UserId::new(NOW);
            let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                        joined_revision, joined_sequence) VALUES ($1, $2, 'member', 0, 1, 0)";
            db(&store, text, [id.0.into(), somebody.0.into()]).await;
        }
        assert_eq!(
            join("new").await.map(|_| ()),
            Err(MembershipRefusal::GroupFull)
        );
        let text = "DELETE FROM participants WHERE conversation_id = $1 AND user_id <> $2";
        db(&store, text, [id.0.into(), alice.id.0.into()]).await;
        assert_eq!(join("new").await.map(|(joined, _)| joined), Ok(id));
    })
    .await;
}

#[tokio::test]
async fn sends_are_checked_again_after_rights_or_expiry_have_changed() {
    on_each_database(async |store| {
        let alice = db_person(&store, "alice").await;
        let id = group(&store, alice, &[]).await;
        let mut versions = Vec::new();
        for request in [
            r#"{"subject":"other"}"#,
            r#"{"permissions":{"send":"admins"}}"#,
            r#"{"message_expiry_seconds":60}"#,
            r#"{"message_expiry_seconds":60}"#,
        ] {
            let request: UpdateConversationRequest = serde_json::from_str(request).unwrap();
            let (updated, _) = store
                .update_conversation(id, alice.id, &request, NOW)
                .await
                .unwrap();
            assert_eq!(updated, Ok(()));
            let roster = store.find_roster(id).await.unwrap().unwrap();
            versions.push((roster.access_version, roster.revision));
        }
        assert_eq!(versions, [(1, 2), (2, 3), (3, 4), (3, 4)]);
    })
    .await;
}
