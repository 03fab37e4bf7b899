//! The blocks of an upload: who may write them, and which ones are there.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use sentinal_protocol::{Timestamp, UploadId, UserId};

use super::{COLUMNS, OPEN, StoredUpload, from_row};
use crate::connection::Transaction;
use crate::dialect::{column, counter, for_update, signed, sql, with_rows};
use crate::{Store, StoreError};

/// Bytes of a block; only a file's last one is shorter. Part of the stored format.
///
/// One block lies in memory for each upload that is received, and what a broken connection had
/// brought of it is written down as a shorter one, so this bounds both memory and rewriting.
pub const BLOCK_BYTES: u64 = 1024 * 1024;

/// A stored block: its number in the file, and the attempt that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// From 0.
    pub number: u64,
    /// Who wrote it.
    pub attempt: u64,
}

/// Where a writer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFrom {
    /// At the first byte; what was there goes.
    Start,
    /// Exactly where the stored bytes end.
    Offset(u64),
}

/// The right to write, until somebody else claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Names this writer.
    pub attempt: u64,
    /// Bytes that are stored: where it begins.
    pub uploaded_bytes: u64,
    /// The last block, if it is not full: the writer goes on in it.
    pub partial: Option<Block>,
    /// Blocks that are there no more; their objects can go.
    pub dropped: Vec<Block>,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Go ahead.
    Granted(Claimed),
    /// The stored bytes end elsewhere: here.
    Elsewhere(u64),
    /// No such open upload of this user.
    Closed,
}

fn block(row: &QueryResult) -> Result<Block, StoreError> {
    Ok(Block {
        number: counter(row, "block")?,
        attempt: counter(row, "attempt")?,
    })
}

/// The blocks of the upload `$1` from the one in `$2` on.
const LIST: &str = "SELECT block, attempt FROM upload_blocks \
     WHERE upload_id = $1 AND block >= $2 ORDER BY block";

async fn list<C: ConnectionTrait>(
    connection: &C,
    id: UploadId,
    from: u64,
) -> Result<Vec<Block>, StoreError> {
    let values = [id.0.into(), signed(from).into()];
    let rows = connection
        .query_all_raw(sql(connection.get_database_backend(), LIST, values))
        .await?;
    rows.iter().map(block).collect()
}

/// Takes an upload's blocks out of the database.
pub(super) async fn delete(tx: &Transaction, id: UploadId) -> Result<(), StoreError> {
    let text = "DELETE FROM upload_blocks WHERE upload_id = $1";
    tx.execute_raw(sql(tx.get_database_backend(), text, [id.0.into()]))
        .await?;
    Ok(())
}

/// The complete file `$1` in the first row, as block -1, and its blocks in those after it.
fn file_text() -> String {
    format!(
        "SELECT {COLUMNS}, b.block, b.attempt FROM ( \
         SELECT -1 AS block, 0 AS attempt UNION ALL \
         SELECT block, attempt FROM upload_blocks WHERE upload_id = $1) b \
         LEFT JOIN uploads u ON b.block = -1 AND u.id = $1 AND u.status = 'COMPLETED' \
         AND NOT EXISTS (SELECT 1 FROM erasures gone WHERE gone.user_id = u.uploader_id) \
         ORDER BY b.block"
    )
}

impl Store {
    /// Gives a new writer the right to write, and takes it from the one before.
    pub async fn claim_upload(
        &self,
        id: UploadId,
        uploader_id: UserId,
        from: WriteFrom,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        let text = format!(
            "SELECT uploaded_bytes, attempt FROM uploads \
             WHERE id = $1 AND uploader_id = $2 AND {OPEN}{}",
            for_update(backend)
        );
        let values = [id.0.into(), uploader_id.0.into()];
        let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
            return Ok(Claim::Closed);
        };
        let there = counter(&row, "uploaded_bytes")?;
        let attempt = counter(&row, "attempt")? + 1;
        let (uploaded_bytes, partial, dropped) = match from {
            WriteFrom::Offset(offset) if offset != there => return Ok(Claim::Elsewhere(there)),
            WriteFrom::Offset(_) if there.is_multiple_of(BLOCK_BYTES) => (there, None, Vec::new()),
            WriteFrom::Offset(_) => {
                let last = list(&tx, id, there / BLOCK_BYTES).await?;
                (there, last.first().copied(), Vec::new())
            }
            WriteFrom::Start => {
                let dropped = list(&tx, id, 0).await?;
                delete(&tx, id).await?;
                (0, None, dropped)
            }
        };
        let text = "UPDATE uploads SET attempt = $2, uploaded_bytes = $3, \
                    status = 'IN_PROGRESS', updated_at = $4 WHERE id = $1";
        let values = [
            id.0.into(),
            signed(attempt).into(),
            signed(uploaded_bytes).into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(Claim::Granted(Claimed {
            attempt,
            uploaded_bytes,
            partial,
            dropped,
        }))
    }

    /// Enters a block whose object is written, which makes the stored bytes reach `uploaded_bytes`.
    /// Answers the block that it takes the place of; `Err` of the inner result if the writer's right
    /// has gone to another one, or the upload has ended.
    pub async fn append_block(
        &self,
        id: UploadId,
        entered: Block,
        uploaded_bytes: u64,
        now: Timestamp,
    ) -> Result<Result<Option<Block>, Superseded>, StoreError> {
        let tx = self.begin().await?;
        let backend = self.backend();
        let text = "UPDATE uploads SET uploaded_bytes = $3, updated_at = $4 \
                    WHERE id = $1 AND attempt = $2 AND status = 'IN_PROGRESS'";
        let values = [
            id.0.into(),
            signed(entered.attempt).into(),
            signed(uploaded_bytes).into(),
            now.0.into(),
        ];
        let moved = tx.execute_raw(sql(backend, text, values)).await?;
        if moved.rows_affected() == 0 {
            return Ok(Err(Superseded));
        }
        let text = "SELECT attempt FROM upload_blocks WHERE upload_id = $1 AND block = $2";
        let values = [id.0.into(), signed(entered.number).into()];
        let row = tx.query_one_raw(sql(backend, text, values)).await?;
        let replaced = match row {
            Some(row) => Some(Block {
                number: entered.number,
                attempt: counter(&row, "attempt")?,
            }),
            None => None,
        };
        let text = "INSERT INTO upload_blocks (upload_id, block, attempt) VALUES ($1, $2, $3) \
                    ON CONFLICT (upload_id, block) DO UPDATE SET attempt = excluded.attempt";
        let values = [
            id.0.into(),
            signed(entered.number).into(),
            signed(entered.attempt).into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(Ok(replaced))
    }

    /// A complete file and its blocks, in order, whosever it is. Those of an account that is gone are
    /// gone.
    ///
    /// Requests for files come from anybody, in any number. So they are one statement each, and take
    /// no more than a share of the connections: whoever asks for something else need not wait behind
    /// them.
    pub async fn find_complete_file(
        &self,
        id: UploadId,
    ) -> Result<Option<(StoredUpload, Vec<Block>)>, StoreError> {
        let _permit = self.file_permit().await?;
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), file_text(), [id.0.into()]))
            .await?;
        let Some((first, blocks)) = rows.split_first() else {
            return Err(StoreError::Corrupt("no answer about a file"));
        };
        if column::<Option<uuid::Uuid>>(first, "id")?.is_none() {
            return Ok(None);
        }
        let blocks = blocks.iter().map(block).collect::<Result<_, _>>()?;
        Ok(Some((from_row(first)?, blocks)))
    }

    /// Those of `ids` that are no uploads (any more). Blocks that rows still name for them go.
    pub async fn list_unknown_uploads(
        &self,
        ids: &[UploadId],
    ) -> Result<Vec<UploadId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = known_text(self.backend(), ids.len());
        let values = ids.iter().map(|id| id.0.into());
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let mut known = std::collections::HashSet::with_capacity(rows.len());
        for row in &rows {
            known.insert(UploadId(column(row, "id")?));
        }
        let unknown: Vec<_> = ids
            .iter()
            .filter(|id| !known.contains(id))
            .copied()
            .collect();
        if !unknown.is_empty() {
            let tx = self.begin().await?;
            for id in &unknown {
                delete(&tx, *id).await?;
            }
            tx.commit().await?;
        }
        Ok(unknown)
    }
}

/// Uploads by their ids.
fn known_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT u.id FROM v CROSS JOIN uploads u WHERE u.id = v.id",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

/// Another writer has claimed the upload, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superseded;

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Files that a sweep looks up in one go.
    const SWEEP_BATCH: usize = 500;
    vec![Batched::new("uploads: known", SWEEP_BATCH, known_text)]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn the_blocks_of_a_file_are_found_without_walking_through_all() {
        let scans = table_scans(LIST, vec![Uuid::nil().into(), 0_i64.into()], &[]).await;
        assert_eq!(scans, Vec::<String>::new());
        let scans = table_scans(&file_text(), vec![Uuid::nil().into()], &["b"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }

    #[tokio::test]
    async fn whoever_looks_for_files_leaves_connections_to_others() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", directory.path().display());
        sentinal_migration::migrate(&url).await.unwrap();
        let options = crate::ConnectOptions {
            url,
            connections_max: 1,
            pooler: crate::Pooler::None,
        };
        let store = Store::open(&options).await.unwrap();
        let permit = store.file_permit().await.unwrap();
        let mut looking = std::pin::pin!(store.find_complete_file(UploadId(Uuid::nil())));
        tokio::select! {
            biased;
            found = &mut looking => panic!("{found:?} without a permit"),
            answered = store.ping() => answered.unwrap(),
        }
        drop(permit);
        assert_eq!(looking.await.unwrap(), None);
    }
}
