//! What a PostgreSQL server, or a pooler in front of it, is set to: looked at once, at the start.

use sea_orm::ConnectionTrait;

use crate::dialect::{column, sql};
use crate::{Store, StoreError};

/// Settings without which an answered message may be lost by a crash of the server or of its machine, and
/// with standbys that are waited for also by a failover (`local` waits for none).
const UNSAFE: &str = "SELECT name || ' = ' || setting AS found FROM pg_settings \
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND (setting = 'off' \
     OR setting = 'local' AND current_setting('synchronous_standby_names') <> '') ORDER BY name";

/// Statements that were prepared here under the name that sqlx gave them; this one is among them, unless
/// somebody between has given it another name.
const OWN_NAMES: &str =
    "SELECT count(*) AS found FROM pg_prepared_statements WHERE name LIKE 'sqlx%'";

impl Store {
    /// What is switched off that keeps an answered message, as `name = value`. On SQLite nothing is: each
    /// connection is set by the program.
    pub async fn find_unsafe_settings(&self) -> Result<Vec<String>, StoreError> {
        if self.backend() == sea_orm::DbBackend::Sqlite {
            return Ok(Vec::new());
        }
        let statement = sql(self.backend(), UNSAFE, []);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter().map(|row| column(row, "found")).collect()
    }

    /// Whether what stands between keeps track of prepared statements. PgBouncer does since 1.21, if
    /// `max_prepared_statements` is not 0, and gives each a name of its own at the server. One that does
    /// not lets the next transaction meet a server that has never heard of its statements.
    pub async fn tracks_statements(&self) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = tx.query_one_raw(sql(self.backend(), OWN_NAMES, [])).await?;
        tx.rollback().await?;
        let found: Option<i64> = row.map(|row| column(&row, "found")).transpose()?;
        Ok(found == Some(0))
    }
}
