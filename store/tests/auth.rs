//! Accounts, devices and login sessions, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use sentinal_protocol::limits::DEVICES_MAX;
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};
use sentinal_store::{
    DeviceRefusal, NewAccount, NewDevice, NewLogin, Refreshed, SignInRefusal, SignedIn, Store,
    Taken,
};
use support::on_each_database;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const HASH: &str = "$2b$04$not-a-real-hash";

fn account(name: &str) -> NewAccount {
    NewAccount {
        id: UserId::new(NOW),
        email: format!("{name}@Example.com"),
        username: name.to_owned(),
        phone_number: None,
        display_name: name.to_owned(),
        password_hash: HASH.to_owned(),
    }
}

fn login(device: &str) -> NewLogin {
    NewLogin {
        id: LoginSessionId::new(NOW),
        device: NewDevice {
            id: DeviceId::new(NOW),
            device_id: device.to_owned(),
            name: Some("Phone".to_owned()),
            kind: None,
        },
        ip_address: Some("192.0.2.1".to_owned()),
        expires_at: NOW.plus(Duration::from_hours(1)),
    }
}

async fn register(store: &Store, name: &str) -> SignedIn {
    let (outcome, _) = store
        .register(&account(name), &login("phone"), NOW)
        .await
        .unwrap();
    outcome.unwrap()
}

async fn sign_in(store: &Store, user_id: UserId, device: &str) -> Result<SignedIn, SignInRefusal> {
    store
        .sign_in(user_id, HASH, &login(device), NOW)
        .await
        .unwrap()
        .0
}

async fn lives(store: &Store, session: LoginSessionId) -> bool {
    store.find_live_login(session, NOW).await.unwrap().is_some()
}

#[tokio::test]
async fn identities_are_unique_without_case_and_say_which_is_taken() {
    on_each_database(async |store| {
        let mut first = account("Ährenfeld");
        first.username = "john.doe".to_owned();
        first.phone_number = Some("+4912345".to_owned());
        store
            .register(&first, &login("phone"), NOW)
            .await
            .unwrap()
            .0
            .unwrap();
        for (email, username, phone, taken) in [
            (
                "äHRENFELD@example.com",
                "john.doe",
                Some("4912345"),
                Taken::Email,
            ),
            (
                "other@example.com",
                "JOHN.DOE",
                Some("+4912345"),
                Taken::Username,
            ),
            ("other@example.com", "other", Some("4912345"), Taken::Phone),
        ] {
            let mut second = account("second");
            second.email = email.to_owned();
            second.username = username.to_owned();
            second.phone_number = phone.map(str::to_owned);
            let (outcome, _) = store.register(&second, &login("phone"), NOW).await.unwrap();
            assert_eq!(outcome.unwrap_err(), SignInRefusal::Taken(taken));
        }
        for identity in ["ÄHRENFELD@EXAMPLE.COM", "John.Doe", "+4912345", "4912345"] {
            let found = store.list_credentials(identity).await.unwrap();
            assert_eq!(found.len(), 1, "{identity}");
            assert_eq!(found[0].user_id, first.id);
        }
    })
    .await;
}

#[tokio::test]
async fn of_twenty_registrations_at_once_one_gets_the_name() {
    on_each_database(async |store| {
        let attempts = (0..20).map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut account = account("alice");
                account.email = format!("{n}@example.com");
                store
                    .register(&account, &login("phone"), NOW)
                    .await
                    .unwrap()
                    .0
            })
        });
        let mut winners = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                Ok(_) => winners += 1,
                Err(refusal) => assert_eq!(refusal, SignInRefusal::Taken(Taken::Username)),
            }
        }
        assert_eq!(winners, 1);
    })
    .await;
}

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
        for table in [
            "identity_keys WHERE deleted_at IS NULL",
            "one_time_prekeys",
            "message_ciphertexts",
        ] {
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

#[tokio::test]
async fn what_has_run_out_is_deleted_in_batches() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        sign_in(&store, alice.me.id, "laptop").await.unwrap();
        let end = NOW.plus(Duration::from_hours(1));
        let tidy = async |now| store.delete_expired_logins(1, now).await.unwrap();
        assert_eq!(tidy(NOW).await, 0);
        for left in [1, 0] {
            assert_eq!(tidy(end).await, 1);
            assert_eq!(db_count(&store, "login_sessions").await, left);
        }
        assert_eq!(tidy(end).await, 0);
    })
    .await;
}

/// A chat at revision 7 whose one member has a device with keys and an undelivered ciphertext.
async fn db_keyed_in_a_chat(store: &Store, chat: uuid::Uuid, user: uuid::Uuid, device: uuid::Uuid) {
    let postgres = std::env::var("TEST_POSTGRES_URL").is_ok()
        && store.for_migration().get_database_backend() == sea_orm::DbBackend::Postgres;
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
        format!("INSERT INTO conversation_heads (conversation_id, revision) VALUES ({chat}, 7)"),
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
        store
            .for_migration()
            .execute_unprepared(&text)
            .await
            .unwrap();
    }
}

async fn db_count(store: &Store, table: &str) -> i64 {
    let connection = store.for_migration();
    let text = format!("SELECT COUNT(*) AS n FROM {table}");
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), text);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

#[tokio::test]
async fn refreshes_at_once_make_one_successor() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let attempts = (0..8).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { refresh(&store, session, 0, NOW).await })
        });
        for attempt in attempts.collect::<Vec<_>>() {
            assert_eq!(attempt.await.unwrap(), Some(1));
        }
    })
    .await;
}

async fn refresh(store: &Store, id: LoginSessionId, presented: u64, now: Timestamp) -> Option<u64> {
    let expires_at = now.plus(Duration::from_hours(1));
    match store
        .refresh_login(id, presented, None, expires_at, now)
        .await
        .unwrap()
    {
        Refreshed::Token { generation, .. } => Some(generation),
        Refreshed::Reused(_) | Refreshed::Gone => None,
    }
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_session_for_good() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        for presented in 0..3 {
            assert_eq!(
                refresh(&store, session, presented, NOW).await,
                Some(presented + 1)
            );
        }
        assert_eq!(refresh(&store, session, 0, NOW).await, None);
        assert!(!lives(&store, session).await);
        assert_eq!(refresh(&store, session, 3, NOW).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_with_its_refresh_token() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let end = NOW.plus(Duration::from_hours(1));
        assert!(store.find_live_login(session, end).await.unwrap().is_none());
        assert_eq!(refresh(&store, session, 0, end).await, None);
    })
    .await;
}

#[tokio::test]
async fn revoking_all_other_sessions_spares_the_present_one() {
    on_each_database(async |store| {
        let phone = register(&store, "alice").await;
        let laptop = sign_in(&store, phone.me.id, "laptop").await.unwrap();
        let bob = register(&store, "bob").await;
        let stranger = store
            .revoke_login(bob.me.id, phone.session.id, NOW)
            .await
            .unwrap();
        assert!(!stranger);
        store
            .revoke_logins(phone.me.id, Some(laptop.session.id), NOW)
            .await
            .unwrap();
        assert!(!lives(&store, phone.session.id).await);
        assert!(lives(&store, laptop.session.id).await);
        assert!(lives(&store, bob.session.id).await);
    })
    .await;
}

#[tokio::test]
async fn a_reset_token_works_once_for_its_own_account_and_ends_all_sessions() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        register(&store, "bob").await;
        let soon = NOW.plus(Duration::from_mins(30));
        for token in [b"one", b"two"] {
            store
                .insert_reset_token(alice.me.id, token, soon, NOW)
                .await
                .unwrap();
        }
        let find = async |who: &str, token: &[u8], at| {
            store.find_reset_token(who, token, at).await.unwrap()
        };
        assert_eq!(find("bob", b"one", NOW).await, None);
        assert_eq!(find("alice", b"one", soon).await, None);
        assert_eq!(
            find("ALICE@example.com", b"one", NOW).await,
            Some(alice.me.id)
        );
        let claim = async |token: &[u8]| {
            store
                .claim_reset_token(alice.me.id, token, "new", NOW)
                .await
                .unwrap()
        };
        assert!(claim(b"one").await);
        assert!(!claim(b"one").await);
        assert!(!claim(b"two").await, "the other mail is void as well");
        assert!(!lives(&store, alice.session.id).await);
        assert_eq!(
            sign_in(&store, alice.me.id, "phone").await.unwrap_err(),
            SignInRefusal::CredentialsChanged
        );
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_claimed_once_and_in_time() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let soon = NOW.plus(Duration::from_secs(30));
        store
            .insert_ticket(b"late", session, soon, NOW)
            .await
            .unwrap();
        assert_eq!(store.claim_ticket(b"late", soon).await.unwrap(), None);
        store
            .insert_ticket(b"good", session, soon, NOW)
            .await
            .unwrap();
        assert_eq!(
            store.claim_ticket(b"good", NOW).await.unwrap(),
            Some(session)
        );
        assert_eq!(store.claim_ticket(b"good", NOW).await.unwrap(), None);
    })
    .await;
}
