//! Rosters follow what happens to a device, in rounds of bounded size.
//!
//! A user may take part in thousands of conversations, and each of them must say in its log that one of
//! the user's devices has come, gone or changed its identity. In one transaction that would keep
//! everybody else's messages waiting for seconds. So the transaction that changes the device only
//! notes, in one statement, which conversations do not say so yet (table `roster_pending`), and does the
//! first round; the others follow, one transaction each. In a round a conversation's revision, its
//! `roster_version` and the device's start move together, and its note goes. A process that dies leaves
//! the notes to the next one.
//!
//! **What a note says** is the past: whether the device is in the roster *as this conversation tells
//! it*, and whether it has had another identity since. What it is to become is read from the device
//! when the round comes. So further changes of the device meanwhile need no notes of their own: a note
//! that is there stays, and a round tells the difference between what was told and what is. Rosters are
//! read past the notes ([`crate::roster`]), so that a conversation's devices and its `roster_version`
//! belong together at any moment.
//!
//! The rejected way: one row per change with the id of the conversation that it has reached. Of several
//! changes on their way it would take all of them to know what one conversation has been told.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult};
use sentinal_entity::conversation_changes;
use sentinal_protocol::event::{DeviceAdded, DeviceRemoved, IdentityChanged, RosterDevice};
use sentinal_protocol::{ConversationId, DeviceId, Timestamp, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::cursors::restart_at;
use crate::device_remains::{drop_some_ciphertexts, note_remains};
use crate::dialect::{column, signed, sql, with_rows};
use crate::entry::{Change, Committed, Entry};
use crate::log::{Head, change_row, lock_heads, lock_users};
use crate::{Store, StoreError};

/// Rosters of one round. The journal does nothing else meanwhile, and then reads as many rosters for
/// the rooms.
pub const ROSTERS_PER_ROUND: usize = 50;
/// Ciphertexts for a former identity that one round deletes.
const CIPHERTEXTS_PER_ROUND: u64 = 5_000;

/// How a device stands in what its user's conversations have told so far.
pub(crate) struct Told {
    pub(crate) user_id: UserId,
    pub(crate) device_id: DeviceId,
    /// Whether it was in the rosters before the change.
    pub(crate) in_roster: bool,
    /// Whether it has another identity key than before the change.
    pub(crate) identity_changed: bool,
}

/// Has the rosters of a user follow a change of a device that this transaction has made: notes all of
/// them and does the first round. The caller has locked the user's row ([`lock_users`]), so that no
/// conversation can gain the user meanwhile.
pub(crate) async fn follow_device(
    tx: &Transaction,
    told: &Told,
    now: Timestamp,
) -> Result<Vec<Committed>, StoreError> {
    let text = "INSERT INTO roster_pending \
                (conversation_id, device_id, user_id, in_roster, identity_changed) \
                SELECT p.conversation_id, d.id, p.user_id, $3, $4 \
                FROM participants p JOIN devices d ON d.id = $2 \
                WHERE p.user_id = $1 AND p.left_revision IS NULL \
                ON CONFLICT (conversation_id, device_id) DO UPDATE SET identity_changed = \
                roster_pending.identity_changed OR excluded.identity_changed";
    let values = [
        told.user_id.0.into(),
        told.device_id.0.into(),
        told.in_roster.into(),
        told.identity_changed.into(),
    ];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(round(tx, told.user_id, now).await?.0)
}

/// Whether rounds of a device are still to be done.
pub(crate) async fn is_pending(tx: &Transaction, device: DeviceId) -> Result<bool, StoreError> {
    let text = "SELECT 1 AS one FROM devices d JOIN roster_pending q ON q.user_id = d.user_id \
                AND q.device_id = d.id WHERE d.id = $1 LIMIT 1";
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, [device.0.into()]))
        .await?;
    Ok(row.is_some())
}

/// Notes of a user who comes back to a conversation: its roster has the devices as they are now.
pub(crate) async fn tell_present_devices(
    tx: &Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
) -> Result<(), StoreError> {
    let text = "UPDATE roster_pending SET in_roster = EXISTS (SELECT 1 FROM devices d \
                WHERE d.id = roster_pending.device_id AND d.keyed AND NOT d.dormant \
                AND d.removed_at IS NULL) WHERE conversation_id = $1 AND user_id = $2";
    let values = [conversation_id.0.into(), user_id.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Whether a user's rosters need more rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// All of them tell what is.
    Done,
    /// Another round must follow.
    More,
}

impl Store {
    /// One round for a user, in one transaction.
    pub async fn follow_devices(
        &self,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<(Rounds, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let (committed, rounds) = round(&tx, user_id, now).await?;
        tx.commit().await?;
        Ok((rounds, committed))
    }

    /// Whether rosters of a user need a round.
    pub async fn has_pending_rosters(&self, user_id: UserId) -> Result<bool, StoreError> {
        let text = "SELECT 1 AS one FROM roster_pending WHERE user_id = $1 LIMIT 1";
        let statement = sql(self.backend(), text, [user_id.0.into()]);
        Ok(self.read().query_one_raw(statement).await?.is_some())
    }

    /// The user after `last`, by id and from the beginning again, of whom rosters need a round.
    pub async fn find_pending_rosters(
        &self,
        last: Option<UserId>,
    ) -> Result<Option<UserId>, StoreError> {
        let last = last.map_or(Uuid::nil(), |last| last.0);
        let text = "SELECT COALESCE((SELECT user_id FROM roster_pending WHERE user_id > $1 \
                    ORDER BY user_id LIMIT 1), (SELECT user_id FROM roster_pending \
                    ORDER BY user_id LIMIT 1)) AS user_id";
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [last.into()]))
            .await?;
        let found = row.map(|row| column::<Option<Uuid>>(&row, "user_id"));
        Ok(found.transpose()?.flatten().map(UserId))
    }
}

/// A note, with the device as it is now.
struct Pending {
    conversation_id: ConversationId,
    device_id: DeviceId,
    in_roster: bool,
    identity_changed: bool,
    /// `None`: its account is gone.
    device: Option<Device>,
}

struct Device {
    name: String,
    keyed: bool,
    active: bool,
}

impl Pending {
    fn from_row(row: &QueryResult) -> Result<Self, StoreError> {
        let device = match column::<Option<String>>(row, "name")? {
            Some(name) => Some(Device {
                name,
                keyed: column(row, "keyed")?,
                active: !column::<bool>(row, "dormant")?
                    && column::<Option<i64>>(row, "removed_at")?.is_none(),
            }),
            None => None,
        };
        Ok(Self {
            conversation_id: ConversationId(column(row, "conversation_id")?),
            device_id: DeviceId(column(row, "device_id")?),
            in_roster: column(row, "in_roster")?,
            identity_changed: column(row, "identity_changed")?,
            device,
        })
    }

    /// What the log is to say of it.
    fn events(&self, device: &Device) -> Vec<DeviceEvent> {
        let mut events = Vec::new();
        let mut in_roster = self.in_roster;
        if self.identity_changed {
            // Says by itself that the device is out of the roster.
            events.push(DeviceEvent::IdentityChanged);
            in_roster = false;
        }
        match (in_roster, device.keyed && device.active) {
            (false, true) => events.push(DeviceEvent::Added),
            (true, false) => events.push(DeviceEvent::Removed),
            (false, false) | (true, true) => {}
        }
        events
    }

    /// Whether what was encrypted for the device is to be deleted.
    fn leaves_ciphertexts(&self, device: &Device) -> bool {
        !device.active || self.identity_changed
    }
}

/// What happened to a device, as far as those who write to its user must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeviceEvent {
    /// It must be encrypted to from now on (`device:added`).
    Added,
    /// It must not be encrypted to any more (`device:removed`).
    Removed,
    /// It has another identity key (`identity:changed`).
    IdentityChanged,
}

impl DeviceEvent {
    /// What the log says of it.
    fn told(self, device: RosterDevice, roster_version: u64, now: Timestamp) -> Change {
        let (subject, user_id) = (Some(device.id.0), device.user_id);
        match self {
            Self::Added => {
                let entry = DeviceAdded {
                    device,
                    roster_version,
                };
                Change::new(&entry, subject, user_id, now)
            }
            Self::Removed => {
                let entry = DeviceRemoved {
                    device,
                    roster_version,
                };
                Change::new(&entry, subject, user_id, now)
            }
            Self::IdentityChanged => {
                let entry = IdentityChanged {
                    device,
                    roster_version,
                };
                Change::new(&entry, subject, user_id, now)
            }
        }
    }
}

/// Tells the next rosters of a user what has become of the user's devices.
async fn round(
    tx: &Transaction,
    user_id: UserId,
    now: Timestamp,
) -> Result<(Vec<Committed>, Rounds), StoreError> {
    let mut pending = list_pending(tx, user_id).await?;
    let mut rounds = Rounds::Done;
    if pending.len() > ROSTERS_PER_ROUND {
        pending.truncate(ROSTERS_PER_ROUND);
        rounds = Rounds::More;
    }
    if pending.is_empty() {
        return Ok((Vec::new(), rounds));
    }
    let conversations = pending.iter().map(|pending| pending.conversation_id);
    let mut heads = lock_heads(tx, conversations).await?;
    // Only now: who takes part changes under the heads' locks.
    let present = list_present(tx, user_id, &pending).await?;
    let mut round = Round::default();
    let mut ciphertexts = CIPHERTEXTS_PER_ROUND;
    let mut last = None;
    for pending in &pending {
        if let (Some(head), Some(device)) =
            (heads.get_mut(&pending.conversation_id), &pending.device)
        {
            let takes_part = present.contains(&pending.conversation_id);
            if takes_part && pending.identity_changed && device.active {
                let place = (pending.device_id, pending.conversation_id);
                let deleted = drop_some_ciphertexts(tx, place, ciphertexts).await?;
                ciphertexts = ciphertexts.saturating_sub(deleted);
                if ciphertexts == 0 {
                    // There may be more of them. The roster is told once they are gone.
                    rounds = Rounds::More;
                    break;
                }
            } else if pending.leaves_ciphertexts(device) {
                let up_to = head.last_sequence;
                let place = (pending.device_id, pending.conversation_id, up_to);
                round.remains.push(place);
            }
            if takes_part {
                round.tell(user_id, pending, device, head, now);
            }
        }
        last = Some((pending.conversation_id, pending.device_id));
    }
    let heads = round.told.iter().filter_map(|id| heads.get(id)).collect();
    round.write(tx, heads).await?;
    if let Some((conversation_id, device_id)) = last {
        let text = "DELETE FROM roster_pending WHERE user_id = $1 AND (conversation_id < $2 \
                    OR conversation_id = $2 AND device_id <= $3)";
        let values = [
            user_id.0.into(),
            conversation_id.0.into(),
            device_id.0.into(),
        ];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
    }
    Ok((round.committed, rounds))
}

/// What a round writes.
#[derive(Default)]
struct Round {
    committed: Vec<Committed>,
    /// Conversations whose heads have moved, in order.
    told: Vec<ConversationId>,
    /// Where devices begin anew.
    restarts: BTreeMap<DeviceId, Vec<(ConversationId, u64)>>,
    /// What was encrypted for devices up to these messages is to be deleted.
    remains: Vec<(DeviceId, ConversationId, u64)>,
}

impl Round {
    /// Counts what a conversation is told in its head.
    fn tell(
        &mut self,
        user_id: UserId,
        pending: &Pending,
        device: &Device,
        head: &mut Head,
        now: Timestamp,
    ) {
        for event in pending.events(device) {
            head.revision += 1;
            head.roster_version += 1;
            let named = RosterDevice {
                id: pending.device_id,
                device_id: device.name.clone(),
                user_id,
            };
            let change = event.told(named, head.roster_version, now);
            if event == DeviceEvent::IdentityChanged && device.active {
                let restarts = self.restarts.entry(pending.device_id).or_default();
                restarts.push((head.conversation_id, head.revision));
            }
            self.committed.push(Committed {
                conversation_id: head.conversation_id,
                revision: head.revision,
                entry: Entry::Change(Arc::new(change)),
            });
            if self.told.last() != Some(&head.conversation_id) {
                self.told.push(head.conversation_id);
            }
        }
    }

    async fn write(&self, tx: &Transaction, heads: Vec<&Head>) -> Result<(), StoreError> {
        let backend = tx.get_database_backend();
        if !heads.is_empty() {
            let text = write_heads_text(backend, heads.len());
            let values = heads.iter().flat_map(|head| {
                [
                    head.conversation_id.0.into(),
                    signed(head.revision).into(),
                    signed(head.roster_version).into(),
                ]
            });
            tx.execute_raw(sql(backend, text, values)).await?;
            let changes = self
                .committed
                .iter()
                .filter_map(|committed| match &committed.entry {
                    Entry::Change(change) => {
                        let place = (committed.conversation_id, committed.revision);
                        Some(change_row(place.0, place.1, change))
                    }
                    Entry::Message(_) | Entry::MessageChange(_) | Entry::Control(_) => None,
                });
            conversation_changes::Entity::insert_many(changes)
                .exec_without_returning(tx)
                .await?;
        }
        for (device_id, at) in &self.restarts {
            restart_at(tx, *device_id, at).await?;
        }
        note_remains(tx, &self.remains).await
    }
}

/// One note more than a round takes, so that it is known whether another must follow.
async fn list_pending(tx: &Transaction, user_id: UserId) -> Result<Vec<Pending>, StoreError> {
    let text = format!(
        "SELECT q.conversation_id, q.device_id, q.in_roster, q.identity_changed, \
         d.device_id AS name, d.keyed, d.dormant, d.removed_at \
         FROM roster_pending q LEFT JOIN devices d ON d.id = q.device_id \
         WHERE q.user_id = $1 ORDER BY q.conversation_id, q.device_id LIMIT {}",
        ROSTERS_PER_ROUND + 1
    );
    let rows = tx
        .query_all_raw(sql(tx.get_database_backend(), text, [user_id.0.into()]))
        .await?;
    rows.iter().map(Pending::from_row).collect()
}

/// In which of the conversations the user takes part.
async fn list_present(
    tx: &Transaction,
    user_id: UserId,
    pending: &[Pending],
) -> Result<HashSet<ConversationId>, StoreError> {
    let backend = tx.get_database_backend();
    let text = present_text(backend, pending.len());
    let ids = pending
        .iter()
        .map(|pending| pending.conversation_id.0.into());
    let values = std::iter::once(user_id.0.into()).chain(ids);
    let rows = tx.query_all_raw(sql(backend, text, values)).await?;
    rows.iter()
        .map(|row| Ok(ConversationId(column(row, "conversation_id")?)))
        .collect()
}

/// Those of so many conversations in which user `$1` takes part.
fn present_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT p.conversation_id FROM v CROSS JOIN participants p \
         WHERE p.conversation_id = v.id AND p.user_id = $1 AND p.left_revision IS NULL",
        with_rows(backend, &[("id", "uuid")], rows, 2)
    )
}

fn write_heads_text(backend: DbBackend, rows: usize) -> String {
    let columns = [
        ("conversation_id", "uuid"),
        ("revision", "int8"),
        ("roster_version", "int8"),
    ];
    format!(
        "{} UPDATE conversation_heads SET revision = v.revision, \
         roster_version = v.roster_version FROM v \
         WHERE conversation_heads.conversation_id = v.conversation_id",
        with_rows(backend, &columns, rows, 1)
    )
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![
        Batched::new("rosters: heads", ROSTERS_PER_ROUND, write_heads_text),
        Batched::new("rosters: present", ROSTERS_PER_ROUND, present_text),
    ]
}
