//! What is done to a message: finding it under the lock of its conversation's head, and the entry of
//! the log that tells of it.
//!
//! In a DM two things are decided here once for all kinds: who has blocked the other side does
//! nothing to its messages, and what the blocked side does is hidden from the blocker for ever.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use sentinal_protocol::event::Logged;
use sentinal_protocol::{ConversationId, ConversationType, MessageId, Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::entry::{Change, Committed, Entry, MessageChange, NewContent};
use crate::log::write_change;
use crate::participants::{Locked, lock_conversation};
use crate::stop::Stop;
use crate::visible::{THERE, VISIBLE};
use crate::{Store, StoreError};

/// Why nothing was done to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRefusal {
    /// There is no such message, or the caller may not know of it.
    NoMessage,
    /// It is not the caller's to do this.
    NotAllowed,
    /// The caller has blocked the other side.
    Blocked,
    /// The account of the other side of the DM was deleted.
    AccountDeleted,
    /// It says nothing any more: deleted or expired.
    Gone,
    /// Roster or rights changed since it was checked: check again.
    Stale,
    /// The caller has left as many reactions, or the conversation has as many pins, as are allowed.
    TooMany,
    /// There is nothing to vote for.
    NoPoll,
    /// Voting has ended.
    PollClosed,
    /// The poll has no such option.
    NoSuchOption,
    /// The poll takes one option only.
    OneOption,
}

/// A message under the lock of its conversation's head.
pub(crate) struct LockedMessage {
    pub(crate) id: MessageId,
    pub(crate) conversation: Locked,
    pub(crate) sequence_number: u64,
    pub(crate) revision: u64,
    pub(crate) sender_id: UserId,
    /// Who must not see what the caller does to it.
    pub(crate) hidden_from: Option<UserId>,
    /// Whether the caller has blocked the other side of the DM.
    pub(crate) blocks_other: bool,
    /// Whether it is in a DM whose other side has deleted the account.
    other_gone: bool,
    /// Whether it was deleted, with its sender's account too.
    pub(crate) is_deleted: bool,
    expires_at: Option<Timestamp>,
}

impl LockedMessage {
    /// Whether it says something at this time.
    pub(crate) fn speaks(&self, now: Timestamp) -> bool {
        !self.is_deleted && self.expires_at.is_none_or(|at| at > now)
    }

    /// Refuses what needs a message that speaks to both sides.
    pub(crate) fn check_open(&self, now: Timestamp) -> Result<(), Stop<MessageRefusal>> {
        if self.blocks_other {
            return Err(Stop::Refused(MessageRefusal::Blocked));
        }
        if self.other_gone {
            return Err(Stop::Refused(MessageRefusal::AccountDeleted));
        }
        if !self.speaks(now) {
            return Err(Stop::Refused(MessageRefusal::Gone));
        }
        Ok(())
    }

    /// Its conversation.
    pub(crate) fn conversation_id(&self) -> ConversationId {
        self.conversation.head.conversation_id
    }

    /// Conversation and number, as tables keyed by them take them.
    pub(crate) fn key(&self) -> [sea_orm::Value; 2] {
        [
            self.conversation_id().0.into(),
            signed(self.sequence_number).into(),
        ]
    }
}

/// Finds a message that the caller may see and locks its conversation's head.
pub(crate) async fn lock_message(
    tx: &Transaction,
    id: MessageId,
    caller: UserId,
) -> Result<LockedMessage, Stop<MessageRefusal>> {
    let backend = tx.get_database_backend();
    let unknown = || Stop::Refused(MessageRefusal::NoMessage);
    let text = "SELECT conversation_id FROM messages WHERE id = $1";
    let found = tx
        .query_one_raw(sql(backend, text, [id.0.into()]))
        .await?
        .ok_or_else(unknown)?;
    let conversation_id = ConversationId(column(&found, "conversation_id")?);
    let conversation = lock_conversation(tx, conversation_id, caller)
        .await?
        .ok_or_else(unknown)?;
    let text = format!(
        "SELECT m.sequence_number, m.revision, m.sender_id, m.hidden_from, \
         COALESCE(m.deleted_at, e.erased_at) AS deleted_at, m.expires_at FROM messages m \
         LEFT JOIN erasures e ON e.user_id = m.sender_id \
         JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $1 \
         WHERE m.id = $2 AND {VISIBLE} AND {THERE}"
    );
    let values = [caller.0.into(), id.0.into()];
    let row = tx
        .query_one_raw(sql(backend, text, values))
        .await?
        .ok_or_else(unknown)?;
    let blocks = match conversation.kind {
        ConversationType::Dm => find_blocks(tx, conversation_id, caller).await?,
        ConversationType::Group => Blocks::default(),
    };
    let hidden_from = column::<Option<uuid::Uuid>>(&row, "hidden_from")?.map(UserId);
    Ok(LockedMessage {
        id,
        conversation,
        sequence_number: counter(&row, "sequence_number")?,
        revision: counter(&row, "revision")?,
        sender_id: UserId(column(&row, "sender_id")?),
        hidden_from: hidden_from.or(blocks.by),
        blocks_other: blocks.of_other,
        other_gone: blocks.other_gone,
        is_deleted: column::<Option<i64>>(&row, "deleted_at")?.is_some(),
        expires_at: column::<Option<i64>>(&row, "expires_at")?.map(Timestamp),
    })
}

/// What stands between the two of a DM, as one of them sees it.
#[derive(Default)]
struct Blocks {
    /// Who has blocked the caller.
    by: Option<UserId>,
    /// Whether the caller has blocked the other one.
    of_other: bool,
    /// Whether there is no other one any more: only a deleted account leaves a DM.
    other_gone: bool,
}

async fn find_blocks(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
) -> Result<Blocks, StoreError> {
    let text = "SELECT o.user_id, back.user_id IS NOT NULL AS by_other, \
                own.user_id IS NOT NULL AS of_other FROM participants o \
                LEFT JOIN blocks back ON back.user_id = o.user_id AND back.blocked_user_id = $1 \
                LEFT JOIN blocks own ON own.user_id = $1 AND own.blocked_user_id = o.user_id \
                WHERE o.conversation_id = $2 AND o.user_id <> $1 AND o.left_revision IS NULL \
                AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = o.user_id)";
    let values = [caller.0.into(), conversation_id.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let Some(row) = tx.query_one_raw(statement).await? else {
        return Ok(Blocks {
            other_gone: true,
            ..Blocks::default()
        });
    };
    let other = UserId(column(&row, "user_id")?);
    Ok(Blocks {
        by: column::<bool>(&row, "by_other")?.then_some(other),
        of_other: column(&row, "of_other")?,
        other_gone: false,
    })
}

/// What is done to a message, and by whom.
pub(crate) struct Deed<E> {
    /// What the log says of it.
    pub(crate) entry: E,
    pub(crate) actor: UserId,
    pub(crate) hidden_from: Option<UserId>,
    pub(crate) content: Option<NewContent>,
    pub(crate) at: Timestamp,
}

/// Appends what was done to a message to the log; `save_head` must follow.
pub(crate) async fn append_deed<E: Logged>(
    tx: &Transaction,
    message: &mut LockedMessage,
    deed: Deed<E>,
) -> Result<Committed, StoreError> {
    let change = Change {
        hidden_from: deed.hidden_from,
        ..Change::new(&deed.entry, Some(message.id.0), deed.actor, deed.at)
    };
    let witnesses = list_witnesses(tx, message.conversation_id(), message.revision).await?;
    let put_away_by = list_put_away_by(tx, message).await?;
    write_change(tx, &mut message.conversation.head, &change).await?;
    Ok(Committed {
        conversation_id: message.conversation_id(),
        revision: message.conversation.head.revision,
        entry: Entry::MessageChange(Arc::new(MessageChange {
            change,
            message_revision: message.revision,
            witnesses,
            put_away_by,
            content: deed.content,
        })),
    })
}

/// Participants who have deleted a message for themselves, or cleared the DM that it is in: for them
/// nothing is done to it any more.
async fn list_put_away_by(
    tx: &Transaction,
    message: &LockedMessage,
) -> Result<Vec<UserId>, StoreError> {
    let cleared = match message.conversation.kind {
        ConversationType::Dm => {
            "UNION SELECT user_id FROM participants \
             WHERE conversation_id = $1 AND cleared_sequence >= $2"
        }
        ConversationType::Group => "",
    };
    let text = format!(
        "SELECT user_id FROM hidden_messages \
         WHERE conversation_id = $1 AND sequence_number = $2 {cleared}"
    );
    let statement = sql(tx.get_database_backend(), text, message.key());
    let rows = tx.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(UserId(column(row, "user_id")?)))
        .collect()
}

/// Present participants who joined after a revision and had been there when it was made.
async fn list_witnesses<C: ConnectionTrait>(
    connection: &C,
    conversation_id: ConversationId,
    revision: u64,
) -> Result<Vec<UserId>, StoreError> {
    let text = "SELECT p.user_id FROM participants p JOIN participant_intervals i \
                ON i.conversation_id = p.conversation_id AND i.user_id = p.user_id \
                WHERE p.conversation_id = $1 AND p.left_revision IS NULL \
                AND p.joined_revision > $2 AND i.joined_revision <= $2 AND i.left_revision >= $2";
    let values = [conversation_id.0.into(), signed(revision).into()];
    let statement = sql(connection.get_database_backend(), text, values);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(UserId(column(row, "user_id")?)))
        .collect()
}

impl Store {
    /// Present participants who joined after a message was sent and had been there when it was.
    pub async fn list_witnesses(
        &self,
        conversation_id: ConversationId,
        revision: u64,
    ) -> Result<Vec<UserId>, StoreError> {
        list_witnesses(self.read(), conversation_id, revision).await
    }
}
