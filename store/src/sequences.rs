//! The message counter of a conversation, as clients may read it and take numbers from it.

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sentinal_entity::reserved_sequences;
use sentinal_protocol::event::Revision;
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{counter, signed, sql};
use crate::entry::Change;
use crate::log::{append, save_head};
use crate::participants::lock_conversation;
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// Why a number was not reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReserveRefusal {
    /// The caller takes part in no such conversation.
    NoConversation,
    /// The caller may not send there, so may not take numbers either.
    Rank,
}

impl Store {
    /// The highest message number given in a conversation of the user.
    pub async fn find_last_sequence(
        &self,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Option<u64>, StoreError> {
        let text = "SELECT h.last_sequence FROM participants p \
                    JOIN conversations c ON c.id = p.conversation_id \
                    JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                    WHERE p.conversation_id = $1 AND p.user_id = $2 \
                    AND p.left_revision IS NULL AND c.deleted_at IS NULL";
        let values = [conversation_id.0.into(), user_id.0.into()];
        let statement = sql(self.backend(), text, values);
        let row = self.read().query_one_raw(statement).await?;
        row.map(|row| counter(&row, "last_sequence")).transpose()
    }

    /// Takes the next message number for the caller. No message will have it; the log tells
    /// everybody, so that the hole is a known one.
    pub async fn reserve_sequence(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        now: Timestamp,
    ) -> Result<Settled<u64, ReserveRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = reserve(&tx, conversation_id, caller, now).await;
        settle(tx, done).await
    }
}

async fn reserve(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    now: Timestamp,
) -> Result<(u64, Vec<Committed>), Stop<ReserveRefusal>> {
    let Some(mut conversation) = lock_conversation(tx, conversation_id, caller).await? else {
        return Err(Stop::Refused(ReserveRefusal::NoConversation));
    };
    if !conversation.allows(conversation.permission_send) {
        return Err(Stop::Refused(ReserveRefusal::Rank));
    }
    let head = &mut conversation.head;
    head.last_sequence += 1;
    let row = reserved_sequences::ActiveModel {
        conversation_id: Set(conversation_id.0),
        sequence_number: Set(signed(head.last_sequence)),
    };
    reserved_sequences::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    let reserved = Revision {
        reserved_sequence: Some(head.last_sequence),
        ..Revision::default()
    };
    let change = Change::new(&reserved, None, caller, now);
    let committed = append(tx, head, change).await?;
    save_head(tx, head).await?;
    Ok((head.last_sequence, vec![committed]))
}
