//! Fills a database for tests and for load: people and stored messages in bulk.
//!
//! What requests would take hours for. The rows are those that requests would have left behind:
//! devices have keys and are signed in, revisions are dense, and every device has acknowledged
//! everything. Nothing is checked, and nobody is notified: no server may run on the database
//! meanwhile.
//!
//! People and conversations go in as a few long statements (`conversations.rs`). Messages are made by the database itself, from one statement per table and
//! [`ROWS_PER_TRANSACTION`], because carrying a million rows to it takes longer than storing them.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Set, Value};
use sentinal_entity::{
    devices, identity_keys, login_sessions, signed_prekeys, user_settings, users,
};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{ConversationId, DeviceId, LoginSessionId, Timestamp, UserId};

pub use self::conversations::SeededConversation;
use crate::dialect::{counter, signed, sql};
use crate::{Store, StoreError, fold};

mod conversations;

/// Rows of one transaction. PostgreSQL takes 0.2 s for so many, far below its statement timeout.
const ROWS_PER_TRANSACTION: u64 = 20_000;
/// People of one statement: 17 columns each, within the variables that one statement may have.
const PEOPLE_PER_STATEMENT: usize = 500;
/// How long seeded logins last, days. Longer than any run.
const LOGIN_DAYS: u64 = 14;
/// Bytes of a public key.
const KEY_BYTES: usize = 32;
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 64;
/// A password hash that no password matches.
const NO_PASSWORD: &str = "!";
/// Random bits of a message id that numbers are added to; the highest one stays free for the sum.
const ID_BITS: u128 = (1 << 59) - 1;

/// A device that was added, with its login.
#[derive(Clone, Debug)]
pub struct SeededDevice {
    /// The device's owner.
    pub user_id: UserId,
    /// The server's name for it.
    pub device_id: DeviceId,
    /// The client's string for it: the username and a number.
    pub name: String,
    /// Its login session.
    pub session_id: LoginSessionId,
}

/// Where the content of stored messages lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredBodies {
    /// In the message, for all devices.
    Shared,
    /// In a row for each device of a participant but the sender's.
    PerDevice,
}

/// Messages that a conversation holds.
#[derive(Clone, Debug)]
pub struct Backlog {
    /// The conversation, in which nothing has happened yet but its creation.
    pub conversation_id: ConversationId,
    /// Who has sent all of them.
    pub sender: SeededDevice,
    /// How many.
    pub messages: u64,
    /// Their ciphertext.
    pub ciphertext: Vec<u8>,
    /// Where it lies.
    pub bodies: StoredBodies,
    /// When the first one was sent; the others follow, a millisecond apart.
    pub since: Timestamp,
}

impl Store {
    /// Adds a user for each name, with so many devices each. The devices have an identity key and
    /// a signed prekey, no one-time prekeys, and are signed in.
    pub async fn db_add_people(
        &self,
        names: &[String],
        devices_each: usize,
        now: Timestamp,
    ) -> Result<Vec<SeededDevice>, StoreError> {
        let mut added = Vec::with_capacity(names.len() * devices_each);
        for chunk in names.chunks(PEOPLE_PER_STATEMENT) {
            let tx = self.begin().await?;
            let people: Vec<(UserId, &String)> =
                chunk.iter().map(|name| (UserId::new(now), name)).collect();
            let rows = people.iter().map(|(id, name)| user(*id, name, now));
            users::Entity::insert_many(rows)
                .exec_without_returning(&tx)
                .await?;
            let rows = people.iter().map(|(id, _)| user_settings::ActiveModel {
                user_id: Set(id.0),
                ..Default::default()
            });
            user_settings::Entity::insert_many(rows)
                .exec_without_returning(&tx)
                .await?;
            for number in 0..devices_each {
                let devices: Vec<SeededDevice> = people
                    .iter()
                    .map(|(id, name)| SeededDevice {
                        user_id: *id,
                        device_id: DeviceId::new(now),
                        name: format!("{name}-{number}"),
                        session_id: LoginSessionId::new(now),
                    })
                    .collect();
                insert_devices(&tx, &devices, now).await?;
                added.extend(devices);
            }
            tx.commit().await?;
        }
        Ok(added)
    }

    /// Adds stored messages to a new conversation and moves everybody's cursors behind them.
    pub async fn db_add_backlog(&self, backlog: &Backlog) -> Result<(), StoreError> {
        let bodies = match backlog.bodies {
            StoredBodies::Shared => 0,
            StoredBodies::PerDevice => self.count_recipients(backlog).await?,
        };
        let step = (ROWS_PER_TRANSACTION / (1 + bodies)).max(1);
        let id_base = new_uuid(backlog.since).as_u128() & ID_BITS;
        let id_base = i64::try_from(id_base).unwrap_or(0);
        let mut first = 1;
        while first <= backlog.messages {
            let last = backlog.messages.min(first + step - 1);
            self.insert_messages(backlog, id_base, (first, last))
                .await?;
            first = last + 1;
        }
        self.acknowledge_backlog(backlog).await
    }

    /// Has the database look at what its tables hold, so that it plans by statistics.
    pub async fn db_analyze(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        tx.execute_unprepared("ANALYZE").await?;
        tx.commit().await?;
        Ok(())
    }

    async fn count_recipients(&self, backlog: &Backlog) -> Result<u64, StoreError> {
        let text = format!("SELECT count(*) AS devices {RECIPIENTS}");
        let values = [
            backlog.conversation_id.0.into(),
            backlog.sender.device_id.0.into(),
        ];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?
            .ok_or(StoreError::Corrupt("a count without a row"))?;
        counter(&row, "devices")
    }

    async fn insert_messages(
        &self,
        backlog: &Backlog,
        id_base: i64,
        (first, last): (u64, u64),
    ) -> Result<(), StoreError> {
        let backend = self.backend();
        let tx = self.begin().await?;
        // The creation of the conversation was the first revision.
        let text = format!(
            "INSERT INTO messages (conversation_id, sequence_number, revision, id, sender_id, \
             sender_device_id, message_type, client_message_id, request_hash, shared_ciphertext, \
             roster_version, created_at) {NUMBERS} \
             SELECT {conversation}, n, n + 1, {id}, {user}, {device}, 'text', \
             'seeded-' || CAST(n AS TEXT), {hash}, {shared}, 1, {since} + n FROM numbers",
            conversation = typed(backend, 3, "uuid"),
            id = message_id(backend),
            user = typed(backend, 4, "uuid"),
            device = typed(backend, 5, "uuid"),
            hash = typed(backend, 6, "bytea"),
            shared = typed(backend, 7, "bytea"),
            since = typed(backend, 8, "int8"),
        );
        let shared = match backlog.bodies {
            StoredBodies::Shared => Some(backlog.ciphertext.clone()),
            StoredBodies::PerDevice => None,
        };
        let values: [Value; 9] = [
            signed(first).into(),
            signed(last).into(),
            backlog.conversation_id.0.into(),
            backlog.sender.user_id.0.into(),
            backlog.sender.device_id.0.into(),
            vec![0_u8; KEY_BYTES].into(),
            shared.into(),
            backlog.since.0.into(),
            id_base.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        if backlog.bodies == StoredBodies::PerDevice {
            let text = format!(
                "INSERT INTO message_ciphertexts (conversation_id, device_id, sequence_number, \
                 ciphertext) {NUMBERS} SELECT p.conversation_id, d.id, numbers.n, {ciphertext} \
                 FROM numbers CROSS JOIN participants p JOIN devices d ON d.user_id = p.user_id \
                 WHERE p.conversation_id = $3 AND d.id <> $4",
                ciphertext = typed(backend, 5, "bytea"),
            );
            let values: [Value; 5] = [
                signed(first).into(),
                signed(last).into(),
                backlog.conversation_id.0.into(),
                backlog.sender.device_id.0.into(),
                backlog.ciphertext.clone().into(),
            ];
            tx.execute_raw(sql(backend, text, values)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Moves the head, every device's cursor and everybody's receipt cursor behind the backlog.
    async fn acknowledge_backlog(&self, backlog: &Backlog) -> Result<(), StoreError> {
        let backend = self.backend();
        let conversation_id = backlog.conversation_id.0;
        let (sequence, revision) = (signed(backlog.messages), signed(backlog.messages + 1));
        let tx = self.begin().await?;
        let text = "UPDATE conversation_heads SET last_sequence = $2, revision = $3, \
                    last_message_at = $4 WHERE conversation_id = $1";
        let last_at = (backlog.messages > 0).then_some(backlog.since.0 + sequence);
        let values: [Value; 4] = [
            conversation_id.into(),
            sequence.into(),
            revision.into(),
            last_at.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text =
            "UPDATE participants SET last_delivered_sequence = $2 WHERE conversation_id = $1";
        let values = [conversation_id.into(), sequence.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = format!(
            "INSERT INTO device_cursors (device_id, conversation_id, start_revision, \
             acked_revision) SELECT d.id, p.conversation_id, 0, {revision} \
             FROM participants p JOIN devices d ON d.user_id = p.user_id \
             WHERE p.conversation_id = $1",
            revision = typed(backend, 2, "int8"),
        );
        let values = [conversation_id.into(), revision.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The numbers from the first to the second variable.
const NUMBERS: &str = "WITH RECURSIVE numbers(n) AS (SELECT CAST($1 AS BIGINT) \
     UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)";
/// The devices that got a body of their own.
const RECIPIENTS: &str = "FROM participants p JOIN devices d ON d.user_id = p.user_id \
     WHERE p.conversation_id = $1 AND d.id <> $2";

/// A variable where PostgreSQL has nothing else to learn its type from.
fn typed(backend: DbBackend, number: usize, kind: &str) -> String {
    if backend == DbBackend::Postgres {
        format!("${number}::{kind}")
    } else {
        format!("${number}")
    }
}

/// A `UUIDv7` of the time that variable 8 says, made unique by variable 9, for number `n`.
fn message_id(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "(lpad(to_hex($8::int8 + n), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' \
         || lpad(to_hex($9::int8 + n), 15, '0'))::uuid"
    } else {
        "unhex(printf('%012x7%03x8%015x', $8 + n, n & 4095, $9 + n))"
    }
}

fn user(id: UserId, name: &str, now: Timestamp) -> users::ActiveModel {
    let email = format!("{name}@example.com");
    users::ActiveModel {
        id: Set(id.0),
        email_key: Set(fold(&email)),
        email: Set(email),
        username: Set(name.to_owned()),
        username_key: Set(fold(name)),
        password_hash: Set(NO_PASSWORD.to_owned()),
        display_name: Set(name.to_owned()),
        display_name_key: Set(fold(name)),
        created_at: Set(now.0),
        updated_at: Set(now.0),
        ..Default::default()
    }
}

async fn insert_devices<C: ConnectionTrait>(
    connection: &C,
    added: &[SeededDevice],
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = added.iter().map(|device| devices::ActiveModel {
        id: Set(device.device_id.0),
        user_id: Set(device.user_id.0),
        device_id: Set(device.name.clone()),
        keyed: Set(true),
        created_at: Set(now.0),
        last_seen_at: Set(now.0),
        ..Default::default()
    });
    devices::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    let expires_at = now.plus(std::time::Duration::from_hours(24 * LOGIN_DAYS));
    let rows = added.iter().map(|device| login_sessions::ActiveModel {
        id: Set(device.session_id.0),
        user_id: Set(device.user_id.0),
        device_id: Set(device.device_id.0),
        generation: Set(0),
        created_at: Set(now.0),
        last_active_at: Set(now.0),
        expires_at: Set(expires_at.0),
        ..Default::default()
    });
    login_sessions::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    let rows = added.iter().map(|device| identity_keys::ActiveModel {
        id: Set(new_uuid(now)),
        device_id: Set(device.device_id.0),
        public_key: Set(public_key(device)),
        canonical_key: Set(public_key(device)),
        is_active: Set(true),
        created_at: Set(now.0),
        ..Default::default()
    });
    identity_keys::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    let rows = added.iter().map(|device| signed_prekeys::ActiveModel {
        id: Set(new_uuid(now)),
        device_id: Set(device.device_id.0),
        key_id: Set(1),
        public_key: Set(public_key(device)),
        signature: Set(vec![0; SIGNATURE_BYTES]),
        is_active: Set(true),
        created_at: Set(now.0),
        ..Default::default()
    });
    signed_prekeys::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Bytes as long as a key, different for each device.
fn public_key(device: &SeededDevice) -> Vec<u8> {
    device.device_id.0.as_bytes().repeat(2)
}
