//! Public keys of devices, as X3DH and PQXDH need them: identity keys, signed prekeys, one-time and
//! post-quantum prekeys.
//!
//! Every change of a device's keys is one transaction that locks the owner's row, then the
//! device's row (`FOR UPDATE`; takers of one-time prekeys hold it `FOR KEY SHARE`, so they run beside
//! each other but never beside a change), then heads of the owner's conversations. In that same
//! transaction `devices.keyed` follows (an active identity key and an active signed prekey); the logs of
//! the owner's conversations are told in rounds ([`crate::roster_rounds`]).
//!
//! The rule whether a signature is acceptable is the caller's ([`SignatureCheck`]); it is asked
//! inside the transaction, so that the identity it sees is the one the prekey is stored for.

mod backup;
mod bundles;
mod identity;
mod one_time_prekeys;
mod pq_prekeys;
mod setup;
mod signed_prekeys;
mod take_limit;

pub(crate) use identity::drop_keys;

pub use bundles::ClaimedBundle;
pub use one_time_prekeys::Take;
pub use pq_prekeys::{NewPqPrekey, NewPqPrekeys, PqSignatureCheck};
pub use setup::{KeyChecks, NewKeys};
pub use take_limit::{TAKE_INTERVAL, TAKES_BURST};

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::api::keys::SignedPrekeyBody;
use sentinal_protocol::limits::PREKEYS_LOW;
use sentinal_protocol::{DeviceId, Timestamp, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::device_remains::note_left_remains;
use crate::dialect::{column, counter, for_update, placeholders, signed, sql};
use crate::entry::Committed;
use crate::log::lock_users;
use crate::roster_rounds::{Told, follow_device};
use crate::{Store, StoreError};

/// What storing a key did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored<T> {
    /// It is new.
    Created(T),
    /// The device had it already.
    Unchanged(T),
}

/// Why keys were not stored; nothing of the request was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The user has no such device (any more).
    NoDevice,
    /// The device has no active identity key that could have signed.
    NoIdentityKey,
    /// The [`SignatureCheck`] said no.
    InvalidSignature,
    /// These key ids belong to other keys, or these keys to other ids.
    KeyIdConflict(Vec<u32>),
    /// What is kept of the user would take more than allowed.
    NoRoom,
    /// It would be more than the device may have.
    TooMany {
        /// How many it has.
        stored: u64,
    },
}

/// What came of storing keys.
pub type KeyOutcome<T> = Result<Stored<T>, KeyRefusal>;

/// Whether a signed prekey may be stored under the identity key whose canonical bytes are given.
pub type SignatureCheck = fn(identity: &[u8], prekey: &SignedPrekeyBody) -> bool;

/// The 32 bytes of a key, without the type byte that some clients put before them.
pub fn canonical(key: &[u8]) -> &[u8] {
    match key {
        [0x05, rest @ ..] if rest.len() == 32 => rest,
        _ => key,
    }
}

/// A device whose row, and whose user's row, this transaction has locked.
struct LockedDevice {
    id: DeviceId,
    user_id: UserId,
    device_id: String,
    keyed: bool,
    dormant: bool,
}

/// Whether the device is still who it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identity {
    Same,
    Changed,
}

/// Locks a device for a change of its keys. `None`: the user has no such device.
async fn lock_device(
    tx: &Transaction,
    user_id: UserId,
    device: DeviceId,
) -> Result<Option<LockedDevice>, StoreError> {
    if lock_users(tx, vec![user_id.0]).await?.is_empty() {
        return Ok(None);
    }
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT device_id, keyed, dormant FROM devices \
         WHERE id = $1 AND user_id = $2 AND removed_at IS NULL{}",
        for_update(backend)
    );
    let row = tx
        .query_one_raw(sql(backend, text, [device.0.into(), user_id.0.into()]))
        .await?;
    row.map(|row| {
        Ok(LockedDevice {
            id: device,
            user_id,
            device_id: column(&row, "device_id")?,
            keyed: column(&row, "keyed")?,
            dormant: column(&row, "dormant")?,
        })
    })
    .transpose()
}

/// Which of the user's devices a stored key belongs to.
#[derive(Clone, Copy)]
enum KeyTable {
    Identity,
    SignedPrekey,
}

/// Locks the device that a key of the user belongs to. `None`: the user has no such key.
async fn lock_device_of_key(
    tx: &Transaction,
    user_id: UserId,
    table: KeyTable,
    key: Uuid,
) -> Result<Option<LockedDevice>, StoreError> {
    // The user first: that is the order of locks, and it keeps the key where it is.
    if lock_users(tx, vec![user_id.0]).await?.is_empty() {
        return Ok(None);
    }
    let text = match table {
        KeyTable::Identity => {
            "SELECT device_id FROM identity_keys WHERE id = $1 AND deleted_at IS NULL"
        }
        KeyTable::SignedPrekey => "SELECT device_id FROM signed_prekeys WHERE id = $1",
    };
    let backend = tx.get_database_backend();
    let Some(row) = tx.query_one_raw(sql(backend, text, [key.into()])).await? else {
        return Ok(None);
    };
    lock_device(tx, user_id, DeviceId(column(&row, "device_id")?)).await
}

/// Makes `devices.keyed` follow the keys and tells the logs of the user's conversations what that
/// means to those who write to the user: the first ones at once, the others by
/// [`Store::follow_devices`]. The last step of every change of keys.
async fn settle(
    tx: &Transaction,
    device: &LockedDevice,
    identity: Identity,
    now: Timestamp,
) -> Result<Vec<Committed>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT EXISTS (SELECT 1 FROM identity_keys WHERE device_id = $1 AND is_active) \
                AND EXISTS (SELECT 1 FROM signed_prekeys WHERE device_id = $1 AND is_active) \
                AS keyed";
    let row = tx
        .query_one_raw(sql(backend, text, [device.id.0.into()]))
        .await?
        .ok_or(StoreError::Corrupt("no answer to EXISTS"))?;
    let keyed: bool = column(&row, "keyed")?;
    if keyed != device.keyed {
        let text = "UPDATE devices SET keyed = $2 WHERE id = $1";
        tx.execute_raw(sql(backend, text, [device.id.0.into(), keyed.into()]))
            .await?;
    }
    let told = Told {
        user_id: device.user_id,
        device_id: device.id,
        in_roster: device.keyed && !device.dormant,
        identity_changed: identity == Identity::Changed,
    };
    if !told.identity_changed && told.in_roster == (keyed && !device.dormant) {
        return Ok(Vec::new());
    }
    if told.identity_changed {
        note_left_remains(tx, device.user_id, device.id).await?;
    }
    follow_device(tx, &told, now).await
}

/// Drops all prekeys of a device: they belong to an identity that is gone. Which ones were handed
/// out stays known.
async fn delete_prekeys(tx: &Transaction, device: DeviceId) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for text in [
        "DELETE FROM signed_prekeys WHERE device_id = $1",
        "DELETE FROM one_time_prekeys WHERE device_id = $1",
        "DELETE FROM pq_prekeys WHERE device_id = $1",
    ] {
        tx.execute_raw(sql(backend, text, [device.0.into()]))
            .await?;
    }
    Ok(())
}

/// Those of so many keys of device `$1` that were handed out.
fn taken_text(keys: usize) -> String {
    format!(
        "SELECT public_key FROM taken_prekeys WHERE device_id = $1 AND public_key IN ({})",
        placeholders(keys, 2)
    )
}

/// Which of these keys (or fingerprints of keys) of a device were handed out.
async fn list_taken(
    tx: &Transaction,
    device: DeviceId,
    keys: Vec<Vec<u8>>,
) -> Result<HashSet<Vec<u8>>, StoreError> {
    let mut taken = HashSet::new();
    if keys.is_empty() {
        return Ok(taken);
    }
    let backend = tx.get_database_backend();
    let text = taken_text(keys.len());
    let keys = keys.into_iter().map(Into::into);
    let values = std::iter::once(device.0.into()).chain(keys);
    for row in tx.query_all_raw(sql(backend, text, values)).await? {
        taken.insert(column(&row, "public_key")?);
    }
    Ok(taken)
}

/// How many prekeys a device has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrekeysLeft {
    /// One-time prekeys.
    pub one_time: u64,
    /// Post-quantum prekeys, the last-resort key excluded; `None` if the device never had any.
    pub pq: Option<u64>,
}

impl PrekeysLeft {
    /// Whether it should upload some.
    pub fn are_few(&self) -> bool {
        self.one_time < PREKEYS_LOW || self.pq.is_some_and(|left| left < PREKEYS_LOW)
    }
}

/// How many prekeys a device has left, both kinds in one statement.
async fn count_prekeys<C: ConnectionTrait>(
    connection: &C,
    device: DeviceId,
) -> Result<PrekeysLeft, StoreError> {
    let text = "SELECT (SELECT COUNT(*) FROM one_time_prekeys WHERE device_id = $1) AS one_time, \
                (SELECT COUNT(*) FROM pq_prekeys WHERE device_id = $1 AND NOT last_resort) AS pq, \
                EXISTS (SELECT 1 FROM devices WHERE id = $1 AND pq_stored) \
                OR EXISTS (SELECT 1 FROM pq_prekeys WHERE device_id = $1) AS has_pq";
    let statement = sql(connection.get_database_backend(), text, [device.0.into()]);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or(StoreError::Corrupt("no answer to COUNT"))?;
    let pq = counter(&row, "pq")?;
    Ok(PrekeysLeft {
        one_time: counter(&row, "one_time")?,
        pq: column::<bool>(&row, "has_pq")?.then_some(pq),
    })
}

/// A client's prekey id as it is stored.
fn key_id_from(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::Corrupt("a prekey id past 32 bits"))
}

/// Lets transactions hold a row without changing it, beside each other; SQLite's write lock covers
/// it already.
fn for_key_share(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        " FOR KEY SHARE"
    } else {
        ""
    }
}

impl Store {
    /// How many prekeys a device has left.
    pub async fn count_prekeys(&self, device: DeviceId) -> Result<PrekeysLeft, StoreError> {
        count_prekeys(self.read(), device).await
    }

    /// Deletes what of the keys has served its time, at most `limit` of each kind: signed prekeys
    /// replaced too long ago, and limits of takers that have run out. Answers how many of the kind
    /// that had more.
    pub async fn delete_stale_keys(&self, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let kept_since = now.minus(signed_prekeys::REPLACED_KEPT);
        // The condition is there twice because a taker may renew a row between the two looks.
        let texts = [
            "DELETE FROM signed_prekeys WHERE NOT is_active AND replaced_at < $1 AND id IN \
             (SELECT id FROM signed_prekeys WHERE NOT is_active AND replaced_at < $1 LIMIT $2)",
            "DELETE FROM prekey_takes WHERE arrival_at < $1 AND (user_id, device_id) IN \
             (SELECT user_id, device_id FROM prekey_takes WHERE arrival_at < $1 LIMIT $2)",
        ];
        let mut most = 0;
        for (text, before) in texts.into_iter().zip([kept_since, now]) {
            let values = [before.0.into(), signed(limit).into()];
            let deleted = tx.execute_raw(sql(self.backend(), text, values)).await?;
            most = most.max(deleted.rows_affected());
        }
        tx.commit().await?;
        Ok(most)
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new(
        "keys: taken",
        sentinal_protocol::limits::PREKEYS_PER_UPLOAD_MAX,
        |_, rows| taken_text(rows),
    )]
}
