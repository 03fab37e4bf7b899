//! Prekey bundles: what someone needs to start sessions with a user's devices.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::keys::{Bundle, IdentityKey, SignedPrekey};
use sentinal_protocol::{Base64, DeviceId, Timestamp, UserId};

use super::one_time_prekeys::{charge, decide_take, pop_one_time_prekey};
use super::pq_prekeys::{pop_pq_prekey, pq_prekey_from_row};
use super::take_limit::Verdict;
use super::{PrekeysLeft, count_prekeys, for_key_share, key_id_from};
use crate::connection::Transaction;
use crate::dialect::{column, sql};
use crate::{Store, StoreError};

/// A bundle that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedBundle {
    /// The device it is of.
    pub device: DeviceId,
    /// The bundle.
    pub bundle: Bundle,
    /// How many prekeys the device has left; `None` if the taker took too many to look.
    pub left: Option<PrekeysLeft>,
}

fn bundle_from_row(row: &QueryResult) -> Result<ClaimedBundle, StoreError> {
    let user_id = UserId(column(row, "user_id")?);
    let last_resort: Option<i64> = column(row, "pq_key_id")?;
    let device_id: String = column(row, "device_id")?;
    let device = DeviceId(column(row, "id")?);
    Ok(ClaimedBundle {
        device,
        bundle: Bundle {
            user_id,
            device_id: device_id.clone(),
            device_uuid: device,
            identity_key: IdentityKey {
                id: column(row, "identity_id")?,
                user_id,
                device_id: device_id.clone(),
                public_key: Base64(column(row, "identity_key")?),
                is_active: true,
                created_at: Timestamp(column(row, "identity_created_at")?),
            },
            signed_pre_key: SignedPrekey {
                id: column(row, "signed_id")?,
                user_id,
                device_id,
                key_id: key_id_from(column(row, "signed_key_id")?)?,
                public_key: Base64(column(row, "signed_key")?),
                signature: Base64(column(row, "signature")?),
                is_active: true,
                created_at: Timestamp(column(row, "signed_created_at")?),
            },
            one_time_pre_key: None,
            pq_pre_key: last_resort.map(|_| pq_prekey_from_row(row)).transpose()?,
        },
        left: None,
    })
}

/// The devices of a user that have a bundle, by id; one of them if named.
const KEYED: &str = "d.user_id = $1 AND d.keyed AND NOT d.dormant AND d.removed_at IS NULL";

/// Reads bundles without their one-time prekeys, and with the last-resort post-quantum ones.
async fn list_bundles<C: ConnectionTrait>(
    connection: &C,
    user_id: UserId,
    device: Option<DeviceId>,
) -> Result<Vec<ClaimedBundle>, StoreError> {
    let mut values = vec![user_id.0.into()];
    let one = device.map_or("", |device| {
        values.push(device.0.into());
        " AND d.id = $2"
    });
    let text = format!(
        "SELECT d.id, d.user_id, d.device_id, i.id AS identity_id, \
         i.public_key AS identity_key, i.created_at AS identity_created_at, \
         s.id AS signed_id, s.key_id AS signed_key_id, s.public_key AS signed_key, \
         s.signature, s.created_at AS signed_created_at, q.key_id AS pq_key_id, \
         q.public_key AS pq_key, q.signature AS pq_signature \
         FROM devices d JOIN identity_keys i ON i.device_id = d.id AND i.is_active \
         JOIN signed_prekeys s ON s.device_id = d.id AND s.is_active \
         LEFT JOIN pq_prekeys q ON q.device_id = d.id AND q.last_resort \
         WHERE {KEYED}{one} ORDER BY d.id"
    );
    let rows = connection
        .query_all_raw(sql(connection.get_database_backend(), text, values))
        .await?;
    rows.iter().map(bundle_from_row).collect()
}

/// Keeps a user's devices as they are until the transaction ends, so that a bundle's parts belong
/// together.
async fn hold_devices(
    tx: &Transaction,
    user_id: UserId,
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let mut values = vec![user_id.0.into()];
    let one = device.map_or("", |device| {
        values.push(device.0.into());
        " AND d.id = $2"
    });
    let text = format!(
        "SELECT d.id FROM devices d WHERE {KEYED}{one} ORDER BY d.id{}",
        for_key_share(backend)
    );
    tx.query_all_raw(sql(backend, text, values)).await?;
    Ok(())
}

impl Store {
    /// Whether there is such a user. Their public keys are for anybody, across a block as well: what
    /// was kept from somebody would tell of it.
    pub async fn user_exists(&self, user_id: UserId) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL";
        let statement = sql(self.backend(), text, [user_id.0.into()]);
        Ok(self.read().query_one_raw(statement).await?.is_some())
    }

    /// Bundles of a user's active devices with keys but `except` (or of one of them), with one
    /// one-time prekey and one post-quantum prekey taken from each for `taker`, as far as there are
    /// any and the taker did not take too many.
    pub async fn claim_bundles(
        &self,
        taker: UserId,
        user_id: UserId,
        device: Option<DeviceId>,
        except: DeviceId,
        now: Timestamp,
    ) -> Result<Vec<ClaimedBundle>, StoreError> {
        let tx = self.begin().await?;
        hold_devices(&tx, user_id, device).await?;
        let mut bundles = list_bundles(&tx, user_id, device).await?;
        bundles.retain(|claimed| claimed.device != except);
        for claimed in &mut bundles {
            let device = claimed.device;
            let arrival_at = match decide_take(&tx, taker, device, now).await? {
                Verdict::Allowed { arrival_at } => arrival_at,
                // The last-resort key is not scarce.
                Verdict::Limited { .. } => continue,
            };
            let one_time = pop_one_time_prekey(&tx, device, now).await?;
            let pq = pop_pq_prekey(&tx, device, now).await?;
            // One take for both; only what is really there counts against the taker.
            if one_time.is_some() || pq.is_some() {
                charge(&tx, taker, device, arrival_at).await?;
            }
            claimed.left = Some(count_prekeys(&tx, device).await?);
            claimed.bundle.one_time_pre_key = one_time;
            if pq.is_some() {
                claimed.bundle.pq_pre_key = pq;
            }
        }
        tx.commit().await?;
        Ok(bundles)
    }

    /// Whether an active device of the user has an identity key and a signed prekey; `None` if
    /// there is no such device.
    pub async fn find_keyed(
        &self,
        user_id: UserId,
        device: DeviceId,
    ) -> Result<Option<bool>, StoreError> {
        let text = "SELECT keyed FROM devices \
                    WHERE id = $1 AND user_id = $2 AND removed_at IS NULL";
        let values = [device.0.into(), user_id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| column(&row, "keyed")).transpose()
    }
}
