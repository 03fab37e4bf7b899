//! Devices: registering them, finding them by either of their names.
//!
//! A device that is new, or comes back after it was removed or dormant, starts at the present of
//! each conversation: what was said before is not for it.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryResult, Set};
use sentinal_entity::devices;
use sentinal_protocol::api::accounts::{Device, PeerDevice};
use sentinal_protocol::limits::DEVICES_MAX;
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};
use uuid::Uuid;

use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::cursors::start_at_present;
use crate::device_remains::{drop_ciphertexts, erase_remains_of};
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::roster_rounds::{Told, follow_device, is_pending};
use crate::{Store, StoreError};

/// The device that signs in.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id, if it turns out to be a new one.
    pub id: DeviceId,
    /// The client's own string for it.
    pub device_id: String,
    /// For people.
    pub name: Option<String>,
    /// As the client says.
    pub kind: Option<String>,
}

/// Why a device cannot sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceRefusal {
    /// The user has [`DEVICES_MAX`] active ones.
    TooMany,
    /// Its string is the server's name of some device.
    NameIsAnId,
}

/// A device as it is after signing in.
pub(crate) struct Registered {
    pub id: DeviceId,
    pub committed: Vec<Committed>,
}

fn own_device(row: &QueryResult) -> Result<Device, StoreError> {
    Ok(Device {
        id: DeviceId(column(row, "id")?),
        device_id: column(row, "device_id")?,
        device_name: column(row, "name")?,
        device_type: column(row, "device_type")?,
        last_active: Some(Timestamp(column(row, "last_seen_at")?)),
        presented_at: column::<Option<i64>>(row, "presented_at")?.map(Timestamp),
        presented_from: column(row, "presented_from")?,
        is_active: true,
        is_current: false,
    })
}

/// A device has one login session that has not been ended, at most.
const OWN_DEVICE: &str = "SELECT d.id, d.device_id, d.name, d.device_type, d.last_seen_at, \
     s.presented_at, s.presented_from FROM devices d \
     LEFT JOIN login_sessions s ON s.device_id = d.id AND s.revoked_at IS NULL \
     WHERE d.user_id = $1 AND d.removed_at IS NULL AND NOT d.dormant";

impl Store {
    /// A user's active devices, the one seen last first. `is_current` is left to the caller.
    pub async fn list_devices(&self, user_id: UserId) -> Result<Vec<Device>, StoreError> {
        let text = format!("{OWN_DEVICE} ORDER BY d.last_seen_at DESC, d.id DESC");
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        rows.iter().map(own_device).collect()
    }

    /// Whether a device of the user, which the client calls so, was not removed.
    pub async fn has_device(
        &self,
        user_id: UserId,
        device: DeviceId,
        device_id: &str,
    ) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM devices \
                    WHERE id = $1 AND user_id = $2 AND device_id = $3 AND removed_at IS NULL";
        let values = [device.0.into(), user_id.0.into(), device_id.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        Ok(row.is_some())
    }

    /// One of a user's active devices by either name; the server's wins.
    pub async fn find_device(
        &self,
        user_id: UserId,
        name: &str,
    ) -> Result<Option<Device>, StoreError> {
        if name.contains('\0') {
            return Ok(None);
        }
        let id = Uuid::parse_str(name).ok();
        let text = format!(
            "{OWN_DEVICE} AND (d.device_id = $2 OR d.id = $3) \
             ORDER BY CASE WHEN d.id = $3 THEN 0 ELSE 1 END LIMIT 1"
        );
        let values = [user_id.0.into(), name.into(), id.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.as_ref().map(own_device).transpose()
    }

    /// A user's active devices as others encrypt to them, oldest first; `None` if there is no such
    /// user.
    pub async fn list_peer_devices(
        &self,
        user_id: UserId,
    ) -> Result<Option<Vec<PeerDevice>>, StoreError> {
        let text = "SELECT d.id, d.device_id, d.keyed, k.public_key FROM users u \
             LEFT JOIN devices d ON d.user_id = u.id AND d.removed_at IS NULL AND NOT d.dormant \
             LEFT JOIN identity_keys k ON k.device_id = d.id AND k.is_active \
             WHERE u.id = $1 AND u.deleted_at IS NULL ORDER BY d.id";
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut devices = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(id) = column::<Option<Uuid>>(row, "id")? else {
                continue;
            };
            devices.push(PeerDevice {
                id: DeviceId(id),
                device_id: column(row, "device_id")?,
                has_keys: column(row, "keyed")?,
                identity_key: column::<Option<Vec<u8>>>(row, "public_key")?.map(Base64),
            });
        }
        Ok(Some(devices))
    }

    /// Active devices that nobody has seen since `before`, longest unseen first.
    pub async fn list_unseen_devices(
        &self,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<(UserId, DeviceId)>, StoreError> {
        let text = format!(
            "SELECT user_id, id FROM devices \
             WHERE last_seen_at < $1 AND removed_at IS NULL AND NOT dormant \
             ORDER BY last_seen_at LIMIT {limit}"
        );
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [before.0.into()]))
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    UserId(column(row, "user_id")?),
                    DeviceId(column(row, "id")?),
                ))
            })
            .collect()
    }
}

/// Finds or makes the row of a device that signs in. The caller has locked the user's row; after a
/// refusal it must not commit.
pub(crate) async fn register_device(
    tx: &Transaction,
    user_id: UserId,
    device: &NewDevice,
    now: Timestamp,
) -> Result<Result<Registered, DeviceRefusal>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT id, keyed, dormant, removed_at FROM devices \
                WHERE user_id = $1 AND device_id = $2";
    let values = [user_id.0.into(), device.device_id.as_str().into()];
    let row = tx.query_one_raw(sql(backend, text, values)).await?;
    let known = match &row {
        Some(row) => Some(KnownDevice {
            id: DeviceId(column(row, "id")?),
            keyed: column(row, "keyed")?,
            active: !column::<bool>(row, "dormant")?
                && column::<Option<i64>>(row, "removed_at")?.is_none(),
        }),
        None => None,
    };
    if known.as_ref().is_none_or(|known| !known.active) && is_full(tx, user_id).await? {
        return Ok(Err(DeviceRefusal::TooMany));
    }
    let Some(known) = known else {
        return insert_device(tx, user_id, device, now).await;
    };
    // A name that the client leaves out stays.
    let text = "UPDATE devices SET name = COALESCE($2, name), \
                device_type = COALESCE($3, device_type), last_seen_at = $4, dormant = FALSE, \
                removed_at = NULL WHERE id = $1";
    let values = [
        known.id.0.into(),
        device.name.clone().into(),
        device.kind.clone().into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let mut committed = Vec::new();
    if !known.active {
        if is_pending(tx, known.id).await? {
            // Some rosters may still have it as it was before it went.
            return Err(StoreError::Contended(DbErr::Custom(
                "the device has not left all rosters yet".to_owned(),
            )));
        }
        erase_remains_of(tx, known.id).await?;
        // Sent to it without keys, while it was being taken away: a few, if any.
        drop_ciphertexts(tx, user_id, known.id).await?;
        if known.keyed {
            // It was dormant and has kept its keys: senders must encrypt to it again.
            let told = Told {
                user_id,
                device_id: known.id,
                in_roster: false,
                identity_changed: false,
            };
            committed = follow_device(tx, &told, now).await?;
        }
        start_at_present(tx, user_id, known.id).await?;
        raise_account_revision(tx, user_id).await?;
    }
    Ok(Ok(Registered {
        id: known.id,
        committed,
    }))
}

struct KnownDevice {
    id: DeviceId,
    keyed: bool,
    active: bool,
}

async fn insert_device(
    tx: &Transaction,
    user_id: UserId,
    device: &NewDevice,
    now: Timestamp,
) -> Result<Result<Registered, DeviceRefusal>, StoreError> {
    if let Ok(id) = Uuid::parse_str(&device.device_id)
        && devices::Entity::find_by_id(id).one(tx).await?.is_some()
    {
        return Ok(Err(DeviceRefusal::NameIsAnId));
    }
    let row = devices::ActiveModel {
        id: Set(device.id.0),
        user_id: Set(user_id.0),
        device_id: Set(device.device_id.clone()),
        name: Set(device.name.clone()),
        device_type: Set(device.kind.clone()),
        keyed: Set(false),
        dormant: Set(false),
        pq_stored: Set(false),
        created_at: Set(now.0),
        last_seen_at: Set(now.0),
        removed_at: Set(None),
    };
    devices::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    start_at_present(tx, user_id, device.id).await?;
    raise_account_revision(tx, user_id).await?;
    Ok(Ok(Registered {
        id: device.id,
        committed: Vec::new(),
    }))
}

async fn is_full(tx: &Transaction, user_id: UserId) -> Result<bool, StoreError> {
    let text = "SELECT COUNT(*) AS active FROM devices \
                WHERE user_id = $1 AND removed_at IS NULL AND NOT dormant";
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, [user_id.0.into()]))
        .await?;
    let active: i64 = match &row {
        Some(row) => column(row, "active")?,
        None => 0,
    };
    Ok(usize::try_from(active).is_ok_and(|active| active >= DEVICES_MAX))
}
