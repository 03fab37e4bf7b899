//! Devices: their names, their number, how they go and come back.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use sentinal_protocol::UserId;
use sentinal_protocol::limits::DEVICES_MAX;
use sentinal_store::{DeviceRefusal, SignInRefusal, Store};

use crate::seed::{HASH, NOW, db_count, lives, login, register, sign_in};
use crate::support::{on_each_database, past_the_store};

#[tokio::test]
async fn a_device_that_signs_in_again_keeps_its_id_and_replaces_its_session() {
    on_each_database(async |store| {
        let first = register(&store, "alice").await;
        let second = sign_in(&store, first.me.id, "phone").await.unwrap();
        assert_eq!(second.device_id, first.device_id);
        assert_eq!(second.replaced, [first.session.id]);
        assert!(!lives(&store, first.session.id).await);
        assert!(lives(&store, second.session.id).await);
        let listed = store
            .list_login_sessions(first.me.id, second.session.id, NOW)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert!(listed[0].is_current);
    })
    .await;
}

#[tokio::test]
async fn a_device_may_not_be_called_like_a_device_of_the_server() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let bob = register(&store, "bob").await;
        let name = alice.device_id.to_string().to_uppercase();
        assert_eq!(
            sign_in(&store, bob.me.id, &name).await.unwrap_err(),
            SignInRefusal::Device(DeviceRefusal::NameIsAnId)
        );
    })
    .await;
}

#[tokio::test]
async fn the_seventeenth_device_is_refused_until_one_is_removed() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        for n in 1..DEVICES_MAX {
            sign_in(&store, alice.me.id, &format!("d{n}"))
                .await
                .unwrap();
        }
        let refused = SignInRefusal::Device(DeviceRefusal::TooMany);
        assert_eq!(
            sign_in(&store, alice.me.id, "one more").await.unwrap_err(),
            refused
        );
        let (removed, _) = store
            .remove_device(alice.me.id, alice.device_id, NOW)
            .await
            .unwrap();
        assert!(removed);
        sign_in(&store, alice.me.id, "one more").await.unwrap();
        // Coming back counts as well.
        assert_eq!(
            sign_in(&store, alice.me.id, "phone").await.unwrap_err(),
            refused
        );
    })
    .await;
}

#[tokio::test]
async fn a_removed_device_loses_its_session_and_comes_back_under_its_old_id() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let bob = register(&store, "bob").await;
        let (removed, _) = store
            .remove_device(bob.me.id, alice.device_id, NOW)
            .await
            .unwrap();
        assert!(!removed, "only its own user removes a device");
        for (expected, text) in [(true, "is removed"), (false, "is gone already")] {
            let (removed, _) = store
                .remove_device(alice.me.id, alice.device_id, NOW)
                .await
                .unwrap();
            assert_eq!(removed, expected, "{text}");
        }
        assert!(!lives(&store, alice.session.id).await);
        assert!(store.list_devices(alice.me.id).await.unwrap().is_empty());
        let found = store.find_device(alice.me.id, "phone").await.unwrap();
        assert!(found.is_none());
        let back = sign_in(&store, alice.me.id, "phone").await.unwrap();
        assert_eq!(back.device_id, alice.device_id);
    })
    .await;
}

#[tokio::test]
async fn a_keyed_device_leaves_the_rosters_and_starts_anew_at_the_present() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let chat = UserId::new(NOW).0;
        let (user, device) = (alice.me.id.0, alice.device_id.0);
        db_keyed_in_a_chat(&store, chat, user, device).await;

        let (_, committed) = store
            .remove_device(alice.me.id, alice.device_id, NOW)
            .await
            .unwrap();
        assert_eq!(committed.len(), 1);
        assert_eq!(committed[0].revision, 8);
        for table in ["identity_keys WHERE deleted_at IS NULL", "one_time_prekeys"] {
            assert_eq!(db_count(&store, table).await, 0, "{table}");
        }
        assert_eq!(db_count(&store, "message_ciphertexts").await, 1);
        assert!(!store.erase_device_remains().await.unwrap(), "all at once");
        for table in ["message_ciphertexts", "device_remains"] {
            assert_eq!(db_count(&store, table).await, 0, "{table}");
        }

        sign_in(&store, alice.me.id, "phone").await.unwrap();
        let start = "device_cursors WHERE start_revision = 8 AND acked_revision = 8";
        assert_eq!(db_count(&store, start).await, 1);
        let peer = store.list_peer_devices(alice.me.id).await.unwrap().unwrap();
        assert!(!peer[0].has_keys);
        assert!(peer[0].identity_key.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_device_unseen_for_long_leaves_the_rosters_and_returns_with_its_keys() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let chat = UserId::new(NOW).0;
        let (user, device) = (alice.me.id.0, alice.device_id.0);
        db_keyed_in_a_chat(&store, chat, user, device).await;
        let (seen, later) = (NOW, NOW.plus(Duration::from_secs(1)));
        let unseen = async |before| store.list_unseen_devices(before, 10).await.unwrap();
        let retire = async |before| {
            store
                .mark_device_dormant(alice.me.id, alice.device_id, before, NOW)
                .await
                .unwrap()
        };
        assert!(unseen(seen).await.is_empty());
        assert!(!retire(seen).await.0, "it was seen meanwhile");
        assert!(lives(&store, alice.session.id).await);

        assert_eq!(unseen(later).await, [(alice.me.id, alice.device_id)]);
        let (dormant, committed) = retire(later).await;
        assert!(dormant);
        assert_eq!(committed.len(), 1);
        assert!(unseen(later).await.is_empty());
        assert!(!lives(&store, alice.session.id).await);

        let (_, committed) = store
            .sign_in(alice.me.id, HASH, &login("phone"), NOW)
            .await
            .unwrap();
        assert_eq!(committed.len(), 1, "senders encrypt to it again");
        let peer = store.list_peer_devices(alice.me.id).await.unwrap().unwrap();
        assert!(peer[0].has_keys);
    })
    .await;
}

/// It must not be told as one that has been there all the time.
#[tokio::test]
async fn a_device_comes_back_once_it_has_left_all_rosters() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let chat = UserId::new(NOW).0;
        let (user, device) = (alice.me.id.0, alice.device_id.0);
        db_keyed_in_a_chat(&store, chat, user, device).await;
        let removed = store.remove_device(alice.me.id, alice.device_id, NOW).await;
        assert_eq!(removed.unwrap().1.len(), 1);
        // As if its round were still to come.
        let text = "INSERT INTO roster_pending SELECT p.conversation_id, d.id, d.user_id, TRUE, \
                    FALSE FROM participants p, devices d";
        past_the_store(&store)
            .execute_unprepared(text)
            .await
            .unwrap();
        let early = store.sign_in(alice.me.id, HASH, &login("phone"), NOW).await;
        assert!(matches!(
            early,
            Err(sentinal_store::StoreError::Contended(_))
        ));
        let (rounds, committed) = store.follow_devices(alice.me.id, NOW).await.unwrap();
        assert_eq!((rounds, committed.len()), (sentinal_store::Rounds::Done, 1));
        sign_in(&store, alice.me.id, "phone").await.unwrap();
    })
    .await;
}

/// A device with more messages than go in one round, and one that comes back in the middle of that.
#[tokio::test]
async fn what_is_left_of_a_device_goes_in_rounds() {
    const MESSAGES: i64 = 7_000;
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        let chat = UserId::new(NOW).0;
        let (user, device) = (alice.me.id.0, alice.device_id.0);
        db_keyed_in_a_chat(&store, chat, user, device).await;
        let connection = past_the_store(&store);
        for text in [
            format!("UPDATE conversation_heads SET last_sequence = {MESSAGES}"),
            format!(
                "INSERT INTO message_ciphertexts \
                 WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {MESSAGES}) \
                 SELECT m.conversation_id, m.device_id, n, m.ciphertext, NULL \
                 FROM message_ciphertexts m, n"
            ),
        ] {
            connection.execute_unprepared(&text).await.unwrap();
        }
        let removed = store.remove_device(alice.me.id, alice.device_id, NOW).await;
        assert!(removed.unwrap().0);
        let left = async || db_count(&store, "message_ciphertexts").await;
        assert_eq!(left().await, MESSAGES);
        assert!(store.erase_device_remains().await.unwrap());
        assert_eq!(left().await, MESSAGES - 1_000);
        // Too much is left of it.
        let early = store.sign_in(alice.me.id, HASH, &login("phone"), NOW).await;
        assert!(matches!(early, Err(sentinal_store::StoreError::Contended(_))));
        while store.erase_device_remains().await.unwrap() && left().await > 3_000 {}
        sign_in(&store, alice.me.id, "phone").await.unwrap();
        assert_eq!(left().await, 0);
        // What it gets from now on is its own.
        for text in [
            format!("UPDATE conversation_heads SET last_sequence = {MESSAGES} + 1"),
            format!(
                "INSERT INTO message_ciphertexts SELECT c.conversation_id, c.device_id, \
                 {MESSAGES} + 1, i.public_key, NULL FROM device_cursors c, identity_keys i"
            ),
        ] {
            connection.execute_unprepared(&text).await.unwrap();
        }
        assert!(!store.erase_device_remains().await.unwrap());
        assert_eq!(left().await, 1);
    })
    .await;
}

/// A chat at revision 7 whose one member has a device with keys and an undelivered ciphertext.
async fn db_keyed_in_a_chat(store: &Store, chat: uuid::Uuid, user: uuid::Uuid, device: uuid::Uuid) {
    let connection = past_the_store(store);
    let postgres = connection.get_database_backend() == sea_orm::DbBackend::Postgres;
    let id = |id: uuid::Uuid| {
        if postgres {
            format!("'{id}'")
        } else {
            format!("x'{}'", id.simple())
        }
    };
    let bytes = if postgres { "'\\x01'" } else { "x'01'" };
    let (chat, user, device) = (id(chat), id(user), id(device));
    for text in [
        format!(
            "INSERT INTO conversation_heads (conversation_id, revision, last_sequence) VALUES ({chat}, 7, 1)"
        ),
        format!(
            "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
             joined_revision, joined_sequence) VALUES ({chat}, {user}, 'member', 0, 1, 0)"
        ),
        format!("UPDATE devices SET keyed = TRUE WHERE id = {device}"),
        format!(
            "INSERT INTO identity_keys VALUES ({chat}, {device}, {bytes}, {bytes}, TRUE, 0, NULL)"
        ),
        format!("INSERT INTO one_time_prekeys VALUES ({device}, 1, 1, {bytes}, 0)"),
        format!("INSERT INTO message_ciphertexts VALUES ({chat}, {device}, 1, {bytes}, NULL)"),
    ] {
        connection.execute_unprepared(&text).await.unwrap();
    }
}
