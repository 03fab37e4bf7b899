//! Keys of devices, on each database: rosters that follow the keys, and prekeys that are handed out
//! at most once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sentinal_protocol::api::keys::{
    IdentityKey, OneTimePrekeyBody, SetupRequest, SignedPrekeyBody, UploadedPrekeys,
};
use sentinal_protocol::{Base64, ConversationId, DeviceId, Timestamp, UserId};
use sentinal_store::{Committed, Entry, KeyOutcome, KeyRefusal, Store, StoreError, Stored, Take};
use support::on_each_database;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn later(minutes: u64) -> Timestamp {
    NOW.plus(Duration::from_mins(minutes))
}

async fn db_execute(store: &Store, text: &str, values: Vec<sea_orm::Value>) {
    let connection = store.for_migration();
    let backend = connection.get_database_backend();
    connection
        .execute_raw(Statement::from_sql_and_values(backend, text, values))
        .await
        .unwrap();
}

async fn db_numbers(store: &Store, text: &str, values: Vec<sea_orm::Value>) -> Vec<i64> {
    let connection = store.for_migration();
    let backend: DbBackend = connection.get_database_backend();
    let row = connection
        .query_one_raw(Statement::from_sql_and_values(backend, text, values))
        .await
        .unwrap();
    row.map_or_else(Vec::new, |row| {
        (0..row.column_names().len())
            .map(|index| row.try_get_by_index(index).unwrap())
            .collect()
    })
}

async fn db_user(store: &Store, name: &str) -> UserId {
    let user = UserId::new(NOW);
    let values = vec![user.0.into(), name.into(), NOW.0.into()];
    let text = "INSERT INTO users (id, email, email_key, username, username_key, password_hash, \
                display_name, display_name_key, created_at, updated_at) \
                VALUES ($1, $2, $2, $2, $2, 'x', $2, $2, $3, $3)";
    db_execute(store, text, values).await;
    user
}

async fn db_device(store: &Store, user: UserId, name: &str) -> DeviceId {
    let device = DeviceId::new(NOW);
    let values = vec![device.0.into(), user.0.into(), name.into(), NOW.0.into()];
    let text = "INSERT INTO devices (id, user_id, device_id, created_at, last_seen_at) \
                VALUES ($1, $2, $3, $4, $4)";
    db_execute(store, text, values).await;
    device
}

/// A conversation whose head stands at revision 7, with these participants.
async fn db_conversation(store: &Store, kind: &str, users: &[UserId]) -> ConversationId {
    let conversation = ConversationId::new(NOW);
    let values = vec![conversation.0.into(), kind.into(), NOW.0.into()];
    let text = "INSERT INTO conversations (id, type, created_at, updated_at) \
                VALUES ($1, $2, $3, $3)";
    db_execute(store, text, values).await;
    let text = "INSERT INTO conversation_heads (conversation_id, revision) VALUES ($1, 7)";
    db_execute(store, text, vec![conversation.0.into()]).await;
    for user in users {
        let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                    joined_revision, joined_sequence) VALUES ($1, $2, 'member', $3, 1, 0)";
        let values = vec![conversation.0.into(), user.0.into(), NOW.0.into()];
        db_execute(store, text, values).await;
    }
    conversation
}

fn identity(seed: u8) -> Base64 {
    Base64(vec![seed; 32])
}

fn signed_prekey(key_id: u32) -> SignedPrekeyBody {
    SignedPrekeyBody {
        key_id,
        public_key: Base64(vec![u8::try_from(key_id).unwrap(); 32]),
        signature: Base64(vec![0; 64]),
    }
}

fn one_time(ids: std::ops::Range<u32>) -> Vec<OneTimePrekeyBody> {
    ids.map(|key_id| {
        let mut key = vec![9; 28];
        key.extend(key_id.to_be_bytes());
        OneTimePrekeyBody {
            user_id: None,
            device_id: None,
            key_id,
            public_key: Base64(key),
        }
    })
    .collect()
}

fn setup(identity_seed: u8, ids: std::ops::Range<u32>) -> SetupRequest {
    SetupRequest {
        device_id: None,
        identity_key: identity(identity_seed),
        signed_prekey: signed_prekey(u32::from(identity_seed)),
        one_time_keys: one_time(ids),
    }
}

fn any(_: &[u8], _: &SignedPrekeyBody) -> bool {
    true
}

fn none(_: &[u8], _: &SignedPrekeyBody) -> bool {
    false
}

/// The types of committed changes with their revisions.
fn told(committed: &[Committed]) -> Vec<(u64, &'static str)> {
    committed
        .iter()
        .map(|committed| match &committed.entry {
            Entry::Change(change) => (committed.revision, change.kind.as_str()),
            Entry::Message(_) => (committed.revision, "message:new"),
        })
        .collect()
}

async fn put_identity(store: &Store, user: UserId, device: DeviceId, seed: u8) -> Vec<Committed> {
    let (outcome, committed) = store
        .put_identity_key(user, device, &identity(seed), NOW)
        .await
        .unwrap();
    outcome.unwrap();
    committed
}

async fn put_signed(store: &Store, user: UserId, device: DeviceId, id: u32) -> Vec<Committed> {
    let (outcome, committed) = store
        .put_signed_prekey(user, device, &signed_prekey(id), any, NOW)
        .await
        .unwrap();
    outcome.unwrap();
    committed
}

async fn put_all(store: &Store, user: UserId, device: DeviceId, keys: &SetupRequest) {
    let (outcome, _) = store.put_keys(user, device, keys, any, NOW).await.unwrap();
    outcome.unwrap();
}

async fn put_one_time(
    store: &Store,
    user: UserId,
    device: DeviceId,
    ids: std::ops::Range<u32>,
) -> KeyOutcome<UploadedPrekeys> {
    store
        .put_one_time_prekeys(user, device, &one_time(ids), NOW)
        .await
        .unwrap()
}

async fn active_identity(store: &Store, device: DeviceId) -> Option<IdentityKey> {
    store.find_identity_key(device).await.unwrap()
}

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
            .put_keys(user, device, &setup(3, 0..5), any, NOW)
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
        conflicting.one_time_keys[0].key_id = 0;
        conflicting.signed_prekey = signed_prekey(2);
        let (outcome, committed) = store
            .put_keys(user, device, &conflicting, any, NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::KeyIdConflict(vec![0])));
        assert!(committed.is_empty());
        let (outcome, _) = store
            .put_keys(user, device, &setup(2, 0..3), none, NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::InvalidSignature));
        let (outcome, _) = store
            .put_keys(stranger, device, &setup(2, 0..3), any, NOW)
            .await
            .unwrap();
        assert_eq!(outcome, Err(KeyRefusal::NoDevice));

        let found = active_identity(&store, device).await.unwrap();
        assert_eq!(found.public_key, identity(1));
        let prekey = store.find_signed_prekey(device, None, NOW).await.unwrap();
        assert_eq!(prekey.unwrap().key_id, 1);
        assert_eq!(store.count_one_time_prekeys(device).await.unwrap(), 3);
        let (outcome, _) = store
            .put_keys(user, device, &setup(1, 0..3), any, NOW)
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

/// 150 takers want one of 100 keys at the same moment: each key goes to one, 50 go without.
#[tokio::test]
async fn each_prekey_is_handed_out_at_most_once() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 0..100)).await;
        let takers: Vec<UserId> = (0..150).map(|_| UserId(Uuid::now_v7())).collect();

        let running = takers.into_iter().map(|taker| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    match store.claim_one_time_prekey(taker, device, NOW).await {
                        Ok(take) => return take,
                        // The pool is small; whoever waits too long for it asks again.
                        Err(StoreError::Unavailable(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            })
        });
        let mut keys = HashSet::new();
        let mut empty_handed = 0;
        for take in join_all(running).await {
            match take.unwrap() {
                Take::Key { key, .. } => assert!(keys.insert(key.key_id), "handed out twice"),
                Take::NoneLeft => empty_handed += 1,
                Take::Limited { .. } => panic!("nobody took before"),
            }
        }
        assert_eq!((keys.len(), empty_handed), (100, 50));

        // The upload is repeated because its answer was lost: none of them comes back.
        let outcome = put_one_time(&store, user, device, 0..100).await;
        let Ok(Stored::Unchanged(uploaded)) = outcome else {
            panic!("a handed-out key was stored again");
        };
        assert_eq!((uploaded.uploaded, uploaded.count), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn prekeys_go_oldest_first_and_one_taker_gets_six_at_once() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let taker = db_user(&store, "bob").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 50..60)).await;
        let outcome = put_one_time(&store, user, device, 0..10).await;
        assert!(outcome.is_ok());

        let take = async |at| {
            let bundles = store.claim_bundles(taker, user, None, DeviceId(Uuid::nil()), at);
            let claimed = bundles.await.unwrap().remove(0);
            claimed.bundle.one_time_pre_key.map(|key| key.key_id)
        };
        for expected in 50..56 {
            assert_eq!(take(NOW).await, Some(expected));
        }
        assert_eq!(take(NOW).await, None, "past the limit");
        let limited = store.claim_one_time_prekey(taker, device, NOW).await;
        let retry_after = Duration::from_mins(10);
        assert_eq!(limited.unwrap(), Take::Limited { retry_after });
        assert_eq!(take(later(10)).await, Some(56));
        assert_eq!(store.count_one_time_prekeys(device).await.unwrap(), 13);

        // The limit is forgotten no sooner than it has run out.
        let deleted = store.delete_stale_keys(10, later(70)).await.unwrap();
        assert_eq!(deleted, 0);
        let deleted = store.delete_stale_keys(10, later(71)).await.unwrap();
        assert_eq!(deleted, 1);
    })
    .await;
}

#[tokio::test]
async fn a_device_keeps_at_most_two_hundred_prekeys() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        for ids in [0..100, 100..200] {
            let outcome = put_one_time(&store, user, device, ids).await;
            assert!(matches!(outcome, Ok(Stored::Created(_))));
        }
        let outcome = put_one_time(&store, user, device, 199..201).await;
        assert_eq!(outcome, Err(KeyRefusal::TooMany { stored: 200 }));
        let outcome = put_one_time(&store, user, device, 100..200).await;
        assert!(matches!(outcome, Ok(Stored::Unchanged(_))));
    })
    .await;
}

/// While a device changes its identity over and over, no bundle mixes an old part with a new one.
#[tokio::test]
async fn the_parts_of_a_bundle_belong_together() {
    on_each_database(async |store| {
        let user = db_user(&store, "alice").await;
        let device = db_device(&store, user, "phone").await;
        put_all(&store, user, device, &setup(1, 1000..1001)).await;
        let rotating = {
            let store = store.clone();
            tokio::spawn(async move {
                for seed in 2..20_u8 {
                    let id = u32::from(seed) * 1000;
                    put_all(&store, user, device, &setup(seed, id..id + 1)).await;
                }
            })
        };
        while !rotating.is_finished() {
            let taker = UserId(Uuid::now_v7());
            let bundles = store.claim_bundles(taker, user, None, DeviceId(Uuid::nil()), NOW);
            for claimed in bundles.await.unwrap() {
                let seed = u32::from(claimed.bundle.identity_key.public_key.0[0]);
                assert_eq!(claimed.bundle.signed_pre_key.key_id, seed);
                if let Some(key) = claimed.bundle.one_time_pre_key {
                    assert_eq!(key.key_id, seed * 1000);
                }
            }
        }
        rotating.await.unwrap();
    })
    .await;
}
