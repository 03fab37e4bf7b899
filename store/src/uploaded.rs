//! Whether files may be attached to a message.

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::{UploadId, UserId};

use crate::dialect::{column, sql, with_rows};
use crate::{Store, StoreError};

/// Completed uploads of `$1` by their ids.
fn completed_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT u.id FROM v CROSS JOIN uploads u \
         WHERE u.id = v.id AND u.uploader_id = $1 AND u.status = 'COMPLETED'",
        with_rows(backend, &[("id", "uuid")], rows, 2)
    )
}

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
        let text = completed_text(self.backend(), ids.len());
        let uploads = ids.iter().map(|id| id.0.into());
        let values = std::iter::once(user_id.0.into()).chain(uploads);
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok(UploadId(column(row, "id")?)))
            .collect()
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new(
        "uploads: completed",
        sentinal_protocol::limits::ATTACHMENTS_MAX.max(300),
        completed_text,
    )]
}
