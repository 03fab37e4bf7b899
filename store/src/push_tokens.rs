//! Push tokens: at most one for each device and platform.
//!
//! A token names one installation of an app. Whoever registers it has that installation, so it is
//! taken from every other device, else one account's wake-ups would go on reaching another's phone.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::push::PushToken;
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{DeviceId, PushPlatform, Timestamp, UserId};
use uuid::Uuid;

use crate::dialect::{column, sql};
use crate::log::lock_users;
use crate::{Store, StoreError, Stored};

const SELECT: &str = "SELECT t.id, d.device_id, t.platform, t.token, t.created_at \
     FROM push_tokens t JOIN devices d ON d.id = t.device_id";

fn push_token(row: &QueryResult) -> Result<PushToken, StoreError> {
    Ok(PushToken {
        id: column(row, "id")?,
        device_id: column(row, "device_id")?,
        platform: PushPlatform::parse(&column::<String>(row, "platform")?)
            .ok_or(StoreError::Corrupt("push platform"))?,
        token: column(row, "token")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

impl Store {
    /// Stores a push token of a user's device in place of its other one of that platform. `None`:
    /// the user has no such device.
    pub async fn put_push_token(
        &self,
        user_id: UserId,
        device: DeviceId,
        platform: PushPlatform,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Stored<PushToken>>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let backend = self.backend();
        let text = format!("{SELECT} WHERE t.device_id = $1 AND t.platform = $2 AND t.token = $3");
        let values = [device.0.into(), platform.as_str().into(), token.into()];
        if let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? {
            return Ok(Some(Stored::Unchanged(push_token(&row)?)));
        }
        let text = "DELETE FROM push_tokens WHERE (token = $1 AND platform = $2) \
                    OR (device_id = $3 AND platform = $2)";
        let values = [token.into(), platform.as_str().into(), device.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let id = new_uuid(now);
        let text = "INSERT INTO push_tokens (id, user_id, device_id, platform, token, created_at) \
                    SELECT $1, d.user_id, d.id, $4, $5, $6 FROM devices d \
                    WHERE d.id = $2 AND d.user_id = $3 AND d.removed_at IS NULL";
        let values = [
            id.into(),
            device.0.into(),
            user_id.0.into(),
            platform.as_str().into(),
            token.into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = format!("{SELECT} WHERE t.id = $1");
        let row = tx.query_one_raw(sql(backend, text, [id.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let stored = push_token(&row)?;
        tx.commit().await?;
        Ok(Some(Stored::Created(stored)))
    }

    /// The push tokens of all of a user's devices, oldest first: as many as devices and platforms
    /// allow.
    pub async fn list_push_tokens(&self, user_id: UserId) -> Result<Vec<PushToken>, StoreError> {
        let text = format!("{SELECT} WHERE t.user_id = $1 ORDER BY t.created_at, t.id");
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        rows.iter().map(push_token).collect()
    }

    /// Deletes one of a user's push tokens; false if they have no such one.
    pub async fn delete_push_token(&self, user_id: UserId, id: Uuid) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM push_tokens WHERE id = $1 AND user_id = $2";
        let values = [id.into(), user_id.0.into()];
        let deleted = tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }
}
