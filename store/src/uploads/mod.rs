//! Uploads: what was announced, and which blocks of it are there.
//!
//! The bytes themselves lie in an object store, cut into blocks of [`BLOCK_BYTES`]. A row of
//! `upload_blocks` names the object of each block by the *attempt* that wrote it, and
//! `uploads.uploaded_bytes` says how far the blocks reach. Both change in one transaction, after
//! the object was written: an object that no row names never was.
//!
//! Whoever begins to write takes the next attempt ([`Store::claim_upload`]); what an older attempt
//! still brings is refused ([`Store::append_block`]). So two writers of one upload cannot mix their
//! bytes, on whichever nodes they are, and one that is half dead does not stand in the way.

mod blocks;
mod end;

#[cfg(test)]
pub(crate) use self::blocks::batched;

pub use blocks::{BLOCK_BYTES, Block, Claim, Claimed, Superseded, WriteFrom};
pub use end::{Ended, Unfinished};

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::{Timestamp, UploadId, UploadStatus, UserId};

use crate::dialect::{column, counter, signed, sql};
use crate::log::lock_users;
use crate::storage::{StorageQuota, find_use};
use crate::{Store, StoreError};

/// An upload to announce.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Its id.
    pub id: UploadId,
    /// Whose it is.
    pub uploader_id: UserId,
    /// For people.
    pub file_name: String,
    /// Bytes that will come.
    pub file_size: u64,
    /// Media type.
    pub content_type: String,
    /// What whoever fetches it must know.
    pub capability: String,
}

/// A row of `uploads`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUpload {
    /// Its id.
    pub id: UploadId,
    /// Whose it is.
    pub uploader_id: UserId,
    /// For people.
    pub file_name: String,
    /// Bytes that were announced.
    pub file_size: u64,
    /// Media type.
    pub content_type: String,
    /// How far it has come.
    pub status: UploadStatus,
    /// Bytes that are stored.
    pub uploaded_bytes: u64,
    /// The client's own hint.
    pub progress_bytes: u64,
    /// What whoever fetches it must know.
    pub capability: String,
    /// When it was announced.
    pub created_at: Timestamp,
    /// When the last byte came or its status changed.
    pub updated_at: Timestamp,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
}

/// Which uploads of a user are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadShelf {
    /// Whatever has become of them.
    All,
    /// Complete ones.
    Completed,
    /// Announced ones and those under way.
    Open,
    /// Open ones in which nothing has happened since then.
    StaleSince(Timestamp),
}

const COLUMNS: &str = "id, uploader_id, file_name, file_size, content_type, status, \
     uploaded_bytes, progress_bytes, capability, created_at, updated_at, completed_at";

/// What can still get bytes.
const OPEN: &str = "status IN ('PENDING', 'IN_PROGRESS')";

/// `FROM` and `WHERE` of the uploads of the user `$1` in which nothing has happened since `$2`.
fn shelf(which: UploadShelf) -> String {
    let by_status = match which {
        UploadShelf::All => String::new(),
        UploadShelf::Completed => "AND status = 'COMPLETED'".to_owned(),
        UploadShelf::Open | UploadShelf::StaleSince(_) => format!("AND {OPEN}"),
    };
    format!("FROM uploads WHERE uploader_id = $1 AND updated_at <= $2 {by_status}")
}

/// A page of a shelf.
fn page_of(shelf: &str) -> String {
    format!("SELECT {COLUMNS} {shelf} ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4")
}

fn from_row(row: &QueryResult) -> Result<StoredUpload, StoreError> {
    Ok(StoredUpload {
        id: UploadId(column(row, "id")?),
        uploader_id: UserId(column(row, "uploader_id")?),
        file_name: column(row, "file_name")?,
        file_size: counter(row, "file_size")?,
        content_type: column(row, "content_type")?,
        status: UploadStatus::parse(&column::<String>(row, "status")?)
            .ok_or(StoreError::Corrupt("upload status"))?,
        uploaded_bytes: counter(row, "uploaded_bytes")?,
        progress_bytes: counter(row, "progress_bytes")?,
        capability: column(row, "capability")?,
        created_at: Timestamp(column(row, "created_at")?),
        updated_at: Timestamp(column(row, "updated_at")?),
        completed_at: column::<Option<i64>>(row, "completed_at")?.map(Timestamp),
    })
}

impl Store {
    /// Announces an upload; `None` if what is kept of the user would take more than the quota.
    pub async fn insert_upload(
        &self,
        new: &NewUpload,
        quota: StorageQuota,
        now: Timestamp,
    ) -> Result<Option<StoredUpload>, StoreError> {
        let tx = self.begin().await?;
        // Two announcements at once must not both find the last free byte.
        lock_users(&tx, vec![new.uploader_id.0]).await?;
        let used = find_use(&tx, new.uploader_id, quota.counted_min).await?;
        let counted = new.file_size.max(quota.counted_min);
        if used.total().saturating_add(counted) > quota.bytes_max {
            return Ok(None);
        }
        let text = format!(
            "INSERT INTO uploads (id, uploader_id, file_name, file_size, content_type, status, \
             capability, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 'PENDING', $6, $7, $7) RETURNING {COLUMNS}"
        );
        let values = [
            new.id.0.into(),
            new.uploader_id.0.into(),
            new.file_name.as_str().into(),
            signed(new.file_size).into(),
            new.content_type.as_str().into(),
            new.capability.as_str().into(),
            now.0.into(),
        ];
        let row = tx
            .query_one_raw(sql(self.backend(), text, values))
            .await?
            .ok_or(StoreError::Corrupt("no answer to INSERT"))?;
        let stored = from_row(&row)?;
        tx.commit().await?;
        Ok(Some(stored))
    }

    /// An upload, whosever it is. Those of an account that is gone are gone, although they may still
    /// be to erase.
    pub async fn find_upload(&self, id: UploadId) -> Result<Option<StoredUpload>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM uploads WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM erasures gone WHERE gone.user_id = uploader_id)"
        );
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [id.0.into()]))
            .await?;
        row.as_ref().map(from_row).transpose()
    }

    /// A page of a user's uploads, newest first, and how many there are in all.
    pub async fn list_uploads(
        &self,
        uploader_id: UserId,
        which: UploadShelf,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<StoredUpload>, u64), StoreError> {
        let stale_since = match which {
            UploadShelf::StaleSince(at) => at,
            UploadShelf::All | UploadShelf::Completed | UploadShelf::Open => Timestamp(i64::MAX),
        };
        let from = shelf(which);
        let snapshot = self.snapshot().await?;
        let values = [uploader_id.0.into(), stale_since.0.into()];
        let text = format!("SELECT COUNT(*) AS total {from}");
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, values))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let text = page_of(&from);
        let values = [
            uploader_id.0.into(),
            stale_since.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let rows = snapshot
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        snapshot.commit().await?;
        let uploads = rows.iter().map(from_row).collect::<Result<_, _>>()?;
        Ok((uploads, total))
    }

    /// Notes a client's hint of how far it is; `None` if the user has no such open upload.
    pub async fn mark_upload_progress(
        &self,
        id: UploadId,
        uploader_id: UserId,
        progress_bytes: u64,
        now: Timestamp,
    ) -> Result<Option<StoredUpload>, StoreError> {
        let tx = self.begin().await?;
        let text = format!(
            "UPDATE uploads SET progress_bytes = $3, status = 'IN_PROGRESS', updated_at = $4 \
             WHERE id = $1 AND uploader_id = $2 AND {OPEN} RETURNING {COLUMNS}"
        );
        let values = [
            id.0.into(),
            uploader_id.0.into(),
            signed(progress_bytes).into(),
            now.0.into(),
        ];
        let row = tx.query_one_raw(sql(self.backend(), text, values)).await?;
        let marked = row.as_ref().map(from_row).transpose()?;
        tx.commit().await?;
        Ok(marked)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn a_users_uploads_are_found_without_walking_through_everybodys() {
        let user = || Value::from(Uuid::nil());
        for which in [
            UploadShelf::All,
            UploadShelf::Completed,
            UploadShelf::Open,
            UploadShelf::StaleSince(Timestamp(0)),
        ] {
            let count = format!("SELECT COUNT(*) AS total {}", shelf(which));
            let values = vec![user(), 0_i64.into()];
            let mut scans = table_scans(&count, values.clone(), &[]).await;
            let page = [20_i64.into(), 0_i64.into()];
            let values = values.into_iter().chain(page).collect();
            scans.extend(table_scans(&page_of(&shelf(which)), values, &[]).await);
            assert_eq!(scans, Vec::<String>::new(), "{which:?}");
        }
    }
}
