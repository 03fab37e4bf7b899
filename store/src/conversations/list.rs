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
        let view = View {
            which: match which {
                Shelf::Current => "p.archived_at IS NULL",
                Shelf::Archived => "p.archived_at IS NOT NULL",
            },
            shown: "(NOT v.hidden OR v.last_seen IS NOT NULL)",
            page: "LIMIT $2 OFFSET $3",
        };
        let text = view.text(self.backend());
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
