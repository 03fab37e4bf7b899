//! A user's conversations, page by page.

use sea_orm::ConnectionTrait;
use sentinal_protocol::UserId;
use sentinal_protocol::api::conversations::Conversations;

use super::read::{View, conversation};
use crate::dialect::{counter, signed, sql};
use crate::{Store, StoreError};

/// Which part of a user's conversations is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Those in use.
    Current,
    /// Those that the user put away.
    Archived,
}

impl Store {
    /// A page of a user's conversations: pinned first, then by the last message that the user may
    /// see. A hidden one comes back with the next such message.
    pub async fn list_conversations(
        &self,
        user_id: UserId,
        which: Shelf,
        limit: u64,
        offset: u64,
    ) -> Result<Conversations, StoreError> {
        let text = view(which).text(self.backend());
        let values = [
            user_id.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let statement = sql(self.backend(), text, values);
        let mut total = 0;
        let mut conversations = Vec::new();
        for row in self.read().query_all_raw(statement).await? {
            total = counter(&row, "total")?;
            conversations.extend(conversation(&row)?);
        }
        let end = offset.saturating_add(u64::try_from(conversations.len()).unwrap_or(u64::MAX));
        Ok(Conversations {
            has_more: end < total && !conversations.is_empty(),
            conversations,
            total,
        })
    }
}

fn view(shelf: Shelf) -> View<'static> {
    View {
        which: match shelf {
            Shelf::Current => "p.archived_at IS NULL",
            Shelf::Archived => "p.archived_at IS NOT NULL",
        },
        shown: "(NOT v.hidden OR v.last_seen IS NOT NULL)",
        page: "LIMIT $2 OFFSET $3",
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn a_list_walks_through_no_table() {
        let text = view(Shelf::Current).text(DbBackend::Sqlite);
        let values = vec![Uuid::nil().into(), 20_i64.into(), 0_i64.into()];
        // The user's own conversations, the page of them, and their count.
        let scans = table_scans(&text, values, &["v", "p", "t"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
