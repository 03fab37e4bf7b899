//! A row of history as the message that a device sees.

use sea_orm::QueryResult;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::{
    Base64, ConversationId, DeviceId, MessageId, MessageType, Timestamp, UserId,
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::StoreError;
use crate::dialect::{column, counter};
use crate::viewer::Viewer;

/// The columns that [`message`] reads.
pub(crate) const SELECT: &str = "SELECT m.id, m.conversation_id, m.sender_id, \
     m.sender_device_id, s.device_id AS sender_device, m.client_message_id, m.sequence_number, m.revision, \
     m.message_type, m.shared_ciphertext, m.shared_header, b.ciphertext, b.header, \
     m.reply_to_message_id, m.mentions, m.attachments, m.metadata, m.created_at, m.updated_at, \
     m.edited_at, m.edit_hidden_from, COALESCE(m.deleted_at, e.erased_at) AS deleted_at, \
     m.expires_at";

/// Messages with what a device got, the sending device's name, and since when the sender's account
/// is gone, if its messages are still to be erased; `device` is a placeholder.
pub(crate) fn from(device: &str) -> String {
    format!(
        "FROM messages m LEFT JOIN message_ciphertexts b \
         ON b.conversation_id = m.conversation_id AND b.device_id = {device} \
         AND b.sequence_number = m.sequence_number \
         LEFT JOIN devices s ON s.id = m.sender_device_id \
         LEFT JOIN erasures e ON e.user_id = m.sender_id"
    )
}

/// Reads a row of [`SELECT`]. A tombstone and an expired message keep their place and lose
/// everything that was said.
pub(crate) fn message(row: &QueryResult, viewer: Viewer<'_>) -> Result<Message, StoreError> {
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let deleted_at = time("deleted_at")?;
    // Who kept what was there before an edit must not notice the edit either.
    let untold = column::<Option<Uuid>>(row, "edit_hidden_from")? == Some(viewer.user_id.0);
    let edited_at = time("edited_at")?.filter(|_| !untold);
    let expires_at = time("expires_at")?;
    let gone = deleted_at.is_some() || expires_at.is_some_and(|at| at <= viewer.now);
    let bytes = |name| {
        let bytes = column::<Option<Vec<u8>>>(row, name)?.filter(|_| !gone);
        Ok::<_, StoreError>(bytes.map(Base64))
    };
    let json = |name| match column::<Option<String>>(row, name)?.filter(|_| !gone) {
        Some(text) => RawValue::from_string(text)
            .map(Some)
            .map_err(|_| StoreError::Corrupt("JSON of a message")),
        None => Ok(None),
    };
    let own = bytes("ciphertext")?;
    let shared = bytes("shared_ciphertext")?;
    let recipient = (shared.is_none() && own.is_some()).then(|| viewer.device_name.to_owned());
    let own_header = json("header")?;
    let (ciphertext, header, device_ciphertext, device_header) = match shared {
        Some(shared) => (Some(shared), json("shared_header")?, own, own_header),
        None => (own, own_header, None, None),
    };
    Ok(Message {
        id: MessageId(column(row, "id")?),
        conversation_id: ConversationId(column(row, "conversation_id")?),
        sender_id: UserId(column(row, "sender_id")?),
        sender_device_id: column(row, "sender_device")?,
        sender_device_uuid: DeviceId(column(row, "sender_device_id")?),
        client_message_id: column(row, "client_message_id")?,
        sequence_number: counter(row, "sequence_number")?,
        revision: counter(row, "revision")?,
        message_type: MessageType::parse(&column::<String>(row, "message_type")?)
            .ok_or(StoreError::Corrupt("message type"))?,
        is_deleted: deleted_at.is_some(),
        is_edited: edited_at.is_some(),
        ciphertext,
        header,
        recipient_device_id: recipient,
        device_ciphertext,
        device_header,
        reply_to_message_id: column::<Option<Uuid>>(row, "reply_to_message_id")?.map(MessageId),
        mentions: ids(row, "mentions")?.filter(|_| !gone).unwrap_or_default(),
        attachments: ids(row, "attachments")?
            .filter(|_| !gone)
            .unwrap_or_default(),
        // Counted for a whole page at once.
        reactions: Vec::new(),
        metadata: json("metadata")?,
        created_at: Timestamp(column(row, "created_at")?),
        updated_at: time("updated_at")?.filter(|_| !untold),
        edited_at,
        deleted_at,
        expires_at,
    })
}

/// A column that holds ids as a JSON array.
fn ids<T: From<Uuid>>(row: &QueryResult, name: &str) -> Result<Option<Vec<T>>, StoreError> {
    let Some(text) = column::<Option<String>>(row, name)? else {
        return Ok(None);
    };
    let ids: Result<Vec<Uuid>, _> = serde_json::from_str(&text);
    let ids = ids.map_err(|_| StoreError::Corrupt("ids"))?;
    Ok(Some(ids.into_iter().map(T::from).collect()))
}
