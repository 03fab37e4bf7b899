//! Reading the log on behalf of one device: page after page of what it missed.

mod changes;
mod messages;
mod page;

pub use self::page::{DeviceMessage, EditedContent, LogEntry, LogItem, LogPage};

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use crate::cursors::Reader;
use crate::dialect::{column, counter, signed, sql, unsigned};
use crate::entry::Body;
use crate::{Store, StoreError};

/// Entries of one page, at most.
const PAGE_ROWS: i64 = 256;
/// Ciphertext of one page, bytes; passed by at most one message.
const PAGE_BYTES: i64 = 128 * 1024;
/// What a message without any content is reckoned to take, bytes.
const ROW_BYTES: i64 = 512;

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
    /// What is done to messages up to this number is hidden: the reader has cleared them.
    cleared: u64,
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
        let cleared = counter(&row, "cleared_sequence")?;
        hide_cleared(&mut messages, cleared);
        let stretch = Stretch {
            conversation_id,
            span,
            joined,
            cleared,
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
