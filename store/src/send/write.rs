//! What a batch of messages writes: one statement per table.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Set, Value};
use sentinal_entity::polls;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::{ConversationId, DeviceId, Timestamp, UserId};

use super::{NewMessage, expires_at};
use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{signed, sql, updated_rows_max, values_rows, with_rows};
use crate::entry::Body;
use crate::log::{Head, VARIABLES_MAX};

fn write_heads_text(backend: DbBackend, rows: usize) -> String {
    let columns = [
        ("conversation_id", "uuid"),
        ("last_sequence", "int8"),
        ("revision", "int8"),
        ("at", "int8"),
    ];
    format!(
        "{} UPDATE conversation_heads SET last_sequence = v.last_sequence, \
         revision = v.revision, last_message_at = v.at FROM v \
         WHERE conversation_heads.conversation_id = v.conversation_id",
        with_rows(backend, &columns, rows, 1)
    )
}

pub(super) async fn write_heads(
    tx: &Transaction,
    heads: &[&Head],
    now: Timestamp,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for chunk in heads.chunks(updated_rows_max(backend)) {
        let text = write_heads_text(backend, chunk.len());
        let values = chunk.iter().flat_map(|head| -> [Value; 4] {
            [
                head.conversation_id.0.into(),
                signed(head.last_sequence).into(),
                signed(head.revision).into(),
                now.0.into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

const MESSAGE_TYPES: [&str; 19] = [
    "uuid", "int8", "int8", "uuid", "uuid", "uuid", "text", "text", "bytea", "uuid", "text",
    "text", "text", "bytea", "text", "int8", "uuid", "int8", "int8",
];

pub(super) async fn write_messages(
    tx: &Transaction,
    stored: &[(&NewMessage, SentMessage)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for chunk in stored.chunks(VARIABLES_MAX / MESSAGE_TYPES.len()) {
        let text = format!(
            "INSERT INTO messages (conversation_id, sequence_number, revision, id, sender_id, \
             sender_device_id, message_type, client_message_id, request_hash, \
             reply_to_message_id, mentions, attachments, metadata, shared_ciphertext, \
             shared_header, roster_version, hidden_from, created_at, expires_at) VALUES {}",
            values_rows(backend, &MESSAGE_TYPES, chunk.len(), 1)
        );
        let values = chunk.iter().flat_map(|(message, sent)| -> [Value; 19] {
            let mentions = (!message.mentions.is_empty())
                .then(|| serde_json::json!(message.mentions).to_string());
            let attachments = (!message.attachments.is_empty())
                .then(|| serde_json::json!(message.attachments).to_string());
            let (shared, header) = match &message.shared {
                Some(body) => (Some(body.ciphertext.clone()), body.header.clone()),
                None => (None, None),
            };
            [
                message.conversation_id.0.into(),
                signed(sent.sequence_number).into(),
                signed(sent.revision).into(),
                message.id.0.into(),
                message.sender_id.0.into(),
                message.sender_device_id.0.into(),
                message.message_type.as_str().into(),
                message.client_message_id().map(str::to_owned).into(),
                Some(message.request_hash.to_vec()).into(),
                message.reply_to_message_id.map(|id| id.0).into(),
                mentions.into(),
                attachments.into(),
                message.metadata.clone().into(),
                shared.into(),
                header.into(),
                signed(message.roster_version).into(),
                message.hidden_from.map(|id| id.0).into(),
                now.0.into(),
                expires_at(message, now).map(|at| at.0).into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

/// What a device got of a message, with the message's place.
pub(crate) struct BodyRow<'a> {
    pub(crate) conversation_id: ConversationId,
    pub(crate) sequence_number: u64,
    pub(crate) device_id: DeviceId,
    pub(crate) body: &'a Body,
}

pub(super) fn bodies_of<'a>(stored: &[(&'a NewMessage, SentMessage)]) -> Vec<BodyRow<'a>> {
    let rows = stored.iter().flat_map(|(message, sent)| {
        message.bodies.iter().map(move |(device_id, body)| BodyRow {
            conversation_id: sent.conversation_id,
            sequence_number: sent.sequence_number,
            device_id: *device_id,
            body,
        })
    });
    rows.collect()
}

const BODY_TYPES: [&str; 5] = ["uuid", "uuid", "int8", "bytea", "text"];

/// Stores what single devices got.
pub(crate) async fn write_bodies(tx: &Transaction, rows: &[BodyRow<'_>]) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for chunk in rows.chunks(VARIABLES_MAX / BODY_TYPES.len()) {
        let text = format!(
            "INSERT INTO message_ciphertexts (conversation_id, device_id, sequence_number, \
             ciphertext, header) VALUES {}",
            values_rows(backend, &BODY_TYPES, chunk.len(), 1)
        );
        let values = chunk.iter().flat_map(|row| -> [Value; 5] {
            [
                row.conversation_id.0.into(),
                row.device_id.0.into(),
                signed(row.sequence_number).into(),
                row.body.ciphertext.clone().into(),
                row.body.header.clone().into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

pub(super) async fn write_polls(
    tx: &Transaction,
    stored: &[(&NewMessage, SentMessage)],
) -> Result<(), StoreError> {
    let rows = stored.iter().filter_map(|(message, sent)| {
        message.poll.map(|poll| polls::ActiveModel {
            conversation_id: Set(sent.conversation_id.0),
            sequence_number: Set(signed(sent.sequence_number)),
            options: Set(signed(poll.options)),
            multiple: Set(poll.multiple),
            closes_at: Set(poll.closes_at.map(|at| at.0)),
        })
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        polls::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn write_keys(
    tx: &Transaction,
    keys: &[(UserId, String, [u8; 32], SentMessage)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let text = format!(
        "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, status, answer, \
         created_at, answer_bytes) VALUES {} ON CONFLICT (user_id, idempotency_key) DO UPDATE SET \
         request_hash = excluded.request_hash, status = excluded.status, \
         answer = excluded.answer, created_at = excluded.created_at, \
         answer_bytes = excluded.answer_bytes",
        values_rows(
            backend,
            &["uuid", "text", "bytea", "int8", "text", "int8", "int8"],
            keys.len(),
            1
        )
    );
    let values = keys
        .iter()
        .flat_map(|(user_id, key, hash, answer)| -> [Value; 7] {
            let answer = serde_json::json!(answer).to_string();
            let bytes = signed(answer.len() as u64);
            [
                user_id.0.into(),
                key.clone().into(),
                hash.to_vec().into(),
                201_i64.into(),
                answer.into(),
                now.0.into(),
                bytes.into(),
            ]
        });
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new(
        "send: heads",
        updated_rows_max(DbBackend::Sqlite),
        write_heads_text,
    )]
}
