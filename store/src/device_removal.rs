//! Taking a device away: removed by its user, or dormant because nobody has seen it for long.
//!
//! What belongs to a device is spread over keys, login sessions and cursors; whoever encrypts to it
//! is told in rounds ([`crate::roster_rounds`]). Order of locks: the user's row, login sessions, devices,
//! heads.

use sea_orm::{ConnectionTrait, EntityTrait};
use sentinal_entity::devices;
use sentinal_protocol::{DeviceId, Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::device_remains::note_left_remains;
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::keys::drop_keys;
use crate::log::lock_users;
use crate::login_sessions::revoke_of_device;
use crate::roster_rounds::{Told, follow_device};
use crate::{Store, StoreError};

impl Store {
    /// Takes a device away: its login sessions and keys go, and those who encrypted to it are told, the
    /// first ones at once and the others by [`Store::follow_devices`]. What was encrypted for it goes in rounds ([`Store::erase_device_remains`]). Answers whether it
    /// was there.
    pub async fn remove_device(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        now: Timestamp,
    ) -> Result<(bool, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let row = devices::Entity::find_by_id(device_id.0).one(&tx).await?;
        let Some(row) = row.filter(|row| row.user_id == user_id.0 && row.removed_at.is_none())
        else {
            return Ok((false, Vec::new()));
        };
        let backend = tx.get_database_backend();
        revoke_of_device(&tx, device_id, now).await?;
        drop_keys(&tx, device_id, now).await?;
        for table in ["push_tokens", "device_cursors"] {
            let text = format!("DELETE FROM {table} WHERE device_id = $1");
            tx.execute_raw(sql(backend, text, [device_id.0.into()]))
                .await?;
        }
        let text = "UPDATE devices SET removed_at = $2, keyed = FALSE WHERE id = $1";
        let values = [device_id.0.into(), now.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        raise_account_revision(&tx, user_id).await?;
        note_left_remains(&tx, user_id, device_id).await?;
        let told = Told {
            user_id,
            device_id,
            in_roster: row.keyed && !row.dormant,
            identity_changed: false,
        };
        let committed = follow_device(&tx, &told, now).await?;
        tx.commit().await?;
        Ok((true, committed))
    }

    /// Takes a device out of the device sets until it signs in again, unless it was seen after
    /// `before`. Its keys stay, its login sessions go, and what it has not fetched in rounds.
    pub async fn mark_device_dormant(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(bool, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        revoke_of_device(&tx, device_id, now).await?;
        let text = "UPDATE devices SET dormant = TRUE WHERE id = $1 AND user_id = $2 \
                    AND last_seen_at < $3 AND removed_at IS NULL AND NOT dormant \
                    RETURNING keyed";
        let values = [device_id.0.into(), user_id.0.into(), before.0.into()];
        let row = tx
            .query_one_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        let Some(row) = row else {
            return Ok((false, Vec::new()));
        };
        raise_account_revision(&tx, user_id).await?;
        note_left_remains(&tx, user_id, device_id).await?;
        let told = Told {
            user_id,
            device_id,
            in_roster: column(&row, "keyed")?,
            identity_changed: false,
        };
        let committed = follow_device(&tx, &told, now).await?;
        tx.commit().await?;
        Ok((true, committed))
    }
}
