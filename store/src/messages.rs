//! Finding single messages.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{ConversationId, MessageId, UserId};

use crate::dialect::{column, counter, sql};
use crate::visible::{THERE, VISIBLE};
use crate::{Store, StoreError};

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePlace {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Its number among the changes.
    pub revision: u64,
    /// Who sent it.
    pub sender_id: UserId,
}

impl Store {
    /// Where a message is, if this user may know of it: a present participant, during one of whose
    /// intervals it was sent, and from whom it is not hidden.
    pub async fn find_message_place(
        &self,
        id: MessageId,
        user_id: UserId,
    ) -> Result<Option<MessagePlace>, StoreError> {
        let text = format!(
            "SELECT m.conversation_id, m.sequence_number, m.revision, m.sender_id \
             FROM messages m \
             JOIN conversations c ON c.id = m.conversation_id AND c.deleted_at IS NULL \
             JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $1 \
             WHERE m.id = $2 AND {VISIBLE} AND {THERE}"
        );
        let values = [user_id.0.into(), id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| {
            Ok(MessagePlace {
                conversation_id: ConversationId(column(&row, "conversation_id")?),
                sequence_number: counter(&row, "sequence_number")?,
                revision: counter(&row, "revision")?,
                sender_id: UserId(column(&row, "sender_id")?),
            })
        })
        .transpose()
    }
}
