//! When login sessions and devices were last used, and the newest tokens for the first time: written in
//! batches, because everybody uses them.

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::dialect::{signed, sql, updated_rows_max, with_rows};
use crate::{Store, StoreError};

/// A login session that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLogin {
    /// The session.
    pub id: LoginSessionId,
    /// Its device.
    pub device_id: DeviceId,
    /// When it was used.
    pub at: Timestamp,
}

/// The first use of an access token that came with one of a login session's refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstUse {
    /// The session.
    pub id: LoginSessionId,
    /// The number of that refresh token.
    pub generation: u64,
    /// The time of that use, by the server's clock.
    pub at: Timestamp,
}

/// Logins that one transaction notes: tens of thousands that were used in one minute must not keep
/// messages waiting.
const SLICE: usize = 500;

const SESSIONS: &str = "UPDATE login_sessions AS t SET last_active_at = v.seen_at FROM v \
     WHERE t.id = v.id AND t.last_active_at < v.seen_at AND t.revoked_at IS NULL";

const DEVICES: &str = "UPDATE devices AS t SET last_seen_at = v.seen_at FROM v \
     WHERE t.id = v.id AND t.last_seen_at < v.seen_at AND t.removed_at IS NULL";

/// Of another token than the newest it is too late: what its use means was decided when it was rotated.
const GENERATIONS: &str = "UPDATE login_sessions AS t SET access_generation = v.generation, \
     access_used_at = v.used_at FROM v WHERE t.id = v.id AND t.generation = v.generation \
     AND (t.access_generation IS NULL OR t.access_generation < v.generation)";

fn first_use_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("id", "uuid"), ("generation", "int8"), ("used_at", "int8")];
    format!("{} {GENERATIONS}", with_rows(backend, &columns, rows, 1))
}

fn mark_text(backend: DbBackend, update: &str, rows: usize) -> String {
    let columns = [("id", "uuid"), ("seen_at", "int8")];
    format!("{} {update}", with_rows(backend, &columns, rows, 1))
}

impl Store {
    /// Notes when login sessions and their devices were last used; never moves that back. In several
    /// transactions: what an interrupted call has not noted may be noted again.
    pub async fn mark_logins_seen(&self, seen: &[SeenLogin]) -> Result<(), StoreError> {
        for slice in seen.chunks(SLICE) {
            let tx = self.begin().await?;
            let sessions = slice.iter().map(|seen| (seen.id.0, seen.at)).collect();
            mark(&tx, SESSIONS, sessions).await?;
            let devices = slice.iter().map(|seen| (seen.device_id.0, seen.at));
            mark(&tx, DEVICES, devices.collect()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Notes of which refresh tokens access tokens are in use, once for each. In several transactions,
    /// as above.
    pub async fn mark_first_uses(&self, uses: &[FirstUse]) -> Result<(), StoreError> {
        let backend = self.backend();
        let mut uses = uses.to_vec();
        uses.sort_unstable_by_key(|first| first.id.0);
        for slice in uses.chunks(SLICE) {
            let tx = self.begin().await?;
            for chunk in slice.chunks(updated_rows_max(backend)) {
                let text = first_use_text(backend, chunk.len());
                let values = chunk.iter().flat_map(|first| {
                    let generation = signed(first.generation);
                    [
                        Value::from(first.id.0),
                        generation.into(),
                        first.at.0.into(),
                    ]
                });
                tx.execute_raw(sql(backend, text, values)).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Runs an update from `v (id, seen_at)`, in the order of ids, so that two nodes lock rows alike.
async fn mark(
    tx: &Transaction,
    update: &str,
    mut seen: Vec<(Uuid, Timestamp)>,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    seen.sort_unstable();
    for chunk in seen.chunks(updated_rows_max(backend)) {
        let text = mark_text(backend, update, chunk.len());
        let values = chunk
            .iter()
            .flat_map(|(id, at)| [Value::from(*id), at.0.into()]);
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = updated_rows_max(DbBackend::Sqlite);
    vec![
        Batched::new("seen: sessions", most, |backend, rows| {
            mark_text(backend, SESSIONS, rows)
        }),
        Batched::new("seen: devices", most, |backend, rows| {
            mark_text(backend, DEVICES, rows)
        }),
        Batched::new("seen: first uses", most, first_use_text),
    ]
}
