//! Messages that a user keeps at hand for themself: state of the account.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::pins::Starred;
use sentinal_protocol::{MessageId, Timestamp, UserId};

use crate::deletions::{OwnChange, seen_message};
use crate::dialect::{counter, signed, sql};
use crate::history::{SELECT, from, message};
use crate::reactions::add_reactions;
use crate::viewer::Viewer;
use crate::visible::{SPEAKS, THERE, VISIBLE};
use crate::{Store, StoreError};

impl Store {
    /// Stars a message for a user.
    pub async fn star_message(
        &self,
        id: MessageId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<OwnChange, StoreError> {
        let text = format!(
            "INSERT INTO stars (user_id, conversation_id, sequence_number, created_at) \
             SELECT $1, m.conversation_id, m.sequence_number, $3 {} \
             ON CONFLICT (user_id, conversation_id, sequence_number) DO NOTHING",
            seen_message()
        );
        self.change_own_view(id, user_id, text, vec![now.0.into()])
            .await
    }

    /// Takes a user's star off a message.
    pub async fn unstar_message(
        &self,
        id: MessageId,
        user_id: UserId,
    ) -> Result<OwnChange, StoreError> {
        let text = "DELETE FROM stars WHERE user_id = $1 AND (conversation_id, sequence_number) = \
                    (SELECT conversation_id, sequence_number FROM messages WHERE id = $2)";
        self.change_own_view(id, user_id, text.to_owned(), Vec::new())
            .await
    }

    /// A page of a user's starred messages that still say something, the one starred last first.
    pub async fn list_starred(
        &self,
        viewer: Viewer<'_>,
        (offset, limit): (u64, u64),
    ) -> Result<Starred, StoreError> {
        let backend = self.backend();
        let which = format!(
            "JOIN stars t ON t.conversation_id = m.conversation_id \
             AND t.sequence_number = m.sequence_number AND t.user_id = $1 \
             JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL \
             JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $1 \
             WHERE {VISIBLE} AND {THERE} AND {SPEAKS}"
        );
        let values = [
            viewer.user_id.0.into(),
            viewer.device_id.0.into(),
            viewer.now.0.into(),
        ];
        let from = from("$2");
        let text = format!("SELECT COUNT(*) AS total {from} {which}");
        let statement = sql(backend, text, values.clone());
        let row = self.read().query_one_raw(statement).await?;
        let total = row.map_or(Ok(0), |row| counter(&row, "total"))?;
        let text = format!(
            "{SELECT} {from} {which} ORDER BY t.created_at DESC, m.id DESC LIMIT $4 OFFSET $5"
        );
        let page = [signed(limit).into(), signed(offset).into()];
        let values = values.into_iter().chain(page);
        let rows = self
            .read()
            .query_all_raw(sql(backend, text, values))
            .await?;
        let messages: Result<Vec<_>, _> = rows.iter().map(|row| message(row, viewer)).collect();
        let mut messages = messages?;
        add_reactions(self.read(), viewer, &mut messages).await?;
        let end = offset.saturating_add(u64::try_from(messages.len()).unwrap_or(u64::MAX));
        Ok(Starred {
            has_more: end < total,
            messages,
            total,
        })
    }
}
