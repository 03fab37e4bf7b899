//! What time does to uploads: unfinished ones go, and bytes that belong to none.
//!
//! A row goes first, its bytes after it; a node that dies in between leaves bytes without a row,
//! which the sweep finds.

use futures_util::stream::TryStreamExt as _;
use sentinal_protocol::{Timestamp, UploadId, UserId};
use sentinal_store::Unfinished;

use super::DELETE_BATCH;
use super::UploadService;
use crate::ApiError;

/// Uploads that a sweep asks the database about at once.
const SWEEP_BATCH: usize = 500;

impl UploadService {
    /// Deletes a batch of uploads that nobody has finished in the configured time. Answers whether
    /// there is more to do at once.
    pub async fn tidy_uploads(&self) -> Result<bool, ApiError> {
        let lifetime = self.context.settings.files.unfinished_lifetime;
        self.collect_uploads(self.context.clock.now().minus(lifetime))
            .await
    }

    /// Deletes a batch of uploads that nobody has finished and in which nothing has happened since
    /// `before`. Answers whether there is more to do at once.
    pub async fn collect_uploads(&self, before: Timestamp) -> Result<bool, ApiError> {
        let batch = self
            .context
            .store
            .delete_unfinished_uploads(Unfinished::All, before, DELETE_BATCH)
            .await?;
        self.erase_files(&batch).await;
        Ok(batch.len() as u64 == DELETE_BATCH)
    }

    /// Erases a batch of a user's uploads, complete ones too. Answers whether there are more.
    pub async fn erase_uploads_of(&self, user_id: UserId) -> Result<bool, ApiError> {
        let batch = self
            .context
            .store
            .delete_uploads_of(user_id, DELETE_BATCH)
            .await?;
        self.erase_files(&batch).await;
        Ok(batch.len() as u64 == DELETE_BATCH)
    }

    /// Removes the bytes of uploads whose rows have gone, or have given up their blocks. What
    /// cannot be removed now is left to the sweep.
    pub async fn erase_files(&self, ids: &[UploadId]) {
        self.files.erase_all(ids).await;
    }

    /// Walks through everything that is stored and removes what belongs to no upload; answers of
    /// how many. Little of the walk lies in memory at once.
    pub async fn sweep_files(&self) -> Result<u64, ApiError> {
        let mut stored = self.files.list();
        let mut batch: Vec<UploadId> = Vec::with_capacity(SWEEP_BATCH);
        let mut removed = 0;
        while let Some(id) = stored.try_next().await? {
            if batch.last() != Some(&id) {
                batch.push(id);
            }
            if batch.len() == SWEEP_BATCH {
                removed += self.sweep_batch(&mut batch).await?;
            }
        }
        removed += self.sweep_batch(&mut batch).await?;
        Ok(removed)
    }

    async fn sweep_batch(&self, batch: &mut Vec<UploadId>) -> Result<u64, ApiError> {
        batch.sort_unstable();
        batch.dedup();
        let unknown = self.context.store.list_unknown_uploads(batch).await?;
        self.erase_files(&unknown).await;
        batch.clear();
        Ok(unknown.len() as u64)
    }
}
