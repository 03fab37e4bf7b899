//! Reading messages back, as one device may see them.
//!
//! History shows what was said while the viewer took part (each interval), without what was hidden
//! from them. Every number within the range of a page and of the viewer's membership is either a
//! message of the page or in one of its gaps.

mod rows;
mod spans;

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::messages::{Gap, Message, Messages};
use sentinal_protocol::{ConversationId, MessageId, UserId};

pub(crate) use self::rows::{SELECT, from, message};
use self::spans::{Span, clip, gaps, holes, visible_spans};
use crate::connection::Transaction;
use crate::dialect::{counter, signed, sql};
use crate::reactions::add_reactions;
use crate::viewer::Viewer;
use crate::visible::{THERE, VISIBLE};
use crate::{Store, StoreError};

/// Where in a history a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The newest messages, newest first.
    Newest,
    /// Messages below a number, newest first.
    Before(u64),
    /// Messages above a number, oldest first.
    After(u64),
    /// Messages on both sides of a number and the one with it, oldest first.
    Around(u64),
}

/// The way in which messages are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

/// What a search in one direction found.
struct Found {
    /// In the direction of the search.
    messages: Vec<Message>,
    /// Whether there are more beyond.
    more: bool,
    /// The range of numbers that these are all messages of.
    covered: Span,
}

impl Store {
    /// A page of at most `limit` messages; `None` if the viewer takes part in no such
    /// conversation.
    pub async fn list_messages(
        &self,
        viewer: Viewer<'_>,
        conversation_id: ConversationId,
        position: Position,
        limit: u64,
    ) -> Result<Option<Messages>, StoreError> {
        let tx = self.snapshot().await?;
        let page = match find_spans(&tx, viewer.user_id, conversation_id).await? {
            Some(visible) => {
                let history = History {
                    tx: &tx,
                    viewer,
                    conversation_id,
                    visible,
                };
                let mut page = history.page(position, limit).await?;
                add_reactions(&tx, viewer, &mut page.messages).await?;
                Some(page)
            }
            None => None,
        };
        tx.commit().await?;
        Ok(page)
    }

    /// A message that the viewer may see.
    pub async fn find_message(
        &self,
        viewer: Viewer<'_>,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let text = message_text();
        let values = [
            viewer.user_id.0.into(),
            viewer.device_id.0.into(),
            id.0.into(),
        ];
        let statement = sql(self.backend(), text, values);
        let row = self.read().query_one_raw(statement).await?;
        let Some(row) = row else { return Ok(None) };
        let mut found = message(&row, viewer)?;
        add_reactions(self.read(), viewer, std::slice::from_mut(&mut found)).await?;
        Ok(Some(found))
    }
}

/// Reads the message `$3` for the user `$1` and their device `$2`.
fn message_text() -> String {
    let from = from("$2");
    format!(
        "{SELECT} {from} JOIN participants p ON p.conversation_id = m.conversation_id \
             JOIN conversations c ON c.id = m.conversation_id \
             WHERE m.id = $3 AND p.user_id = $1 AND c.deleted_at IS NULL \
             AND {VISIBLE} AND {THERE}"
    )
}

/// Reads at most `$6` messages from `$4` to `$5` of the conversation `$3`.
fn span_text(direction: Direction) -> String {
    let order = match direction {
        Direction::Down => "DESC",
        Direction::Up => "ASC",
    };
    let from = from("$2");
    format!(
        "{SELECT} {from} WHERE m.conversation_id = $3 AND m.sequence_number >= $4 \
         AND m.sequence_number <= $5 AND {VISIBLE} ORDER BY m.sequence_number {order} LIMIT $6"
    )
}

/// The stretches of message numbers that a present participant may see, ascending.
async fn find_spans(
    tx: &Transaction,
    user_id: UserId,
    conversation_id: ConversationId,
) -> Result<Option<Vec<Span>>, StoreError> {
    let backend = tx.get_database_backend();
    let text = "SELECT p.joined_sequence, p.cleared_sequence, h.last_sequence \
                FROM participants p JOIN conversations c ON c.id = p.conversation_id \
                JOIN conversation_heads h ON h.conversation_id = p.conversation_id \
                WHERE p.conversation_id = $1 AND p.user_id = $2 \
                AND p.left_revision IS NULL AND c.deleted_at IS NULL";
    let values = [conversation_id.0.into(), user_id.0.into()];
    let statement = sql(backend, text, values.clone());
    let Some(present) = tx.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let text = "SELECT joined_sequence, left_sequence FROM participant_intervals \
                WHERE conversation_id = $1 AND user_id = $2 AND left_sequence > joined_sequence \
                ORDER BY joined_revision";
    let mut intervals = Vec::new();
    for row in tx.query_all_raw(sql(backend, text, values)).await? {
        intervals.push((
            counter(&row, "joined_sequence")?,
            counter(&row, "left_sequence")?,
        ));
    }
    intervals.push((
        counter(&present, "joined_sequence")?,
        counter(&present, "last_sequence")?,
    ));
    let cleared = counter(&present, "cleared_sequence")?;
    Ok(Some(visible_spans(&intervals, cleared)))
}

/// One conversation's history at one moment.
struct History<'a> {
    tx: &'a Transaction,
    viewer: Viewer<'a>,
    conversation_id: ConversationId,
    visible: Vec<Span>,
}

impl History<'_> {
    async fn page(&self, position: Position, limit: u64) -> Result<Messages, StoreError> {
        let found = match position {
            Position::Newest => self.search(Direction::Down, Span::ALL, limit).await?,
            Position::Before(seq) => {
                let window = Span::below(seq);
                self.search(Direction::Down, window, limit).await?
            }
            Position::After(seq) => {
                let window = Span::above(seq);
                self.search(Direction::Up, window, limit).await?
            }
            Position::Around(seq) => self.search_around(seq, limit).await?,
        };
        let gaps = self.gaps(&found).await?;
        Ok(Messages {
            messages: found.messages,
            has_more: found.more,
            gaps,
        })
    }

    /// Half of the page from below `seq`, the rest from `seq` on; oldest first.
    async fn search_around(&self, seq: u64, limit: u64) -> Result<Found, StoreError> {
        let below = limit / 2;
        let older = self
            .search(Direction::Down, Span::below(seq), below)
            .await?;
        let window = Span::above(seq.saturating_sub(1));
        let newer = self.search(Direction::Up, window, limit - below).await?;
        let mut messages = older.messages;
        messages.reverse();
        messages.extend(newer.messages);
        Ok(Found {
            messages,
            more: older.more || newer.more,
            covered: Span {
                first: older.covered.first,
                last: newer.covered.last,
            },
        })
    }

    /// The first `limit` messages of a window in one direction.
    async fn search(
        &self,
        direction: Direction,
        window: Span,
        limit: u64,
    ) -> Result<Found, StoreError> {
        let mut spans = clip(&self.visible, window);
        if direction == Direction::Down {
            spans.reverse();
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut messages = Vec::new();
        for span in spans {
            // One more than wanted tells whether there are more.
            let wanted = limit + 1 - messages.len();
            if wanted == 0 {
                break;
            }
            messages.extend(self.read_span(direction, span, wanted).await?);
        }
        let more = messages.len() > limit;
        messages.truncate(limit);
        let covered = match (more, messages.last(), direction) {
            (false, _, _) => window,
            (true, Some(last), Direction::Down) => Span {
                first: last.sequence_number,
                ..window
            },
            (true, Some(last), Direction::Up) => Span {
                last: last.sequence_number,
                ..window
            },
            // Nothing was wanted: nothing is covered.
            (true, None, Direction::Down) => Span {
                first: window.last.saturating_add(1),
                ..window
            },
            (true, None, Direction::Up) => Span {
                last: window.first.saturating_sub(1),
                ..window
            },
        };
        Ok(Found {
            messages,
            more,
            covered,
        })
    }

    async fn read_span(
        &self,
        direction: Direction,
        span: Span,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let text = span_text(direction);
        let values = [
            self.viewer.user_id.0.into(),
            self.viewer.device_id.0.into(),
            self.conversation_id.0.into(),
            signed(span.first).into(),
            signed(span.last).into(),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
        ];
        let statement = sql(self.tx.get_database_backend(), text, values);
        let rows = self.tx.query_all_raw(statement).await?;
        rows.iter().map(|row| message(row, self.viewer)).collect()
    }

    /// The numbers of the range that no shown message has, and why.
    async fn gaps(&self, found: &Found) -> Result<Vec<Gap>, StoreError> {
        let numbers = found.messages.iter().map(|m| m.sequence_number);
        let mut shown: Vec<u64> = numbers.collect();
        shown.sort_unstable();
        let holes = holes(&clip(&self.visible, found.covered), &shown);
        let (Some(first), Some(last)) = (holes.first(), holes.last()) else {
            return Ok(Vec::new());
        };
        // Runs of neighbours as one row each: a run's numbers and their places among all reserved
        // numbers grow alike. Numbers that were skipped after a restore are ranges already.
        let text = "SELECT MIN(n) AS first, MAX(n) AS last FROM (\
                    SELECT sequence_number AS n, \
                    sequence_number - ROW_NUMBER() OVER (ORDER BY sequence_number) AS run \
                    FROM reserved_sequences WHERE conversation_id = $1 \
                    AND sequence_number >= $2 AND sequence_number <= $3) r \
                    GROUP BY run UNION ALL \
                    SELECT first_sequence, last_sequence FROM skipped_sequences \
                    WHERE conversation_id = $1 AND last_sequence >= $2 AND first_sequence <= $3 \
                    ORDER BY first";
        let values = [
            self.conversation_id.0.into(),
            signed(first.first).into(),
            signed(last.last).into(),
        ];
        let statement = sql(self.tx.get_database_backend(), text, values);
        let mut reserved = Vec::new();
        for row in self.tx.query_all_raw(statement).await? {
            reserved.push(Span {
                first: counter(&row, "first")?,
                last: counter(&row, "last")?,
            });
        }
        Ok(gaps(&holes, &reserved))
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn history_walks_through_no_table() {
        let id = || Value::from(Uuid::nil());
        let mut values = vec![id(), id(), id()];
        let scans = table_scans(&message_text(), values.clone(), &[]).await;
        assert_eq!(scans, Vec::<String>::new());
        values.extend([1_i64, 9, 5].map(Value::from));
        for direction in [Direction::Down, Direction::Up] {
            let scans = table_scans(&span_text(direction), values.clone(), &[]).await;
            assert_eq!(scans, Vec::<String>::new());
        }
    }
}
