//! Whether files may be attached to a message.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{UploadId, UserId};

use crate::dialect::{column, placeholders, sql};
use crate::{Store, StoreError};

impl Store {
    /// Those of `ids` that are completed uploads of this user.
    pub async fn list_completed_uploads(
        &self,
        user_id: UserId,
        ids: &[UploadId],
    ) -> Result<Vec<UploadId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT id FROM uploads WHERE uploader_id = $1 AND status = 'COMPLETED' \
             AND id IN ({})",
            placeholders(ids.len(), 2)
        );
        let uploads = ids.iter().map(|id| id.0.into());
        let values = std::iter::once(user_id.0.into()).chain(uploads);
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok(UploadId(column(row, "id")?)))
            .collect()
    }
}
