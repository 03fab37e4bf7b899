//! Users, devices and conversations to begin with, and keys to upload.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sentinal_protocol::api::keys::{
    IdentityKey, OneTimePrekeyBody, SetupRequest, SignedPrekeyBody, UploadedPrekeys,
};
use sentinal_protocol::{Base64, ConversationId, DeviceId, Timestamp, UserId};
use sentinal_store::{
    Committed, Entry, KeyChecks, KeyOutcome, NewKeys, NewPqPrekeys, SignatureCheck, Store,
};

use crate::support::past_the_store;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

pub(crate) fn later(minutes: u64) -> Timestamp {
    NOW.plus(Duration::from_mins(minutes))
}

pub(crate) async fn db_execute(store: &Store, text: &str, values: Vec<sea_orm::Value>) {
    let connection = past_the_store(store);
    let backend = connection.get_database_backend();
    connection
        .execute_raw(Statement::from_sql_and_values(backend, text, values))
        .await
        .unwrap();
}

pub(crate) async fn db_numbers(store: &Store, text: &str, values: Vec<sea_orm::Value>) -> Vec<i64> {
    let connection = past_the_store(store);
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

pub(crate) async fn db_user(store: &Store, name: &str) -> UserId {
    let user = UserId::new(NOW);
    let values = vec![user.0.into(), name.into(), NOW.0.into()];
    let text = "INSERT INTO users (id, email, email_key, username, username_key, password_hash, \
                display_name, display_name_key, created_at, updated_at) \
                VALUES ($1, $2, $2, $2, $2, 'x', $2, $2, $3, $3)";
    db_execute(store, text, values).await;
    user
}

pub(crate) async fn db_device(store: &Store, user: UserId, name: &str) -> DeviceId {
    let device = DeviceId::new(NOW);
    let values = vec![device.0.into(), user.0.into(), name.into(), NOW.0.into()];
    let text = "INSERT INTO devices (id, user_id, device_id, created_at, last_seen_at) \
                VALUES ($1, $2, $3, $4, $4)";
    db_execute(store, text, values).await;
    device
}

/// A conversation whose head stands at revision 7, with these participants.
pub(crate) async fn db_conversation(store: &Store, kind: &str, users: &[UserId]) -> ConversationId {
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

pub(crate) fn identity(seed: u8) -> Base64 {
    Base64(vec![seed; 32])
}

pub(crate) fn signed_prekey(key_id: u32) -> SignedPrekeyBody {
    SignedPrekeyBody {
        key_id,
        public_key: Base64(vec![u8::try_from(key_id).unwrap(); 32]),
        signature: Base64(vec![0; 64]),
    }
}

pub(crate) fn one_time(ids: std::ops::Range<u32>) -> Vec<OneTimePrekeyBody> {
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

pub(crate) fn setup(identity_seed: u8, ids: std::ops::Range<u32>) -> SetupRequest {
    SetupRequest {
        device_id: None,
        identity_key: identity(identity_seed),
        signed_prekey: signed_prekey(u32::from(identity_seed)),
        one_time_keys: one_time(ids),
        pq_keys: Vec::new(),
        pq_last_resort: None,
    }
}

/// All keys of a device, without post-quantum ones.
pub(crate) fn new_keys(request: SetupRequest) -> NewKeys {
    let pq = NewPqPrekeys {
        one_time: Vec::new(),
        last_resort: None,
    };
    NewKeys { request, pq }
}

/// What is asked of signatures; post-quantum keys pass.
pub(crate) fn checks(signed: SignatureCheck) -> KeyChecks {
    KeyChecks {
        signed,
        pq: |_, _| true,
    }
}

pub(crate) fn any(_: &[u8], _: &SignedPrekeyBody) -> bool {
    true
}

pub(crate) fn none(_: &[u8], _: &SignedPrekeyBody) -> bool {
    false
}

/// The types of committed changes with their revisions.
pub(crate) fn told(committed: &[Committed]) -> Vec<(u64, &'static str)> {
    committed
        .iter()
        .map(|committed| match &committed.entry {
            Entry::Change(change) => (committed.revision, change.kind.as_str()),
            Entry::MessageChange(change) => (committed.revision, change.change.kind.as_str()),
            Entry::Control(control) => (committed.revision, control.change.kind.as_str()),
            Entry::Message(_) => (committed.revision, "message:new"),
        })
        .collect()
}

pub(crate) async fn put_identity(
    store: &Store,
    user: UserId,
    device: DeviceId,
    seed: u8,
) -> Vec<Committed> {
    let (outcome, committed) = store
        .put_identity_key(user, device, &identity(seed), NOW)
        .await
        .unwrap();
    outcome.unwrap();
    committed
}

pub(crate) async fn put_signed(
    store: &Store,
    user: UserId,
    device: DeviceId,
    id: u32,
) -> Vec<Committed> {
    let (outcome, committed) = store
        .put_signed_prekey(user, device, &signed_prekey(id), any, NOW)
        .await
        .unwrap();
    outcome.unwrap();
    committed
}

pub(crate) async fn put_all(store: &Store, user: UserId, device: DeviceId, keys: &SetupRequest) {
    let keys = new_keys(keys.clone());
    let put = store.put_keys(user, device, &keys, checks(any), NOW).await;
    let (outcome, _) = put.unwrap();
    outcome.unwrap();
}

pub(crate) async fn put_one_time(
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

pub(crate) async fn active_identity(store: &Store, device: DeviceId) -> Option<IdentityKey> {
    store.find_identity_key(device).await.unwrap()
}
