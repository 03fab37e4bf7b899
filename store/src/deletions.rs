//! Taking messages away: their content for everybody, their place in history too, or for oneself.

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::event::MessageDeleted;
use sentinal_protocol::{ConversationId, ConversationType, MessageId, Role, Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::dialect::{placeholders, signed, sql, with_rows};
use crate::log::save_head;
use crate::message_changes::{Deed, LockedMessage, MessageRefusal, append_deed, lock_message};
use crate::stop::{Settled, Stop, settle};
use crate::visible::{THERE, VISIBLE};
use crate::{Committed, Store, StoreError};

/// How much of a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Its content; a tombstone stays in history. By its sender, or an admin of the group.
    Soft,
    /// Its place in history too; a stub stays, so that a late retry finds its key taken. By its
    /// sender, or the owner of the group.
    Hard,
}

/// What a change of one's own view of a message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnChange {
    /// There is no such message, or the user may not know of it.
    NoMessage,
    /// It was so already.
    Unchanged,
    /// Done; the user's new `account_revision`.
    Changed(u64),
}

impl Store {
    /// Deletes a message for everybody. Again: nothing changes.
    pub async fn delete_message(
        &self,
        id: MessageId,
        caller: UserId,
        deletion: Deletion,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = delete(&tx, id, caller, deletion, now).await;
        settle(tx, done).await
    }

    /// Deletes a message for one user, who does not see it any more on any device.
    pub async fn hide_message(
        &self,
        id: MessageId,
        user_id: UserId,
    ) -> Result<OwnChange, StoreError> {
        let text = format!(
            "INSERT INTO hidden_messages (user_id, conversation_id, sequence_number) \
             SELECT $1, m.conversation_id, m.sequence_number {} \
             ON CONFLICT (user_id, conversation_id, sequence_number) DO NOTHING",
            seen_message()
        );
        self.change_own_view(id, user_id, text, Vec::new()).await
    }

    /// Runs `text`, which changes one user's view (`$1`) of a message (`$2`) if they may see it, and
    /// counts the change.
    pub(crate) async fn change_own_view(
        &self,
        id: MessageId,
        user_id: UserId,
        text: String,
        more: Vec<sea_orm::Value>,
    ) -> Result<OwnChange, StoreError> {
        let tx = self.begin().await?;
        let place = [user_id.0.into(), id.0.into()];
        let seen = format!("SELECT 1 AS seen {}", seen_message());
        let found = tx
            .query_one_raw(sql(self.backend(), seen, place.clone()))
            .await?;
        if found.is_none() {
            tx.rollback().await?;
            return Ok(OwnChange::NoMessage);
        }
        let values = place.into_iter().chain(more);
        let changed = tx.execute_raw(sql(self.backend(), text, values)).await?;
        if changed.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(OwnChange::Unchanged);
        }
        let account_revision = raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(OwnChange::Changed(account_revision))
    }
}

/// `FROM` and `WHERE` of the message `$2` if the user `$1` may see it.
pub(crate) fn seen_message() -> String {
    format!(
        "FROM messages m JOIN conversations c ON c.id = m.conversation_id \
         JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $1 \
         WHERE m.id = $2 AND c.deleted_at IS NULL AND {VISIBLE} AND {THERE}"
    )
}

async fn delete(
    tx: &Transaction,
    id: MessageId,
    caller: UserId,
    deletion: Deletion,
    now: Timestamp,
) -> Result<((), Vec<Committed>), Stop<MessageRefusal>> {
    let mut message = lock_message(tx, id, caller).await?;
    let conversation = &message.conversation;
    let least = match deletion {
        Deletion::Soft => Role::Admin,
        Deletion::Hard => Role::Owner,
    };
    let outranks = conversation.kind == ConversationType::Group && conversation.role >= least;
    if message.sender_id != caller && !outranks {
        return Err(Stop::Refused(MessageRefusal::NotAllowed));
    }
    if deletion == Deletion::Soft && message.is_deleted {
        return Ok(((), Vec::new()));
    }
    write_tombstone(tx, &message, (caller, deletion), now).await?;
    let deed = Deed {
        entry: MessageDeleted {
            message_id: message.id,
            sequence_number: message.sequence_number,
            deleted_at: now,
            hard: deletion == Deletion::Hard,
        },
        actor: caller,
        hidden_from: message.hidden_from,
        content: None,
        at: now,
    };
    let committed = append_deed(tx, &mut message, deed).await?;
    save_head(tx, &message.conversation.head).await?;
    Ok(((), vec![committed]))
}

/// Erases everything that was said in a message and about it.
async fn write_tombstone(
    tx: &Transaction,
    message: &LockedMessage,
    (caller, deletion): (UserId, Deletion),
    now: Timestamp,
) -> Result<(), StoreError> {
    // First the message's own row: whoever else erases or edits it waits here.
    let text = "UPDATE messages SET shared_ciphertext = NULL, shared_header = NULL, \
                metadata = NULL, mentions = NULL, attachments = NULL, updated_at = $3, \
                deleted_at = COALESCE(deleted_at, $3), deleted_by = COALESCE(deleted_by, $4), \
                erased_at = COALESCE(erased_at, $3), hard_deleted = $5 \
                WHERE conversation_id = $1 AND sequence_number = $2";
    let [conversation_id, sequence_number] = message.key();
    let values = [
        conversation_id,
        sequence_number,
        now.0.into(),
        caller.0.into(),
        (deletion == Deletion::Hard).into(),
    ];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    let sequences = [message.sequence_number];
    erase_around(tx, message.conversation_id(), &sequences).await?;
    erase_bodies(tx, message.conversation_id(), &sequences, Keep::Nothing).await
}

/// Tables of what was said about messages.
const AROUND: [&str; 4] = ["reactions", "poll_votes", "polls", "pins"];

fn erase_around_text(table: &str, messages: usize) -> String {
    format!(
        "DELETE FROM {table} WHERE conversation_id = $1 AND sequence_number IN ({})",
        placeholders(messages, 2)
    )
}

/// Deletes what was said about messages: reactions, polls, votes, pins.
pub(crate) async fn erase_around(
    tx: &Transaction,
    conversation_id: ConversationId,
    sequences: &[u64],
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for table in AROUND {
        let text = erase_around_text(table, sequences.len());
        let numbers = sequences.iter().map(|number| signed(*number).into());
        let values = std::iter::once(conversation_id.0.into()).chain(numbers);
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

/// Whose copies of a message stay.
#[derive(Clone, Copy)]
pub(crate) enum Keep {
    Nothing,
    Of(UserId),
}

fn erase_bodies_text(backend: DbBackend, keep: Keep, messages: usize) -> String {
    let (but, first) = match keep {
        Keep::Nothing => ("", 2),
        Keep::Of(_) => ("AND p.user_id <> $2", 3),
    };
    format!(
        "{} DELETE FROM message_ciphertexts \
         WHERE (conversation_id, device_id, sequence_number) IN ( \
             SELECT c.conversation_id, c.device_id, c.sequence_number \
             FROM participants p CROSS JOIN devices d CROSS JOIN v \
             CROSS JOIN message_ciphertexts c WHERE p.conversation_id = $1 {but} \
             AND d.user_id = p.user_id AND c.conversation_id = $1 AND c.device_id = d.id \
             AND c.sequence_number = v.sequence_number)",
        with_rows(backend, &[("sequence_number", "int8")], messages, first)
    )
}

/// Deletes what single devices got of messages. The devices come first in the key, so they are found
/// through whoever takes or took part.
pub(crate) async fn erase_bodies(
    tx: &Transaction,
    conversation_id: ConversationId,
    sequences: &[u64],
    keep: Keep,
) -> Result<(), StoreError> {
    let kept = match keep {
        Keep::Nothing => None,
        Keep::Of(user_id) => Some(user_id),
    };
    let backend = tx.get_database_backend();
    let text = erase_bodies_text(backend, keep, sequences.len());
    let numbers = sequences.iter().map(|number| signed(*number).into());
    let values = std::iter::once(conversation_id.0.into())
        .chain(kept.map(|user_id| user_id.0.into()))
        .chain(numbers);
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Messages that expire in one transaction.
    const MESSAGES: usize = 64;
    let around = AROUND.map(|table| {
        Batched::new(table, MESSAGES, move |_, rows| {
            erase_around_text(table, rows)
        })
    });
    let keeps = [Keep::Nothing, Keep::Of(UserId(uuid::Uuid::nil()))];
    let bodies = keeps.map(|keep| {
        Batched::new("deletions: bodies", MESSAGES, move |backend, rows| {
            erase_bodies_text(backend, keep, rows)
        })
    });
    around.into_iter().chain(bodies).collect()
}
