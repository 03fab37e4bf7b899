//! SQLite's write-ahead log as a file: it grows while a reader or a backup is in its way, and keeps
//! its size afterwards, because SQLite writes it again from its beginning.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr};

use crate::dialect::{column, sql};
use crate::{Store, StoreError};

/// A log below this stays as it is: sixteen times the size at which SQLite moves it into the
/// database by itself, so that ordinary bursts never come here.
const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What `PRAGMA wal_checkpoint` answers: whether somebody was in the way, frames in the log, frames
/// that are in the database.
type Checkpoint = (i64, i64, i64);

impl Store {
    /// Truncates SQLite's log if it is large and nobody is in the way; answers whether it did.
    pub async fn truncate_wal(&self) -> Result<bool, StoreError> {
        self.truncate_wal_above(WAL_BYTES_MAX).await
    }

    async fn truncate_wal_above(&self, bytes_max: u64) -> Result<bool, StoreError> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(false);
        }
        let Some(database) = self.find_file().await? else {
            return Ok(false);
        };
        // No file, no log.
        let bytes = std::fs::metadata(wal_of(&database)).map_or(0, |file| file.len());
        if bytes <= bytes_max {
            return Ok(false);
        }
        checkpoint(&database).await.map_err(|error| {
            let error = RuntimeErr::SqlxError(error.into());
            StoreError::from(DbErr::Query(error))
        })
    }

    /// The database's file.
    async fn find_file(&self) -> Result<Option<PathBuf>, StoreError> {
        let statement = sql(self.backend(), "PRAGMA database_list", []);
        for row in self.read().query_all_raw(statement).await? {
            if column::<String>(&row, "name")? == "main" {
                return Ok(column::<Option<String>>(&row, "file")?.map(PathBuf::from));
            }
        }
        Ok(None)
    }
}

fn wal_of(database: &Path) -> OsString {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name
}

/// Moves the log into the database beside its writer, then truncates it if that needs no waiting.
///
/// On a connection of its own that does not wait: a checkpoint that waits for a reader holds up the
/// writer meanwhile.
async fn checkpoint(database: &Path) -> Result<bool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .busy_timeout(Duration::ZERO)
        .disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let truncated = truncate(&mut connection).await;
    connection.close().await?;
    truncated
}

async fn truncate(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (_, frames, moved): Checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(&mut *connection)
        .await?;
    if moved < frames {
        return Ok(false);
    }
    let (busy, _, _): Checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(connection)
        .await?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use super::*;
    use crate::ConnectOptions;

    /// What the log must exceed here; a page is 4 KiB.
    const SMALL: u64 = 1024 * 1024;

    async fn write(store: &Store, rows: u8) {
        for row in 0..rows {
            let tx = store.begin().await.unwrap();
            let text = "INSERT INTO ws_tickets VALUES ($1, $2, 0)";
            let ticket = vec![row; 16 * 1024];
            let values = [Value::from(ticket), uuid::Uuid::nil().into()];
            tx.execute_raw(sql(store.backend(), text, values))
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_large_log_is_truncated_once_nobody_reads_from_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("wal.db");
        let options = ConnectOptions {
            url: format!("sqlite://{}?mode=rwc", file.display()),
            connections_max: 1,
            pooler: crate::Pooler::None,
        };
        sentinal_migration::migrate(&options.url).await.unwrap();
        let store = Store::open(&options).await.unwrap();
        let bytes = || std::fs::metadata(wal_of(&file)).unwrap().len();

        // A log of the ordinary size is left alone.
        write(&store, 1).await;
        assert!(!store.truncate_wal().await.unwrap());
        assert!(bytes() > 0);

        // A reader keeps it from being moved into the database, so it grows.
        let reader = store.snapshot().await.unwrap();
        let count = sql(store.backend(), "SELECT COUNT(*) AS n FROM ws_tickets", []);
        reader.query_one_raw(count).await.unwrap();
        let tx = store.begin().await.unwrap();
        let delete = sql(store.backend(), "DELETE FROM ws_tickets", []);
        tx.execute_raw(delete).await.unwrap();
        tx.commit().await.unwrap();
        write(&store, 200).await;
        let grown = bytes();
        assert!(grown > SMALL, "{grown}");
        assert!(!store.truncate_wal_above(SMALL).await.unwrap());
        assert_eq!(bytes(), grown);

        reader.commit().await.unwrap();
        assert!(store.truncate_wal_above(SMALL).await.unwrap());
        assert_eq!(bytes(), 0);
        let count = sql(store.backend(), "SELECT COUNT(*) AS n FROM ws_tickets", []);
        let row = store.read().query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(column::<i64>(&row, "n").unwrap(), 200);
        store.close().await.unwrap();
    }
}
