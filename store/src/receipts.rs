//! Receipt cursors: how far a user has read, and how far one of their devices has everything.
//!
//! Marking message n marks all up to n, never goes back, and says nothing when nothing changed.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sentinal_protocol::{ConversationId, MessageId, UserId};

use crate::dialect::{column, counter, signed, sql};
use crate::log::lock_head;
use crate::visible::unread_count;
use crate::{Store, StoreError};

/// Messages that one mark tells senders about, at most: whoever sent only before these hears
/// nothing more of it. Bounds the search for senders after a long absence.
const SENDERS_SPAN: u64 = 1_000;

/// Which cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// A device of the user has it.
    Delivered,
    /// The user has read it; implies delivered.
    Read,
}

/// A cursor to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose cursor.
    pub user_id: UserId,
    /// Which one.
    pub kind: ReceiptKind,
    /// Up to where.
    pub up_to: MarkTarget,
    /// Whether others may be told: raises the conversation's receipt counter. Not in large groups.
    pub counted: bool,
}

/// How a mark names the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkTarget {
    /// By its number among the messages.
    Sequence(u64),
    /// The newest message at or below this revision.
    Revision(u64),
}

/// What a mark changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose cursor.
    pub user_id: UserId,
    /// Which one.
    pub kind: ReceiptKind,
    /// Where it is now.
    pub sequence_number: u64,
    /// The message there, if the number has one.
    pub message_id: Option<MessageId>,
    /// For a mark as read: whether it was not yet delivered up to there.
    pub also_delivered: bool,
    /// Whose messages lie between the old and the new place.
    pub senders: Vec<UserId>,
    /// The conversation's receipt counter after it, if the mark was counted.
    pub receipt_version: Option<u64>,
    /// The user's unread messages now.
    pub unread_count: u64,
}

/// A user's cursors in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptCursors {
    /// Whose.
    pub user_id: UserId,
    /// Read up to here.
    pub last_read_sequence: u64,
    /// The message there, if the number has one.
    pub last_read_message: Option<MessageId>,
    /// Delivered up to here.
    pub last_delivered_sequence: u64,
    /// The message there, if the number has one.
    pub last_delivered_message: Option<MessageId>,
}

impl Store {
    /// Moves cursors in one transaction; the answer holds an entry for each that moved.
    pub async fn mark_receipts(&self, marks: &[Mark]) -> Result<Vec<Marked>, StoreError> {
        // Heads are locked in id order.
        let mut marks = marks.to_vec();
        marks.sort_by_key(|mark| mark.conversation_id);
        let tx = self.begin().await?;
        let mut changed = Vec::new();
        for mark in marks {
            if let Some(marked) = mark_one(&tx, mark).await? {
                changed.push(marked);
            }
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// All present participants' cursors.
    pub async fn list_receipts(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Vec<ReceiptCursors>, StoreError> {
        let text = "SELECT p.user_id, p.last_read_sequence, p.last_delivered_sequence, \
                    r.id AS read_id, d.id AS delivered_id FROM participants p \
                    LEFT JOIN messages r ON r.conversation_id = p.conversation_id \
                    AND r.sequence_number = p.last_read_sequence \
                    LEFT JOIN messages d ON d.conversation_id = p.conversation_id \
                    AND d.sequence_number = p.last_delivered_sequence \
                    WHERE p.conversation_id = $1 AND p.left_revision IS NULL";
        let values = [conversation_id.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| {
                let id = |name| {
                    Ok::<_, StoreError>(column::<Option<uuid::Uuid>>(row, name)?.map(MessageId))
                };
                Ok(ReceiptCursors {
                    user_id: UserId(column(row, "user_id")?),
                    last_read_sequence: counter(row, "last_read_sequence")?,
                    last_read_message: id("read_id")?,
                    last_delivered_sequence: counter(row, "last_delivered_sequence")?,
                    last_delivered_message: id("delivered_id")?,
                })
            })
            .collect()
    }

    /// A participant's own cursors: `(read, delivered, unread)`. `None` for anybody else.
    pub async fn find_receipts(
        &self,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Option<(u64, u64, u64)>, StoreError> {
        let text = "SELECT last_read_sequence, last_delivered_sequence FROM participants \
                    WHERE conversation_id = $1 AND user_id = $2 AND left_revision IS NULL";
        let values = [conversation_id.0.into(), user_id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let unread = count_unread(self.read(), conversation_id, user_id).await?;
        Ok(Some((
            counter(&row, "last_read_sequence")?,
            counter(&row, "last_delivered_sequence")?,
            unread,
        )))
    }
}

async fn mark_one(tx: &DatabaseTransaction, mark: Mark) -> Result<Option<Marked>, StoreError> {
    let backend = tx.get_database_backend();
    let (conversation_id, user_id) = (mark.conversation_id, mark.user_id);
    let Some(mut head) = lock_head(tx, conversation_id).await? else {
        return Ok(None);
    };
    let text = "SELECT last_read_sequence, last_delivered_sequence FROM participants \
                WHERE conversation_id = $1 AND user_id = $2 AND left_revision IS NULL";
    let values = [conversation_id.0.into(), user_id.0.into()];
    let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
        return Ok(None);
    };
    let target = match mark.up_to {
        MarkTarget::Sequence(sequence) => sequence,
        MarkTarget::Revision(revision) => {
            let text = "SELECT sequence_number FROM messages WHERE conversation_id = $1 \
                        AND revision <= $2 ORDER BY revision DESC LIMIT 1";
            let values = [conversation_id.0.into(), signed(revision).into()];
            match tx.query_one_raw(sql(backend, text, values)).await? {
                Some(row) => counter(&row, "sequence_number")?,
                None => return Ok(None),
            }
        }
    };
    let target = target.min(head.last_sequence);
    let (read, delivered) = (
        counter(&row, "last_read_sequence")?,
        counter(&row, "last_delivered_sequence")?,
    );
    let before = match mark.kind {
        ReceiptKind::Read => read,
        ReceiptKind::Delivered => delivered,
    };
    if target <= before {
        return Ok(None);
    }
    let also_delivered = mark.kind == ReceiptKind::Read && delivered < target;
    let (read, delivered) = match mark.kind {
        ReceiptKind::Read => (target, delivered.max(target)),
        ReceiptKind::Delivered => (read, target),
    };
    let text = "UPDATE participants SET last_read_sequence = $3, last_delivered_sequence = $4 \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [
        conversation_id.0.into(),
        user_id.0.into(),
        signed(read).into(),
        signed(delivered).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    head.receipt_version += 1;
    let text = "UPDATE conversation_heads SET receipt_version = $2 WHERE conversation_id = $1";
    let values = [
        conversation_id.0.into(),
        signed(head.receipt_version).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "SELECT DISTINCT sender_id FROM messages WHERE conversation_id = $1 \
                AND sequence_number > $2 AND sequence_number <= $3 AND sender_id <> $4";
    let values = [
        conversation_id.0.into(),
        signed(before.max(target.saturating_sub(SENDERS_SPAN))).into(),
        signed(target).into(),
        user_id.0.into(),
    ];
    let rows = tx.query_all_raw(sql(backend, text, values)).await?;
    let senders: Result<_, StoreError> = rows
        .iter()
        .map(|row| Ok(UserId(column(row, "sender_id")?)))
        .collect();
    let text = "SELECT id FROM messages WHERE conversation_id = $1 AND sequence_number = $2";
    let values = [conversation_id.0.into(), signed(target).into()];
    let row = tx.query_one_raw(sql(backend, text, values)).await?;
    let message_id = row
        .map(|row| column(&row, "id").map(MessageId))
        .transpose()?;
    Ok(Some(Marked {
        conversation_id,
        user_id,
        kind: mark.kind,
        sequence_number: target,
        message_id,
        also_delivered,
        senders: senders?,
        receipt_version: mark.counted.then_some(head.receipt_version),
        unread_count: match mark.kind {
            ReceiptKind::Read => count_unread(tx, conversation_id, user_id).await?,
            ReceiptKind::Delivered => 0,
        },
    }))
}

/// Messages above everything that the user has read, cleared or not been there for; not their own,
/// not deleted, not hidden from them.
async fn count_unread<C: ConnectionTrait>(
    connection: &C,
    conversation_id: ConversationId,
    user_id: UserId,
) -> Result<u64, StoreError> {
    let backend = connection.get_database_backend();
    let text = format!(
        "SELECT {} AS unread FROM participants p \
         JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
         WHERE p.user_id = $1 AND p.conversation_id = $2",
        unread_count(backend)
    );
    let values = [user_id.0.into(), conversation_id.0.into()];
    let row = connection
        .query_one_raw(sql(backend, text, values))
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    counter(&row, "unread")
}
