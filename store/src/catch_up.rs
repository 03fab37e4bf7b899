//! Reading the log on behalf of one device: where it stands, and page after page of what it missed.

mod changes;
mod messages;

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::{ConversationId, DeviceId, MessageId, MessageType, Timestamp, UserId};

use crate::dialect::{column, counter, placeholders, signed, sql, unsigned, values_rows};
use crate::log::{Body, VARIABLES_MAX};
use crate::{Store, StoreError};

/// Entries of one page, at most.
const PAGE_ROWS: i64 = 256;
/// Ciphertext of one page, bytes; passed by at most one message.
const PAGE_BYTES: i64 = 128 * 1024;
/// What a message without any content is reckoned to take, bytes.
const ROW_BYTES: i64 = 512;

/// Who reads a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The account.
    pub user_id: UserId,
    /// Its device.
    pub device_id: DeviceId,
}

/// Where a device stands in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The last revision that the device may see now.
    pub head: u64,
    /// The revision up to which it has acknowledged everything.
    pub cursor: u64,
    /// Nothing up to here is ever shown to it.
    pub start: u64,
    /// The conversation's receipt counter.
    pub receipt_version: u64,
    /// The receipt counter up to which the device was told.
    pub receipts_seen: u64,
}

/// A page of a log.
#[derive(Debug)]
pub struct LogPage {
    /// In the order of revisions.
    pub entries: Vec<LogEntry>,
    /// Everything up to here was read.
    pub position: u64,
    /// The last revision that the device may see, as of this page.
    pub head: u64,
    /// The conversation's receipt counter, as of this page.
    pub receipt_version: u64,
    /// Whether the user takes part no more: nothing will follow `head`.
    pub ended: bool,
}

/// One entry as one device sees it.
#[derive(Debug)]
pub struct LogEntry {
    /// Its place in the log.
    pub revision: u64,
    /// What it is.
    pub item: LogItem,
}

/// What an entry is.
#[derive(Debug)]
pub enum LogItem {
    /// A message with this device's content.
    Message(Box<DeviceMessage>),
    /// A change; `payload` is the JSON text of the event's own fields.
    Change {
        /// The event's type.
        kind: String,
        /// Whom or what it is about.
        subject: Option<uuid::Uuid>,
        /// Who did it.
        actor: Option<UserId>,
        /// JSON text of an object.
        payload: String,
        /// When it was stored.
        at: Timestamp,
        /// If it is an edit: what the message says to this device today.
        edited: Option<Box<EditedContent>>,
    },
    /// Something that this device may not see.
    Hidden,
    /// The entries from here to the revision are gone from the log.
    Compacted {
        /// The first that is gone.
        from: u64,
    },
}

/// What a device gets of an edited message.
#[derive(Debug, Default)]
pub struct EditedContent {
    /// One body for all devices.
    pub shared: Option<Body>,
    /// This device's own body.
    pub own: Option<Body>,
}

/// A message as one device sees it.
#[derive(Debug)]
pub struct DeviceMessage {
    /// The message.
    pub id: MessageId,
    /// Its number among the messages.
    pub sequence_number: u64,
    /// Who sent it.
    pub sender_id: UserId,
    /// The client's string of the sending device.
    pub sender_device_id: Option<String>,
    /// What kind of content it announces.
    pub message_type: MessageType,
    /// The sender's id for it.
    pub client_message_id: Option<String>,
    /// The message that this one answers.
    pub reply_to_message_id: Option<MessageId>,
    /// JSON text of an array of user ids.
    pub mentions: Option<String>,
    /// JSON text of an array of upload ids.
    pub attachments: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// This device's own body.
    pub own: Option<Body>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its content was last replaced.
    pub edited_at: Option<Timestamp>,
    /// When its content was taken away.
    pub deleted_at: Option<Timestamp>,
    /// When its content goes by itself.
    pub expires_at: Option<Timestamp>,
}

/// A span of revisions during which a user takes part, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interval {
    first: u64,
    last: u64,
}

/// A part of a conversation's log that a present or former participant reads.
struct Stretch {
    conversation_id: ConversationId,
    span: Interval,
    /// Where the last membership begins.
    joined: u64,
}

/// The span to read next after `after`: the first one that has something left.
fn next_span(intervals: &[Interval], after: u64) -> Option<Interval> {
    let interval = intervals.iter().find(|interval| interval.last > after)?;
    Some(Interval {
        first: interval.first.max(after + 1),
        last: interval.last,
    })
}

impl Store {
    /// Where a device stands in each conversation that its user is in, and in those that the user
    /// left while the device still has something to hear of them. One indexed statement however
    /// many conversations there are.
    pub async fn list_standings(&self, reader: Reader) -> Result<Vec<Standing>, StoreError> {
        let text = "SELECT p.conversation_id, p.joined_revision, p.left_revision, h.revision, \
                    h.receipt_version, c.acked_revision, c.start_revision, \
                    c.receipt_version AS receipts_seen \
                    FROM participants p JOIN conversation_heads h \
                    ON h.conversation_id = p.conversation_id \
                    JOIN devices d ON d.id = $2 \
                    LEFT JOIN device_cursors c ON c.device_id = $2 \
                    AND c.conversation_id = p.conversation_id \
                    WHERE p.user_id = $1 AND (p.left_revision IS NULL \
                    OR c.acked_revision < p.left_revision \
                    OR (c.acked_revision IS NULL AND p.left_at > d.created_at))";
        let values = [reader.user_id.0.into(), reader.device_id.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| {
                let joined = counter(row, "joined_revision")?;
                let left = column::<Option<i64>>(row, "left_revision")?;
                let left = left.map(unsigned).transpose()?;
                let acked = column::<Option<i64>>(row, "acked_revision")?;
                let acked = acked.map(unsigned).transpose()?;
                let start = column::<Option<i64>>(row, "start_revision")?;
                let start = start.map(unsigned).transpose()?;
                let seen = column::<Option<i64>>(row, "receipts_seen")?;
                Ok(Standing {
                    conversation_id: ConversationId(column(row, "conversation_id")?),
                    head: left.unwrap_or(counter(row, "revision")?),
                    cursor: acked.unwrap_or(joined.saturating_sub(1)),
                    start: start.unwrap_or(joined.saturating_sub(1)),
                    receipt_version: counter(row, "receipt_version")?,
                    receipts_seen: seen.map(unsigned).transpose()?.unwrap_or(0),
                })
            })
            .collect()
    }

    /// The next page of a conversation's log for a device, after revision `after` (its cursor if
    /// `None`), bounded in rows and bytes. `None` if the user never took part.
    ///
    /// Pages respect the intervals of membership: what lies between leaving and coming back is
    /// skipped. No transaction is held: rows up to the head that is read first cannot change their
    /// place any more.
    pub async fn read_log(
        &self,
        reader: Reader,
        conversation_id: ConversationId,
        after: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<LogPage>, StoreError> {
        let text = "SELECT p.joined_revision, p.left_revision, p.cleared_sequence, h.revision, \
                    h.receipt_version, c.acked_revision FROM participants p \
                    JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                    LEFT JOIN device_cursors c ON c.device_id = $3 \
                    AND c.conversation_id = p.conversation_id \
                    WHERE p.conversation_id = $1 AND p.user_id = $2";
        let values = [
            conversation_id.0.into(),
            reader.user_id.0.into(),
            reader.device_id.0.into(),
        ];
        let Some(row) = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?
        else {
            return Ok(None);
        };
        let joined = counter(&row, "joined_revision")?;
        let left = column::<Option<i64>>(&row, "left_revision")?
            .map(unsigned)
            .transpose()?;
        let head = left.unwrap_or(counter(&row, "revision")?);
        let ended = left.is_some();
        let receipt_version = counter(&row, "receipt_version")?;
        let acked = column::<Option<i64>>(&row, "acked_revision")?
            .map(unsigned)
            .transpose()?;
        let after = after.or(acked).unwrap_or(joined.saturating_sub(1));
        let mut intervals = Vec::new();
        if after + 1 < joined {
            intervals = self
                .list_intervals(reader.user_id, conversation_id, after)
                .await?;
        }
        intervals.push(Interval {
            first: joined,
            last: head,
        });
        let Some(span) = next_span(&intervals, after) else {
            let position = after.max(head);
            return Ok(Some(LogPage {
                entries: Vec::new(),
                position,
                head,
                receipt_version,
                ended,
            }));
        };
        let (mut messages, messages_end) = self
            .read_messages(reader, conversation_id, span, now)
            .await?;
        hide_cleared(&mut messages, counter(&row, "cleared_sequence")?);
        let stretch = Stretch {
            conversation_id,
            span,
            joined,
        };
        let (changes, changes_end) = self.read_changes(reader, stretch, now).await?;
        let position = messages_end.min(changes_end);
        let entries = merge(messages, changes, span.first, position);
        Ok(Some(LogPage {
            entries,
            position,
            head,
            receipt_version,
            ended,
        }))
    }

    async fn list_intervals(
        &self,
        user_id: UserId,
        conversation_id: ConversationId,
        after: u64,
    ) -> Result<Vec<Interval>, StoreError> {
        let text = "SELECT joined_revision, left_revision FROM participant_intervals \
                    WHERE conversation_id = $1 AND user_id = $2 AND left_revision > $3 \
                    ORDER BY joined_revision";
        let values = [
            conversation_id.0.into(),
            user_id.0.into(),
            signed(after).into(),
        ];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| {
                let first = counter(row, "joined_revision")?;
                Ok(Interval {
                    first,
                    last: counter(row, "left_revision")?,
                })
            })
            .collect()
    }

    /// Moves cursors forward, never back, and notes which receipts a device was told of.
    pub async fn mark_acked(&self, acks: &[AckedCursor]) -> Result<(), StoreError> {
        if acks.is_empty() {
            return Ok(());
        }
        let backend = self.backend();
        let most = if backend == sea_orm::DbBackend::Postgres {
            "GREATEST"
        } else {
            "MAX"
        };
        let types = ["uuid", "uuid", "int8", "int8", "int8"];
        let tx = self.begin().await?;
        for chunk in acks.chunks(VARIABLES_MAX / types.len()) {
            let text = format!(
                "INSERT INTO device_cursors AS c (device_id, conversation_id, start_revision, \
                 acked_revision, receipt_version) VALUES {} \
                 ON CONFLICT (device_id, conversation_id) DO UPDATE SET \
                 acked_revision = {most}(c.acked_revision, excluded.acked_revision), \
                 receipt_version = {most}(c.receipt_version, excluded.receipt_version)",
                values_rows(backend, &types, chunk.len(), 1)
            );
            let values = chunk.iter().flat_map(|ack| -> [sea_orm::Value; 5] {
                [
                    ack.device_id.0.into(),
                    ack.conversation_id.0.into(),
                    0_i64.into(),
                    signed(ack.revision).into(),
                    signed(ack.receipt_version).into(),
                ]
            });
            tx.execute_raw(sql(backend, text, values)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Present heads of these conversations: `(revision, receipt_version)`; for the sweep.
    pub async fn list_heads(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, u64, u64)>, StoreError> {
        let mut heads = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(VARIABLES_MAX) {
            let text = format!(
                "SELECT conversation_id, revision, receipt_version FROM conversation_heads \
                 WHERE conversation_id IN ({})",
                placeholders(chunk.len(), 1)
            );
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

/// A cursor to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckedCursor {
    /// Whose.
    pub device_id: DeviceId,
    /// Where.
    pub conversation_id: ConversationId,
    /// The device has everything up to here.
    pub revision: u64,
    /// The receipt counter up to which it was told.
    pub receipt_version: u64,
}

/// A user who has cleared a conversation has done so on all their devices.
fn hide_cleared(messages: &mut [LogEntry], cleared_sequence: u64) {
    for entry in messages {
        if let LogItem::Message(message) = &entry.item
            && message.sequence_number <= cleared_sequence
        {
            entry.item = LogItem::Hidden;
        }
    }
}

/// A ciphertext and its header, if they are to be shown and there is one.
fn body(
    row: &QueryResult,
    shows: bool,
    [ciphertext, header]: [&str; 2],
) -> Result<Option<Body>, StoreError> {
    let ciphertext = column::<Option<Vec<u8>>>(row, ciphertext)?.filter(|_| shows);
    let Some(ciphertext) = ciphertext else {
        return Ok(None);
    };
    Ok(Some(Body {
        ciphertext,
        header: column(row, header)?,
    }))
}

/// Both halves of a page in order, up to `last`; holes become compacted ranges.
fn merge(messages: Vec<LogEntry>, changes: Vec<LogEntry>, first: u64, last: u64) -> Vec<LogEntry> {
    let mut both: Vec<_> = messages.into_iter().chain(changes).collect();
    both.retain(|entry| entry.revision <= last);
    both.sort_by_key(|entry| entry.revision);
    let mut merged = Vec::with_capacity(both.len());
    let mut next = first;
    for entry in both {
        if entry.revision > next {
            let gone = LogItem::Compacted { from: next };
            merged.push(LogEntry {
                revision: entry.revision - 1,
                item: gone,
            });
        }
        next = entry.revision + 1;
        merged.push(entry);
    }
    if next <= last {
        merged.push(LogEntry {
            revision: last,
            item: LogItem::Compacted { from: next },
        });
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(revision: u64) -> LogEntry {
        LogEntry {
            revision,
            item: LogItem::Hidden,
        }
    }

    #[test]
    fn a_hole_becomes_one_compacted_range() {
        let merged = merge(vec![hidden(3), hidden(7)], vec![hidden(4)], 1, 9);
        let shape: Vec<_> = merged
            .iter()
            .map(|entry| match entry.item {
                LogItem::Compacted { from } => (from, entry.revision),
                _ => (entry.revision, entry.revision),
            })
            .collect();
        assert_eq!(shape, [(1, 2), (3, 3), (4, 4), (5, 6), (7, 7), (8, 9)]);
    }

    #[test]
    fn what_lies_between_leaving_and_coming_back_is_skipped() {
        let spans = [
            Interval { first: 1, last: 5 },
            Interval { first: 9, last: 12 },
        ];
        assert_eq!(next_span(&spans, 0), Some(Interval { first: 1, last: 5 }));
        assert_eq!(next_span(&spans, 4), Some(Interval { first: 5, last: 5 }));
        assert_eq!(next_span(&spans, 5), Some(Interval { first: 9, last: 12 }));
        assert_eq!(next_span(&spans, 12), None);
    }
}
