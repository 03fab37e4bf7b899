//! Marks that must be found elsewhere, too, so that nodes know that they share it.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::dialect::{column, sql};
use crate::{Store, StoreError};

/// The mark of the place where files are kept.
const FILES: &str = "files";

impl Store {
    /// The mark of the place of files; this one from now on if there is none.
    pub async fn find_or_insert_files_mark(&self, mark: Uuid) -> Result<Uuid, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let text = "INSERT INTO marks (name, mark) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let values = [FILES.into(), mark.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = "SELECT mark FROM marks WHERE name = $1";
        let row = tx
            .query_one_raw(sql(backend, text, [FILES.into()]))
            .await?
            .ok_or(StoreError::Corrupt("a mark that is not there"))?;
        tx.commit().await?;
        column(&row, "mark")
    }

    /// The mark of the place of files is this one from now on.
    pub async fn update_files_mark(&self, mark: Uuid) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "UPDATE marks SET mark = $2 WHERE name = $1";
        let values = [FILES.into(), mark.into()];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await
    }
}
