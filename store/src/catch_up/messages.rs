//! The half of the log that is messages, as they are today.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::{ConversationId, DeviceId, MessageId, MessageType, Timestamp, UserId};

use super::page::{DeviceMessage, LogEntry, LogItem};
use super::{Interval, PAGE_BYTES, PAGE_ROWS, ROW_BYTES, body};
use crate::cursors::Reader;
use crate::dialect::{column, counter, signed, sql};
use crate::{Store, StoreError};

impl Store {
    /// Messages of a span, and the revision up to which these are all there are.
    pub(super) async fn read_messages(
        &self,
        reader: Reader,
        conversation_id: ConversationId,
        span: Interval,
        now: Timestamp,
    ) -> Result<(Vec<LogEntry>, u64), StoreError> {
        // First the sizes alone, so that a page of large ciphertexts is cut before it is read.
        let text = "WITH page AS (SELECT m.revision, m.sequence_number, \
                    $6 + COALESCE(length(m.shared_ciphertext), 0) \
                    + COALESCE(length(b.ciphertext), 0) AS bytes FROM messages m \
                    LEFT JOIN message_ciphertexts b ON b.conversation_id = m.conversation_id \
                    AND b.device_id = $2 AND b.sequence_number = m.sequence_number \
                    WHERE m.conversation_id = $1 AND m.revision >= $3 AND m.revision <= $4 \
                    ORDER BY m.revision LIMIT $5), \
                    sized AS (SELECT revision, sequence_number, \
                    SUM(bytes) OVER (ORDER BY revision) - bytes AS earlier FROM page) \
                    SELECT m.revision, m.id, m.sequence_number, m.sender_id, m.sender_device_id, \
                    m.message_type, m.client_message_id, m.reply_to_message_id, m.mentions, \
                    m.attachments, m.metadata, m.shared_ciphertext, m.shared_header, m.hidden_from, \
                    m.created_at, m.edited_at, m.edit_hidden_from, \
                    COALESCE(m.deleted_at, e.erased_at) AS deleted_at, \
                    m.hard_deleted, m.expires_at, \
                    EXISTS (SELECT 1 FROM hidden_messages y WHERE y.user_id = $8 \
                        AND y.conversation_id = m.conversation_id \
                        AND y.sequence_number = m.sequence_number) AS hidden_by_reader, \
                    b.ciphertext, b.header, s.device_id AS sender_device, \
                    (SELECT COUNT(*) FROM page) AS page_rows, \
                    (SELECT MAX(revision) FROM page) AS page_last \
                    FROM sized JOIN messages m ON m.conversation_id = $1 \
                    AND m.sequence_number = sized.sequence_number \
                    LEFT JOIN message_ciphertexts b ON b.conversation_id = m.conversation_id \
                    AND b.device_id = $2 AND b.sequence_number = m.sequence_number \
                    LEFT JOIN devices s ON s.id = m.sender_device_id \
                    LEFT JOIN erasures e ON e.user_id = m.sender_id \
                    WHERE sized.earlier < $7 ORDER BY m.revision";
        let values = [
            conversation_id.0.into(),
            reader.device_id.0.into(),
            signed(span.first).into(),
            signed(span.last).into(),
            PAGE_ROWS.into(),
            ROW_BYTES.into(),
            PAGE_BYTES.into(),
            reader.user_id.0.into(),
        ];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let mut end = span.last;
        if let Some(last) = rows.last() {
            let revision = counter(last, "revision")?;
            let whole = column::<i64>(last, "page_rows")? < PAGE_ROWS
                && counter(last, "page_last")? == revision;
            if !whole {
                end = revision;
            }
        }
        let entries: Result<_, StoreError> = rows
            .iter()
            .map(|row| message_entry(row, reader, now))
            .collect();
        Ok((entries?, end))
    }
}

fn message_entry(
    row: &QueryResult,
    reader: Reader,
    now: Timestamp,
) -> Result<LogEntry, StoreError> {
    let revision = counter(row, "revision")?;
    let hidden_from = column::<Option<uuid::Uuid>>(row, "hidden_from")?;
    if hidden_from == Some(reader.user_id.0)
        || column(row, "hard_deleted")?
        || column(row, "hidden_by_reader")?
    {
        return Ok(LogEntry {
            revision,
            item: LogItem::Hidden,
        });
    }
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let deleted_at = time("deleted_at")?;
    let expires_at = time("expires_at")?;
    let speaks = deleted_at.is_none() && expires_at.is_none_or(|at| at > now);
    // Who kept what was there before an edit must not notice the edit either.
    let edit_hidden_from = column::<Option<uuid::Uuid>>(row, "edit_hidden_from")?;
    let edited_at = time("edited_at")?.filter(|_| edit_hidden_from != Some(reader.user_id.0));
    // The sending device has what it sent; what another one made of it since it has not.
    let sender_device_uuid = DeviceId(column(row, "sender_device_id")?);
    let from_here = sender_device_uuid == reader.device_id;
    let shows = speaks && (!from_here || edited_at.is_some());
    let text = |name| Ok::<_, StoreError>(column::<Option<String>>(row, name)?.filter(|_| speaks));
    let message = DeviceMessage {
        id: MessageId(column(row, "id")?),
        sequence_number: counter(row, "sequence_number")?,
        sender_id: UserId(column(row, "sender_id")?),
        sender_device_id: column(row, "sender_device")?,
        sender_device_uuid,
        message_type: MessageType::parse(&column::<String>(row, "message_type")?)
            .ok_or(StoreError::Corrupt("message type"))?,
        client_message_id: column(row, "client_message_id")?,
        reply_to_message_id: column::<Option<uuid::Uuid>>(row, "reply_to_message_id")?
            .map(MessageId),
        mentions: column(row, "mentions")?,
        attachments: text("attachments")?,
        metadata: text("metadata")?,
        shared: body(row, shows, ["shared_ciphertext", "shared_header"])?,
        own: body(row, shows, ["ciphertext", "header"])?,
        created_at: Timestamp(column(row, "created_at")?),
        edited_at,
        deleted_at,
        expires_at,
    };
    Ok(LogEntry {
        revision,
        item: LogItem::Message(Box::new(message)),
    })
}
