//! When login sessions and devices were last used: written in batches, because everybody uses them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp};
use uuid::Uuid;

use crate::dialect::{sql, values_rows};
use crate::log::VARIABLES_MAX;
use crate::{Store, StoreError};

/// A login session that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLogin {
    /// The session.
    pub id: LoginSessionId,
    /// Its device.
    pub device_id: DeviceId,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Notes when login sessions and their devices were last used; never moves that back.
    pub async fn mark_logins_seen(&self, seen: &[SeenLogin]) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let sessions = seen.iter().map(|seen| (seen.id.0, seen.at)).collect();
        let sets = "UPDATE login_sessions AS t SET last_active_at = v.seen_at FROM v \
                    WHERE t.id = v.id AND t.last_active_at < v.seen_at AND t.revoked_at IS NULL";
        mark(&tx, sets, sessions).await?;
        let devices = seen.iter().map(|seen| (seen.device_id.0, seen.at));
        let sets = "UPDATE devices AS t SET last_seen_at = v.seen_at FROM v \
                    WHERE t.id = v.id AND t.last_seen_at < v.seen_at AND t.removed_at IS NULL";
        mark(&tx, sets, devices.collect()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Runs an update from `v (id, seen_at)`, in the order of ids, so that two nodes lock rows alike.
async fn mark(
    tx: &DatabaseTransaction,
    update: &str,
    mut seen: Vec<(Uuid, Timestamp)>,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let types = ["uuid", "int8"];
    seen.sort_unstable();
    for chunk in seen.chunks(VARIABLES_MAX / types.len()) {
        let rows = values_rows(backend, &types, chunk.len(), 1);
        let text = format!("WITH v (id, seen_at) AS (VALUES {rows}) {update}");
        let values = chunk
            .iter()
            .flat_map(|(id, at)| [Value::from(*id), at.0.into()]);
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}
