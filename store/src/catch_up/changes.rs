//! The half of the log that is no message.
//!
//! What was done to a message is shown to whoever may see the message; an edit shows what the message
//! says today, so a page of edits is cut by their sizes as a page of messages is.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::page::{EditedContent, LogEntry, LogItem};
use super::{Interval, PAGE_BYTES, PAGE_ROWS, ROW_BYTES, Stretch, body};
use crate::control::sender_of;
use crate::conversations::with_people;
use crate::cursors::Reader;
use crate::dialect::{column, counter, signed, sql, unsigned};
use crate::{Store, StoreError};

/// Changes of `$1` from `$3` to `$4` as the device `$2` of the user `$8` reads them. `m` is the
/// message that a change is about.
const TEXT: &str = "WITH page AS (SELECT c.revision, c.kind, c.subject, c.actor, c.payload, \
     c.hidden_from, c.created_at, m.revision AS message_revision, m.sequence_number, \
     $6 + length(c.payload) + COALESCE(length(k.ciphertext), 0) \
     + CASE WHEN c.kind = 'message:updated' \
         THEN COALESCE(length(m.shared_ciphertext), 0) + COALESCE(length(b.ciphertext), 0) \
         ELSE 0 END AS bytes \
     FROM conversation_changes c \
     LEFT JOIN messages m ON m.id = c.subject AND c.kind IN ('message:updated', \
         'message:deleted', 'message:reaction', 'message:pinned', 'poll:updated') \
     LEFT JOIN message_ciphertexts b ON b.conversation_id = c.conversation_id \
         AND b.device_id = $2 AND b.sequence_number = m.sequence_number \
     LEFT JOIN control_ciphertexts k ON c.kind = 'message:control' \
         AND k.conversation_id = c.conversation_id AND k.device_id = $2 \
         AND k.revision = c.revision \
     WHERE c.conversation_id = $1 AND c.revision >= $3 AND c.revision <= $4 \
     ORDER BY c.revision LIMIT $5), \
     sized AS (SELECT page.*, SUM(bytes) OVER (ORDER BY revision) - bytes AS earlier FROM page) \
     SELECT z.revision, z.kind, z.subject, z.actor, z.payload, z.hidden_from, z.created_at, \
     z.message_revision, z.sequence_number, COALESCE(m.deleted_at, e.erased_at) AS deleted_at, m.expires_at, m.shared_ciphertext, m.shared_header, \
     b.ciphertext, b.header, x.id AS control_id, x.sender_id AS control_sender, \
     x.sender_device_id AS control_device, o.device_id AS control_device_name, \
     x.client_message_id AS control_client_id, k.ciphertext AS control_ciphertext, \
     k.header AS control_header, \
     EXISTS (SELECT 1 FROM hidden_messages y WHERE y.user_id = $8 AND y.conversation_id = $1 \
         AND y.sequence_number = z.sequence_number) AS hidden_by_reader, \
     (SELECT COUNT(*) FROM page) AS page_rows, (SELECT MAX(revision) FROM page) AS page_last \
     FROM sized z \
     LEFT JOIN messages m ON z.kind = 'message:updated' AND m.conversation_id = $1 \
         AND m.sequence_number = z.sequence_number \
     LEFT JOIN erasures e ON e.user_id = m.sender_id \
     LEFT JOIN message_ciphertexts b ON b.conversation_id = $1 AND b.device_id = $2 \
         AND b.sequence_number = m.sequence_number \
     LEFT JOIN control_messages x ON z.kind = 'message:control' AND x.conversation_id = $1 \
         AND x.revision = z.revision \
     LEFT JOIN devices o ON o.id = x.sender_device_id \
     LEFT JOIN control_ciphertexts k ON k.conversation_id = x.conversation_id \
         AND k.device_id = $2 AND k.revision = x.revision \
     WHERE z.earlier < $7 ORDER BY z.revision";

impl Store {
    /// Changes of a stretch, and the revision up to which these are all there are.
    pub(super) async fn read_changes(
        &self,
        reader: Reader,
        stretch: Stretch,
        now: Timestamp,
    ) -> Result<(Vec<LogEntry>, u64), StoreError> {
        let values = [
            stretch.conversation_id.0.into(),
            reader.device_id.0.into(),
            signed(stretch.span.first).into(),
            signed(stretch.span.last).into(),
            PAGE_ROWS.into(),
            ROW_BYTES.into(),
            PAGE_BYTES.into(),
            reader.user_id.0.into(),
        ];
        let statement = sql(self.backend(), TEXT, values);
        let rows = self.read().query_all_raw(statement).await?;
        let mut end = stretch.span.last;
        if let Some(last) = rows.last() {
            let revision = counter(last, "revision")?;
            let whole = column::<i64>(last, "page_rows")? < PAGE_ROWS
                && counter(last, "page_last")? == revision;
            if !whole {
                end = revision;
            }
        }
        let mut earlier = None;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            let about = column::<Option<i64>>(row, "message_revision")?;
            let about = about.map(unsigned).transpose()?;
            if let (Some(about), None) = (about, &earlier)
                && about < stretch.joined
            {
                let (user_id, id) = (reader.user_id, stretch.conversation_id);
                earlier = Some(self.list_intervals(user_id, id, 0).await?);
            }
            let was_there = about.is_none_or(|about| {
                let within =
                    |interval: &Interval| interval.first <= about && about <= interval.last;
                about >= stretch.joined || earlier.iter().flatten().any(within)
            });
            let mut item = if was_there && !is_hidden(row, reader, stretch.cleared)? {
                change(row, now)?
            } else {
                LogItem::Hidden
            };
            // The first entry of a log.
            if let LogItem::Change { kind, payload, .. } = &mut item
                && kind.as_str() == EventKind::ConversationCreated.as_str()
            {
                let kept = std::mem::take(payload);
                *payload = with_people(self.read(), reader.user_id, kept).await?;
            }
            entries.push(LogEntry {
                revision: counter(row, "revision")?,
                item,
            });
        }
        Ok((entries, end))
    }
}

/// Whether a change is hidden from the reader: done past their block, or to a message that they have
/// deleted for themselves or cleared.
fn is_hidden(row: &QueryResult, reader: Reader, cleared: u64) -> Result<bool, StoreError> {
    let hidden_from = column::<Option<Uuid>>(row, "hidden_from")?;
    let about = column::<Option<i64>>(row, "sequence_number")?;
    let is_cleared = about.is_some_and(|number| number <= signed(cleared));
    Ok(is_cleared || hidden_from == Some(reader.user_id.0) || column(row, "hidden_by_reader")?)
}

fn change(row: &QueryResult, now: Timestamp) -> Result<LogItem, StoreError> {
    let kind: String = column(row, "kind")?;
    if kind == EventKind::MessageControl.as_str() {
        return control(row, kind);
    }
    let edited = if kind == EventKind::MessageUpdated.as_str() {
        let expires_at = column::<Option<i64>>(row, "expires_at")?;
        let speaks = column::<Option<i64>>(row, "deleted_at")?.is_none()
            && expires_at.is_none_or(|at| at > now.0);
        Some(Box::new(EditedContent {
            shared: body(row, speaks, ["shared_ciphertext", "shared_header"])?,
            own: body(row, speaks, ["ciphertext", "header"])?,
        }))
    } else {
        None
    };
    Ok(LogItem::Change {
        kind,
        subject: column(row, "subject")?,
        actor: column::<Option<Uuid>>(row, "actor")?.map(UserId),
        payload: column(row, "payload")?,
        at: Timestamp(column(row, "created_at")?),
        edited,
    })
}

/// A control message for the reader's device; for others, and once its body is gone, it is hidden.
fn control(row: &QueryResult, kind: String) -> Result<LogItem, StoreError> {
    let own = body(row, true, ["control_ciphertext", "control_header"])?;
    let (Some(own), Some(payload)) = (own, sender_of(row)?) else {
        return Ok(LogItem::Hidden);
    };
    Ok(LogItem::Change {
        kind,
        subject: column(row, "subject")?,
        actor: column::<Option<Uuid>>(row, "actor")?.map(UserId),
        payload,
        at: Timestamp(column(row, "created_at")?),
        edited: Some(Box::new(EditedContent {
            shared: None,
            own: Some(own),
        })),
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn catching_up_walks_through_no_table() {
        let id = || Value::from(Uuid::nil());
        let numbers = [1_i64, 9, 256, 512, 4096].map(Value::from);
        let values = [id(), id()].into_iter().chain(numbers).chain([id()]);
        let scans = table_scans(TEXT, values.collect(), &["page", "z", "sized"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
