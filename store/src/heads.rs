//! Reading the counters of many conversations at once.

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::ConversationId;

use crate::dialect::{READ_ROWS_MAX, column, counter, sql, with_rows};
use crate::{Store, StoreError};

impl Store {
    /// Present heads of these conversations: `(revision, receipt_version)`; for the sweep.
    pub async fn list_heads(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, u64, u64)>, StoreError> {
        let mut heads = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(READ_ROWS_MAX) {
            let text = heads_text(self.backend(), chunk.len());
            let values = chunk.iter().map(|id| id.0.into());
            for row in self
                .read()
                .query_all_raw(sql(self.backend(), text, values))
                .await?
            {
                heads.push((
                    ConversationId(column(&row, "conversation_id")?),
                    counter(&row, "revision")?,
                    counter(&row, "receipt_version")?,
                ));
            }
        }
        Ok(heads)
    }
}

/// The counters of so many conversations.
fn heads_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT h.conversation_id, h.revision, h.receipt_version \
         FROM v CROSS JOIN conversation_heads h WHERE h.conversation_id = v.id",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new(
        "heads: of conversations",
        READ_ROWS_MAX,
        heads_text,
    )]
}
