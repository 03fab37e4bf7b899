//! Receipt cursors: how far a user has read, and how far one of their devices has everything.
//!
//! Marking message n marks all up to n, never goes back, and says nothing when nothing changed.
//!
//! Marks come in *slices* of many participants, because every message is acknowledged by every
//! device that got it. A slice takes a fixed number of statements:
//!
//! 1. Before the transaction, on a reading connection ([`moves`]): where the cursors are, where they
//!    shall be, and whose messages lie between. What does not move ends here, so a second device
//!    that acknowledges the same messages writes nothing but its own cursor.
//! 2. In the transaction ([`write`]), which is kept short because every send waits for it on
//!    SQLite: the cursors of participants, the counters under which devices find that they missed
//!    an event, the cursors of devices.
//!
//! Between the two, a cursor may be moved by another node; so the update compares again and answers
//! where each cursor is now, and only what this slice moved is published.
//!
//! **How a missed event is found.** In groups of up to `CHATTY_GROUP_MAX` people others are told of
//! a move: it raises the head's `receipt_version`, and a socket that sees the counter jump reads the
//! present cursors. In larger groups only cursors are kept. Nobody but the user's own devices is told,
//! and only of reading: that raises the user's `account_revision` and leaves the head alone, because
//! otherwise every receipt would send every socket of the group to read the cursors of all its
//! members. The same goes for reading of which others may not know, as across a block in a DM
//! ([`shown`]): a counter that moved would tell of it. A move that nobody is told of (a delivered mark
//! in a large group, or one over the user's own messages only) locks and writes no head at all.

mod cursors;
mod moves;
mod shown;
mod write;

pub(crate) use shown::{shown_delivered, shown_read};

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::{ConversationId, DeviceId, MessageId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::dialect::{READ_ROWS_MAX, column, counter, signed, sql, unsigned, with_rows};
use crate::visible::unread_count_of;
use crate::{Store, StoreError};

/// Which cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// A device of the user has it.
    Delivered,
    /// The user has read it; implies delivered.
    Read,
}

/// A cursor to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The conversation.
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

/// A cursor that moved and of which somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Whose cursor.
    pub user_id: UserId,
    /// Which one.
    pub kind: ReceiptKind,
    /// Where it is now.
    pub sequence_number: u64,
    /// For a mark as read: whether it was not yet delivered up to there.
    pub also_delivered: bool,
    /// Who is told, and how those who miss it find out.
    pub audience: MarkAudience,
}

/// Who is told that a cursor moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkAudience {
    /// The senders and the user's own devices, in a conversation that counts receipts.
    Conversation {
        /// The conversation's receipt counter after the move.
        receipt_version: u64,
        /// Whose messages lie between the old and the new place.
        senders: Vec<UserId>,
        /// The message at the new place, if the number has one.
        message_id: Option<MessageId>,
    },
    /// Only the user's own devices, in a large group.
    OwnDevices {
        /// The user's account revision after the move.
        account_revision: u64,
    },
}

/// How far a device has everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckedCursor {
    /// The device.
    pub device_id: DeviceId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The device has everything up to here.
    pub revision: u64,
    /// The receipt counter up to which it was told.
    pub receipt_version: u64,
}

/// A participant's cursors, as another one is shown them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptCursors {
    /// The participant.
    pub user_id: UserId,
    /// Read up to here: the number, and the message if the number has one. `None` if it is not shown.
    pub read: Option<(u64, Option<MessageId>)>,
    /// Delivered up to here, likewise.
    pub delivered: Option<(u64, Option<MessageId>)>,
}

/// What a participant has not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadMark {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The participant.
    pub user_id: UserId,
    /// Read up to here.
    pub last_read_sequence: u64,
    /// How many messages are unread.
    pub unread_count: u64,
}

impl Store {
    /// Writes a slice of receipts in one transaction: the cursors of devices, which never go back,
    /// and the cursors of participants that `marks` move. Answers the moves that somebody is told of,
    /// in the order of their counters.
    pub async fn mark_receipts(
        &self,
        acks: &[AckedCursor],
        marks: &[Mark],
    ) -> Result<Vec<Marked>, StoreError> {
        let moves = self.find_moves(marks).await?;
        if acks.is_empty() && moves.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.begin().await?;
        let marked = write::write_moves(&tx, moves).await?;
        write::write_acked(&tx, acks).await?;
        tx.commit().await?;
        Ok(marked)
    }

    /// How much these participants have not read. Who takes part no more is left out.
    pub async fn count_unread(
        &self,
        participants: &[(ConversationId, UserId)],
        now: Timestamp,
    ) -> Result<HashMap<(ConversationId, UserId), u64>, StoreError> {
        let marks = self.list_unread_marks(participants, u64::MAX, now).await?;
        let counts = marks.into_iter();
        let counts = counts.map(|it| ((it.conversation_id, it.user_id), it.unread_count));
        Ok(counts.collect())
    }

    /// How much those of these participants have not read who have not read up to message `up_to`.
    pub async fn list_unread_marks(
        &self,
        participants: &[(ConversationId, UserId)],
        up_to: u64,
        now: Timestamp,
    ) -> Result<Vec<UnreadMark>, StoreError> {
        let backend = self.backend();
        let mut marks = Vec::with_capacity(participants.len());
        for chunk in participants.chunks(READ_ROWS_MAX) {
            let text = unread_text(backend, chunk.len());
            let values = chunk.iter().flat_map(|(conversation_id, user_id)| {
                [conversation_id.0.into(), user_id.0.into()]
            });
            let values = [now.0.into(), signed(up_to).into()]
                .into_iter()
                .chain(values);
            for row in self
                .read()
                .query_all_raw(sql(backend, text, values))
                .await?
            {
                marks.push(UnreadMark {
                    conversation_id: ConversationId(column(&row, "conversation_id")?),
                    user_id: UserId(column(&row, "user_id")?),
                    last_read_sequence: counter(&row, "last_read_sequence")?,
                    unread_count: counter(&row, "unread")?,
                });
            }
        }
        Ok(marks)
    }

    /// The cursors of the other present participants, as `viewer` is shown them.
    pub async fn list_receipts(
        &self,
        conversation_id: ConversationId,
        viewer: UserId,
    ) -> Result<Vec<ReceiptCursors>, StoreError> {
        let backend = self.backend();
        let text = format!(
            "SELECT q.user_id, q.read_to, q.delivered_to, r.id AS read_id, d.id AS delivered_id \
             FROM (SELECT p.conversation_id, p.user_id, {} AS read_to, {} AS delivered_to \
                 FROM participants p JOIN conversations c ON c.id = p.conversation_id \
                 WHERE p.conversation_id = $1 AND p.left_revision IS NULL AND p.user_id <> $2) q \
             LEFT JOIN messages r ON r.conversation_id = q.conversation_id \
             AND r.sequence_number = q.read_to \
             LEFT JOIN messages d ON d.conversation_id = q.conversation_id \
             AND d.sequence_number = q.delivered_to",
            shown_read(backend, "$2"),
            shown_delivered(backend, "$2"),
        );
        let values = [conversation_id.0.into(), viewer.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(backend, text, values))
            .await?;
        rows.iter()
            .map(|row| {
                let shown = |number, id| -> Result<_, StoreError> {
                    let Some(number) = column::<Option<i64>>(row, number)? else {
                        return Ok(None);
                    };
                    let id = column::<Option<uuid::Uuid>>(row, id)?.map(MessageId);
                    Ok(Some((unsigned(number)?, id)))
                };
                Ok(ReceiptCursors {
                    user_id: UserId(column(row, "user_id")?),
                    read: shown("read_to", "read_id")?,
                    delivered: shown("delivered_to", "delivered_id")?,
                })
            })
            .collect()
    }

    /// A participant's own cursors: `(read, delivered, unread)`. `None` for anybody else.
    pub async fn find_receipts(
        &self,
        conversation_id: ConversationId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Option<(u64, u64, u64)>, StoreError> {
        let text = "SELECT last_read_sequence, last_delivered_sequence FROM participants \
                    WHERE conversation_id = $1 AND user_id = $2 AND left_revision IS NULL";
        let values = [conversation_id.0.into(), user_id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let of = (conversation_id, user_id);
        let unread = self.count_unread(&[of], now).await?;
        // Nothing is unread to somebody who has just left.
        let unread = unread.get(&of).copied().unwrap_or(0);
        Ok(Some((
            counter(&row, "last_read_sequence")?,
            counter(&row, "last_delivered_sequence")?,
            unread,
        )))
    }
}

/// How much participants have not read at the time in `$1`, of those who have read less than `$2`.
fn unread_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("conversation_id", "uuid"), ("user_id", "uuid")];
    format!(
        "{} SELECT p.conversation_id, p.user_id, p.last_read_sequence, {} AS unread \
         FROM v CROSS JOIN participants p CROSS JOIN conversation_heads h \
         WHERE p.conversation_id = v.conversation_id AND p.user_id = v.user_id \
         AND p.left_revision IS NULL AND p.last_read_sequence < $2 \
         AND h.conversation_id = v.conversation_id",
        with_rows(backend, &columns, rows, 3),
        unread_count_of(backend, "p.user_id", "$1")
    )
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let mut all = moves::batched();
    all.extend(shown::batched());
    all.extend(write::batched());
    all.push(Batched::new("receipts: unread", READ_ROWS_MAX, unread_text));
    all
}
