//! Identities and signed prekeys, and the rosters that follow them.

use sentinal_protocol::Base64;
use sentinal_store::{KeyRefusal, Stored};

use crate::seed::*;
use crate::support::on_each_database;

/// A device enters the roster with its second kind of key and leaves with the first that goes.
#[tokio::test]
async fn a_roster_follows_the_keys() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        db_conversation(&store, "GROUP", &[user]).await;

        let (refused, _) = store
            .put_signed_prekey(user, device, &signed_prekey(1), any, NOW)
            .await
            .unwrap();
        assert_eq!(refused, Err(KeyRefusal::NoIdentityKey));
        assert!(put_identity(&store, user, device, 1).await.is_empty());
        assert_eq!(store.find_keyed(user, device).await.unwrap(), Some(false));
        let added = put_signed(&store, user, device, 1).await;
        assert_eq!(told(&added), [(8, "device:added")]);
        assert_eq!(store.find_keyed(user, device).await.unwrap(), Some(true));

        assert!(put_identity(&store, user, device, 1).await.is_empty());
        assert!(put_signed(&store, user, device, 1).await.is_empty());
        assert!(
            put_signed(&store, user, device, 2).await.is_empty(),
            "a rotation"
        );

        let key = active_identity(&store, device).await.unwrap().id;
        let (gone, removed) = store.deactivate_identity_key(user, key, NOW).await.unwrap();
        assert!(!gone.unwrap().is_active);
        assert_eq!(told(&removed), [(9, "device:removed")]);
        let (_, again) = store.deactivate_identity_key(user, key, NOW).await.unwrap();
        assert!(again.is_empty());
        let back = put_identity(&store, user, device, 1).await;
        assert_eq!(told(&back), [(10, "device:added")]);

        let prekey = store.find_signed_prekey(device, None, NOW).await.unwrap();
        let (_, removed) = store
            .deactivate_signed_prekey(user, prekey.unwrap().id, NOW)
            .await
            .unwrap();
        assert_eq!(told(&removed), [(11, "device:removed")]);
        let back = put_signed(&store, user, device, 2).await;
        assert_eq!(told(&back), [(12, "device:added")]);
    })
    .await;
}

/// A reinstalled device has nothing of what was encrypted for its former keys, and starts at the
/// change that told the others.
#[tokio::test]
async fn another_identity_restarts_the_device_at_the_present() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        let other = db_device(&store, user, "tablet").await;
        let chat = db_conversation(&store, "GROUP", &[user]).await;
        put_all(&store, user, device, &setup(1, 0..5)).await;
        for receiver in [device, other] {
            let text = "INSERT INTO message_ciphertexts \
                        (conversation_id, device_id, sequence_number, ciphertext) \
                        VALUES ($1, $2, 1, $3)";
            let values = vec![chat.0.into(), receiver.0.into(), vec![1_u8].into()];
            db_execute(&store, text, values).await;
        }

        let changed = put_identity(&store, user, device, 2).await;
        assert_eq!(told(&changed), [(9, "identity:changed")]);
        assert_eq!(store.find_keyed(user, device).await.unwrap(), Some(false));
        assert_eq!(store.count_one_time_prekeys(device).await.unwrap(), 0);
        let prekey = store.find_signed_prekey(device, None, NOW).await.unwrap();
        assert_eq!(prekey, None);
        let text = "SELECT start_revision, acked_revision FROM device_cursors \
                    WHERE device_id = $1";
        let cursor = db_numbers(&store, text, vec![device.0.into()]).await;
        assert_eq!(cursor, [9, 9]);
        let text = "SELECT COUNT(*) FROM message_ciphertexts WHERE device_id = $1";
        assert_eq!(db_numbers(&store, text, vec![device.0.into()]).await, [0]);
        assert_eq!(db_numbers(&store, text, vec![other.0.into()]).await, [1]);
        let text = "SELECT revision, roster_version FROM conversation_heads \
                    WHERE conversation_id = $1";
        assert_eq!(db_numbers(&store, text, vec![chat.0.into()]).await, [9, 2]);

        let (outcome, committed) = store
            .put_keys(user, device, &new_keys(setup(3, 0..5)), checks(any), NOW)
            .await
            .unwrap();
        assert!(matches!(outcome, Ok(Stored::Created(_))));
        let expected = [(10, "identity:changed"), (11, "device:added")];
        assert_eq!(told(&committed), expected);
    })
    .await;
}

/// Who deletes a key first and then uploads another one has changed identity all the same.
#[tokio::test]
async fn an_identity_that_was_deleted_is_still_remembered() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let stranger = db_user(&store, "mallory").await;
        let device = db_device(&store, user, "phone").await;
        db_conversation(&store, "GROUP", &[user]).await;
        put_all(&store, user, device, &setup(1, 0..1)).await;
        let key = active_identity(&store, device).await.unwrap().id;

        let (deleted, _) = store.delete_identity_key(stranger, key, NOW).await.unwrap();
        assert!(!deleted);
        let (deleted, removed) = store.delete_identity_key(user, key, NOW).await.unwrap();
        assert!(deleted);
        assert_eq!(told(&removed), [(9, "device:removed")]);
        assert_eq!(active_identity(&store, device).await, None);
        let (deleted, _) = store.delete_identity_key(user, key, NOW).await.unwrap();
        assert!(!deleted);
        let (gone, _) = store.deactivate_identity_key(user, key, NOW).await.unwrap();
        assert_eq!(gone, None);

        let changed = put_identity(&store, user, device, 2).await;
        assert_eq!(told(&changed), [(10, "identity:changed")]);
        let key = active_identity(&store, device).await.unwrap().id;
        store.deactivate_identity_key(user, key, NOW).await.unwrap();
        let changed = put_identity(&store, user, device, 1).await;
        assert_eq!(told(&changed), [(11, "identity:changed")]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_setup_stores_nothing() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let stranger = db_user(&store, "mallory").await;
        let device = db_device(&store, user, "phone").await;
        db_conversation(&store, "GROUP", &[user]).await;
        put_all(&store, user, device, &setup(1, 0..3)).await;

        let mut conflicting = setup(1, 3..5);
        conflicting.one_time_keys[0].key_id = 4;
        conflicting.signed_prekey = signed_prekey(2);
        let (outcome, committed) = store
            .put_keys(user, device, &new_keys(conflicting), checks(any), NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::KeyIdConflict(vec![4])));
        assert!(committed.is_empty());
        let (outcome, _) = store
            .put_keys(user, device, &new_keys(setup(2, 0..3)), checks(none), NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::InvalidSignature));
        let (outcome, _) = store
            .put_keys(
                stranger,
                device,
                &new_keys(setup(2, 0..3)),
                checks(any),
                NOW,
            )
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::NoDevice));

        let found = active_identity(&store, device).await.unwrap();
        assert_eq!(found.public_key, identity(1));
        let prekey = store.find_signed_prekey(device, None, NOW).await.unwrap();
        assert_eq!(prekey.unwrap().key_id, 1);
        assert_eq!(store.count_one_time_prekeys(device).await.unwrap(), 3);
        let (outcome, _) = store
            .put_keys(user, device, &new_keys(setup(1, 0..3)), checks(any), NOW)
            .await
            .unwrap();
        assert!(matches!(outcome, Ok(Stored::Unchanged(_))));
    })
    .await;
}

#[tokio::test]
async fn a_replaced_signed_prekey_can_be_fetched_for_thirty_days() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        put_identity(&store, user, device, 1).await;
        put_signed(&store, user, device, 1).await;
        put_signed(&store, user, device, 2).await;
        // A late repetition of the first upload does not bring the first key back.
        put_signed(&store, user, device, 1).await;

        let days = |days: u64| later(days * 24 * 60);
        let active = store.find_signed_prekey(device, None, NOW).await.unwrap();
        assert_eq!(active.unwrap().key_id, 2);
        let old = store.find_signed_prekey(device, Some(1), days(29)).await;
        assert!(!old.unwrap().unwrap().is_active);
        let old = store.find_signed_prekey(device, Some(1), days(31)).await;
        assert_eq!(old.unwrap(), None);

        let mut other = signed_prekey(1);
        other.public_key = Base64(vec![77; 32]);
        let (outcome, _) = store
            .put_signed_prekey(user, device, &other, any, NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::KeyIdConflict(vec![1])));
        assert_eq!(store.delete_stale_keys(10, days(29)).await.unwrap(), 0);
        assert_eq!(store.delete_stale_keys(10, days(31)).await.unwrap(), 1);
        let (outcome, _) = store
            .put_signed_prekey(user, device, &other, any, days(31))
            .await
            .unwrap();
        assert!(matches!(outcome, Ok(Stored::Created(_))));
    })
    .await;
}
