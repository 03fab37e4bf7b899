//! Work that one process does at a time, whichever: a lease on it, a row that names its holder and ends
//! by itself.
//!
//! Not PostgreSQL's advisory lock: one of a session does not exist behind a pooler, and one of a transaction
//! would hold a connection and a snapshot for as long as the work takes. Whoever is stopped and goes on past the
//! end of its lease may do a round that another one does, too: rounds are transactions that find nothing to
//! do then.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::dialect::{signed, sql};
use crate::{Store, StoreError};

/// How long a lease holds. When its holder has died, others wait for as long.
pub const LEASE: Duration = Duration::from_secs(15);

/// The database's own time in milliseconds: clocks of processes differ.
const NOW: &str = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::int8";

impl Store {
    /// Whether other processes may use the database at the same time. SQLite's file has one.
    pub fn is_shared(&self) -> bool {
        self.backend() != DbBackend::Sqlite
    }

    /// Takes a lease, or renews it: whether it is the process's for [`LEASE`] from the moment at which it
    /// asked. Only on a database that is shared.
    pub async fn claim_lease(&self, name: &str, process: Uuid) -> Result<bool, StoreError> {
        let text = format!(
            "INSERT INTO leases AS l (name, holder, until) VALUES ($1, $2, {NOW} + $3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
             WHERE l.holder = excluded.holder OR l.until <= {NOW} RETURNING l.name"
        );
        let lease_ms = u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX);
        let values = [name.into(), process.into(), signed(lease_ms).into()];
        let tx = self.begin().await?;
        let claimed = tx
            .query_one_raw(sql(self.backend(), text, values))
            .await?
            .is_some();
        tx.commit().await?;
        Ok(claimed)
    }

    /// Gives a lease back, so that nobody waits for its end.
    pub async fn release_lease(&self, name: &str, process: Uuid) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        let values = [name.into(), process.into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await
    }
}
