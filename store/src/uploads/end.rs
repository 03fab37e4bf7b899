//! How uploads end: complete, given up, deleted, collected.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{Timestamp, UploadId, UploadStatus, UserId};

use super::{COLUMNS, OPEN, StoredUpload, blocks, from_row};
use crate::connection::Transaction;
use crate::dialect::{column, for_update, signed, sql};
use crate::{Store, StoreError};

/// What became of an upload that was to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has ended so, just now.
    Now(StoredUpload),
    /// It had ended so before.
    Already(StoredUpload),
    /// It cannot: bytes are missing, or it has ended otherwise.
    Refused(StoredUpload),
    /// Its row is gone; this is what it was.
    Deleted(StoredUpload),
}

/// Uploads that nobody has finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// Open ones of one user.
    OpenOf(UserId),
    /// Everybody's, also what was given up or cancelled.
    All,
}

/// At most `$2` uploads in which nothing has happened since `$1`; `$3` is whose, if it is somebody's.
fn list_unfinished(which: Unfinished) -> String {
    let which = match which {
        Unfinished::OpenOf(_) => format!("{OPEN} AND uploader_id = $3"),
        Unfinished::All => "status IN ('PENDING', 'IN_PROGRESS', 'FAILED', 'CANCELLED')".to_owned(),
    };
    format!("SELECT id FROM uploads WHERE {which} AND updated_at <= $1 LIMIT $2")
}

/// An upload of a user, locked.
async fn lock(
    tx: &Transaction,
    id: UploadId,
    uploader_id: UserId,
) -> Result<Option<StoredUpload>, StoreError> {
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT {COLUMNS} FROM uploads WHERE id = $1 AND uploader_id = $2{}",
        for_update(backend)
    );
    let values = [id.0.into(), uploader_id.0.into()];
    let row = tx.query_one_raw(sql(backend, text, values)).await?;
    row.as_ref().map(from_row).transpose()
}

async fn write_status(
    tx: &Transaction,
    id: UploadId,
    status: UploadStatus,
    now: Timestamp,
) -> Result<StoredUpload, StoreError> {
    let completed_at = (status == UploadStatus::Completed).then_some(now.0);
    let text = format!(
        "UPDATE uploads SET status = $2, updated_at = $3, completed_at = $4 \
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let values = [
        id.0.into(),
        status.as_str().into(),
        now.0.into(),
        completed_at.into(),
    ];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    row.as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(StoreError::Corrupt("a locked upload has vanished"))
}

fn is_open(upload: &StoredUpload) -> bool {
    match upload.status {
        UploadStatus::Pending | UploadStatus::InProgress => true,
        UploadStatus::Completed | UploadStatus::Failed | UploadStatus::Cancelled => false,
    }
}

async fn delete_row(tx: &Transaction, id: UploadId) -> Result<(), StoreError> {
    blocks::delete(tx, id).await?;
    let text = "DELETE FROM uploads WHERE id = $1";
    tx.execute_raw(sql(tx.get_database_backend(), text, [id.0.into()]))
        .await?;
    Ok(())
}

impl Store {
    /// Makes an upload complete if all its bytes are there. `None`: the user has no such upload.
    pub async fn complete_upload(
        &self,
        id: UploadId,
        uploader_id: UserId,
        now: Timestamp,
    ) -> Result<Option<Ended>, StoreError> {
        let tx = self.begin().await?;
        let Some(upload) = lock(&tx, id, uploader_id).await? else {
            return Ok(None);
        };
        if upload.status == UploadStatus::Completed {
            return Ok(Some(Ended::Already(upload)));
        }
        if !is_open(&upload) || upload.uploaded_bytes != upload.file_size {
            return Ok(Some(Ended::Refused(upload)));
        }
        let done = write_status(&tx, id, UploadStatus::Completed, now).await?;
        tx.commit().await?;
        Ok(Some(Ended::Now(done)))
    }

    /// Marks an open upload failed; its bytes are to go. `None`: the user has no such upload.
    pub async fn fail_upload(
        &self,
        id: UploadId,
        uploader_id: UserId,
        now: Timestamp,
    ) -> Result<Option<Ended>, StoreError> {
        let tx = self.begin().await?;
        let Some(upload) = lock(&tx, id, uploader_id).await? else {
            return Ok(None);
        };
        if upload.status == UploadStatus::Failed {
            return Ok(Some(Ended::Already(upload)));
        }
        if !is_open(&upload) {
            return Ok(Some(Ended::Refused(upload)));
        }
        blocks::delete(&tx, id).await?;
        let failed = write_status(&tx, id, UploadStatus::Failed, now).await?;
        tx.commit().await?;
        Ok(Some(Ended::Now(failed)))
    }

    /// Deletes an upload: one under way is cancelled and still listed, any other is gone. Its bytes
    /// are to go either way. `None`: the user has no such upload.
    pub async fn delete_upload(
        &self,
        id: UploadId,
        uploader_id: UserId,
        now: Timestamp,
    ) -> Result<Option<Ended>, StoreError> {
        let tx = self.begin().await?;
        let Some(upload) = lock(&tx, id, uploader_id).await? else {
            return Ok(None);
        };
        let ended = if is_open(&upload) {
            blocks::delete(&tx, id).await?;
            Ended::Now(write_status(&tx, id, UploadStatus::Cancelled, now).await?)
        } else {
            delete_row(&tx, id).await?;
            Ended::Deleted(upload)
        };
        tx.commit().await?;
        Ok(Some(ended))
    }

    /// Deletes a batch of uploads that nobody has finished and in which nothing has happened since
    /// `before`; answers which. Their bytes are to go.
    pub async fn delete_unfinished_uploads(
        &self,
        which: Unfinished,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<UploadId>, StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        let mut values = vec![before.0.into(), signed(limit).into()];
        match which {
            Unfinished::OpenOf(user_id) => values.push(user_id.0.into()),
            Unfinished::All => {}
        }
        let text = format!("{}{}", list_unfinished(which), for_update(backend));
        let rows = tx.query_all_raw(sql(backend, text, values)).await?;
        let mut deleted = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = UploadId(column(row, "id")?);
            delete_row(&tx, id).await?;
            deleted.push(id);
        }
        tx.commit().await?;
        Ok(deleted)
    }

    /// Deletes a batch of a user's uploads, whatever became of them; answers which. Their bytes are
    /// to go.
    pub async fn delete_uploads_of(
        &self,
        user_id: UserId,
        limit: u64,
    ) -> Result<Vec<UploadId>, StoreError> {
        let tx = self.begin().await?;
        let text = "SELECT id FROM uploads WHERE uploader_id = $1 LIMIT $2";
        let values = [user_id.0.into(), signed(limit).into()];
        let rows = tx.query_all_raw(sql(self.backend(), text, values)).await?;
        let mut deleted = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = UploadId(column(row, "id")?);
            delete_row(&tx, id).await?;
            deleted.push(id);
        }
        tx.commit().await?;
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn what_nobody_finished_is_found_without_walking_through_all() {
        let bounds = || vec![0_i64.into(), 50_i64.into()];
        let scans = table_scans(&list_unfinished(Unfinished::All), bounds(), &[]).await;
        assert_eq!(scans, Vec::<String>::new(), "everybody's");
        let own = list_unfinished(Unfinished::OpenOf(UserId(Uuid::nil())));
        let mut values = bounds();
        values.push(Uuid::nil().into());
        let scans = table_scans(&own, values, &[]).await;
        assert_eq!(scans, Vec::<String>::new(), "one user's");
    }
}
