//! One-time prekeys: each is handed out at most once, whatever the concurrency, on whichever node.
//!
//! A take deletes the oldest row that no other take holds and writes the key down as taken, in a
//! transaction that is committed before anyone is told. A key that was taken is never stored again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait};
use sentinal_entity::{one_time_prekeys, taken_prekeys};
use sentinal_protocol::api::keys::{OneTimePrekey, OneTimePrekeyBody, UploadedPrekeys};
use sentinal_protocol::limits::PREKEYS_STORED_MAX;
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};

use super::take_limit::{Verdict, decide};
use super::{
    KeyOutcome, KeyRefusal, LockedDevice, PrekeysLeft, Stored, canonical, count_prekeys,
    for_key_share, key_id_from, list_taken, lock_device,
};
use crate::connection::Transaction;
use crate::dialect::{column, counter, sql};
use crate::{Store, StoreError};

/// What came of taking a one-time prekey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Take {
    /// Here it is; nobody else ever gets it.
    Key {
        /// The key.
        key: OneTimePrekey,
        /// How many the device has left.
        left: PrekeysLeft,
    },
    /// The device has none.
    NoneLeft,
    /// The taker took too many of this device.
    Limited {
        /// When the next one is due.
        retry_after: Duration,
    },
}

/// Chooses the keys of an upload that are to be stored.
///
/// Left out silently: what the device has, and what was handed out. Refused, naming the ids: an id
/// that belongs to another key, and a key that would be stored under a second id (it would be handed
/// out twice).
/// `named` answers an offer's id and what its key is compared by.
pub(super) fn choose<'a, T>(
    stored: &[(u32, Vec<u8>)],
    taken: &HashSet<Vec<u8>>,
    offered: &'a [T],
    named: impl Fn(&T) -> (u32, Vec<u8>),
) -> Result<Vec<&'a T>, Vec<u32>> {
    let mut key_of_id: HashMap<u32, Vec<u8>> = stored.iter().cloned().collect();
    let mut keys: HashSet<Vec<u8>> = stored.iter().map(|(_, key)| key.clone()).collect();
    let mut chosen = Vec::new();
    let mut conflicts = Vec::new();
    for offer in offered {
        let (key_id, key) = named(offer);
        match key_of_id.get(&key_id) {
            Some(known) if *known == key => {}
            Some(_) => conflicts.push(key_id),
            None if taken.contains(&key) => {}
            None if keys.contains(&key) => conflicts.push(key_id),
            None => {
                keys.insert(key.clone());
                key_of_id.insert(key_id, key);
                chosen.push(offer);
            }
        }
    }
    if conflicts.is_empty() {
        Ok(chosen)
    } else {
        Err(conflicts)
    }
}

/// An offer's id and canonical key.
fn named(offer: &OneTimePrekeyBody) -> (u32, Vec<u8>) {
    (offer.key_id, canonical(&offer.public_key.0).to_vec())
}

/// Stores one-time prekeys of a locked device, all or none.
pub(super) async fn put_one_time_prekeys(
    tx: &Transaction,
    device: &LockedDevice,
    offered: &[OneTimePrekeyBody],
    now: Timestamp,
) -> Result<KeyOutcome<UploadedPrekeys>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT position, key_id, public_key FROM one_time_prekeys WHERE device_id = $1";
    let rows = tx
        .query_all_raw(sql(backend, text, [device.id.0.into()]))
        .await?;
    let mut stored = Vec::with_capacity(rows.len());
    let mut position = 0_i64;
    for row in &rows {
        let key: Vec<u8> = column(row, "public_key")?;
        stored.push((
            key_id_from(column(row, "key_id")?)?,
            canonical(&key).to_vec(),
        ));
        position = position.max(column(row, "position")?);
    }
    let keys = offered.iter().map(|offer| named(offer).1);
    let taken = list_taken(tx, device.id, keys.collect()).await?;
    let chosen = match choose(&stored, &taken, offered, named) {
        Ok(chosen) => chosen,
        Err(key_ids) => return Ok(Err(KeyRefusal::KeyIdConflict(key_ids))),
    };
    let count = stored.len() + chosen.len();
    if !chosen.is_empty() && count > PREKEYS_STORED_MAX {
        let stored = stored.len() as u64;
        return Ok(Err(KeyRefusal::TooMany { stored }));
    }
    let uploaded = UploadedPrekeys {
        uploaded: chosen.len() as u64,
        count: count as u64,
    };
    if chosen.is_empty() {
        return Ok(Ok(Stored::Unchanged(uploaded)));
    }
    let rows =
        chosen
            .iter()
            .zip(position + 1..)
            .map(|(key, position)| one_time_prekeys::ActiveModel {
                device_id: Set(device.id.0),
                position: Set(position),
                key_id: Set(i64::from(key.key_id)),
                public_key: Set(key.public_key.0.clone()),
                created_at: Set(now.0),
            });
    one_time_prekeys::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(Ok(Stored::Created(uploaded)))
}

/// Whether a taker may take prekeys of a device now; [`charge`] must follow if one was really there.
pub(super) async fn decide_take(
    tx: &Transaction,
    taker: UserId,
    device: DeviceId,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    // The row of the limit is written first, which locks it: two takes of one taker are decided
    // one after the other.
    let text = "INSERT INTO prekey_takes (user_id, device_id, arrival_at) VALUES ($1, $2, $3) \
                ON CONFLICT (user_id, device_id) DO UPDATE SET arrival_at = prekey_takes.arrival_at \
                RETURNING arrival_at";
    let values = [taker.0.into(), device.0.into(), now.0.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?
        .ok_or(StoreError::Corrupt("no answer to RETURNING"))?;
    Ok(decide(Some(Timestamp(column(&row, "arrival_at")?)), now))
}

/// Counts a take against its taker.
pub(super) async fn charge(
    tx: &Transaction,
    taker: UserId,
    device: DeviceId,
    arrival_at: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE prekey_takes SET arrival_at = $3 WHERE user_id = $1 AND device_id = $2";
    let values = [taker.0.into(), device.0.into(), arrival_at.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Takes the oldest one-time prekey of a device, whose row this transaction holds `FOR KEY SHARE`.
pub(super) async fn pop_one_time_prekey(
    tx: &Transaction,
    device: DeviceId,
    now: Timestamp,
) -> Result<Option<OneTimePrekey>, StoreError> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Postgres {
        " FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let text = format!(
        "DELETE FROM one_time_prekeys WHERE device_id = $1 AND position = \
         (SELECT position FROM one_time_prekeys WHERE device_id = $1 \
          ORDER BY position LIMIT 1{lock}) RETURNING key_id, public_key"
    );
    let row = tx
        .query_one_raw(sql(backend, text, [device.0.into()]))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let public_key: Vec<u8> = column(&row, "public_key")?;
    taken_prekeys::Entity::insert(taken_prekeys::ActiveModel {
        device_id: Set(device.0),
        public_key: Set(canonical(&public_key).to_vec()),
        taken_at: Set(now.0),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(Some(OneTimePrekey {
        key_id: key_id_from(column(&row, "key_id")?)?,
        public_key: Base64(public_key),
    }))
}

impl Store {
    /// Stores one-time prekeys of a user's device, all or none, behind those that it has.
    pub async fn put_one_time_prekeys(
        &self,
        user_id: UserId,
        device: DeviceId,
        keys: &[OneTimePrekeyBody],
        now: Timestamp,
    ) -> Result<KeyOutcome<UploadedPrekeys>, StoreError> {
        let tx = self.begin().await?;
        let Some(device) = lock_device(&tx, user_id, device).await? else {
            return Ok(Err(KeyRefusal::NoDevice));
        };
        let outcome = put_one_time_prekeys(&tx, &device, keys, now).await?;
        if outcome.is_ok() {
            tx.commit().await?;
        }
        Ok(outcome)
    }

    /// Takes the oldest one-time prekey of an active device, for `taker`.
    pub async fn claim_one_time_prekey(
        &self,
        taker: UserId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Take, StoreError> {
        let tx = self.begin().await?;
        let text = format!(
            "SELECT id FROM devices WHERE id = $1 AND removed_at IS NULL AND NOT dormant{}",
            for_key_share(self.backend())
        );
        let found = tx
            .query_one_raw(sql(self.backend(), text, [device.0.into()]))
            .await?;
        if found.is_none() {
            return Ok(Take::NoneLeft);
        }
        let arrival_at = match decide_take(&tx, taker, device, now).await? {
            Verdict::Allowed { arrival_at } => arrival_at,
            Verdict::Limited { retry_after } => return Ok(Take::Limited { retry_after }),
        };
        // Only a key that is really there counts against the taker.
        let Some(key) = pop_one_time_prekey(&tx, device, now).await? else {
            return Ok(Take::NoneLeft);
        };
        let left = count_prekeys(&tx, device).await?;
        charge(&tx, taker, device, arrival_at).await?;
        tx.commit().await?;
        Ok(Take::Key { key, left })
    }

    /// How many one-time prekeys a device has left.
    pub async fn count_one_time_prekeys(&self, device: DeviceId) -> Result<u64, StoreError> {
        let text = "SELECT COUNT(*) AS left_over FROM one_time_prekeys WHERE device_id = $1";
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [device.0.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        counter(&row, "left_over")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(key_id: u32, key: u8) -> OneTimePrekeyBody {
        OneTimePrekeyBody {
            user_id: None,
            device_id: None,
            key_id,
            public_key: Base64(vec![key; 32]),
        }
    }

    #[test]
    fn the_type_byte_makes_no_other_key() {
        let stored = [(1, vec![7; 32])];
        let mut with_type = vec![0x05];
        with_type.extend([7; 32]);
        let again = OneTimePrekeyBody {
            public_key: Base64(with_type),
            ..offer(1, 0)
        };
        assert_eq!(
            choose(&stored, &HashSet::new(), &[again], named).map(|chosen| chosen.len()),
            Ok(0)
        );
    }

    #[test]
    fn another_key_for_an_id_and_another_id_for_a_key_are_named() {
        let stored = [(1, vec![7; 32])];
        let offered = [offer(1, 8), offer(2, 7), offer(3, 9), offer(3, 10)];
        assert_eq!(
            choose(&stored, &HashSet::new(), &offered, named).map(|chosen| chosen.len()),
            Err(vec![1, 2, 3])
        );
    }

    proptest! {
        /// However often and in whatever mixture keys are uploaded and taken: no key is handed out
        /// twice, and no two stored keys share an id.
        #[test]
        fn no_key_is_ever_handed_out_twice(
            steps in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec((0_u32..6, 0_u8..6), 1..4).prop_map(Some),
                    Just(None),
                ],
                1..60,
            ),
        ) {
            let mut stored: Vec<(u32, Vec<u8>)> = Vec::new();
            let mut taken: HashSet<Vec<u8>> = HashSet::new();
            for step in steps {
                match step {
                    Some(keys) => {
                        let offered: Vec<_> =
                            keys.into_iter().map(|(id, key)| offer(id, key)).collect();
                        if let Ok(chosen) = choose(&stored, &taken, &offered, named) {
                            let chosen: Vec<_> = chosen
                                .into_iter()
                                .map(|key| (key.key_id, key.public_key.0.clone()))
                                .collect();
                            stored.extend(chosen);
                        }
                        let ids: HashSet<_> = stored.iter().map(|(id, _)| *id).collect();
                        prop_assert_eq!(ids.len(), stored.len());
                    }
                    None if stored.is_empty() => {}
                    None => {
                        let (_, key) = stored.remove(0);
                        prop_assert!(taken.insert(key), "handed out twice");
                    }
                }
            }
        }
    }
}
