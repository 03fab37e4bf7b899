//! Control messages: ciphertext for some devices, under a revision and without a message number.
//!
//! The log has a row of `conversation_changes` for each, which says nothing but that it is one. Who
//! sent it is in `control_messages`, what a device gets in `control_ciphertexts`. The latter goes once
//! every named device has it or has left the roster; the former stays, so that a late retry repeats
//! nothing.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sentinal_protocol::api::control::SentControl;
use sentinal_protocol::event::{ControlSender, EventKind};
use sentinal_protocol::{ConversationId, DeviceId, MessageId, Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, counter, for_update, signed, sql, values_rows};
use crate::entry::{Body, Change, Committed, ControlMessage, Entry};
use crate::log::{VARIABLES_MAX, lock_head, save_head, write_change};
use crate::{Store, StoreError};

/// A control message that passed every check but those that need the head's lock.
#[derive(Clone, Debug)]
pub struct NewControl {
    /// Its id.
    pub id: MessageId,
    /// Where to.
    pub conversation_id: ConversationId,
    /// Who sends.
    pub sender_id: UserId,
    /// From which device.
    pub sender_device_id: DeviceId,
    /// The client's string of that device.
    pub sender_device_name: String,
    /// What makes a repeat recognisable.
    pub client_message_id: Option<String>,
    /// Canonical hash of the request: equal ids with different hashes are a conflict.
    pub request_hash: [u8; 32],
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// Who must not see it: it goes past their block.
    pub hidden_from: Option<UserId>,
    /// Whether named devices are woken.
    pub urgent: bool,
    /// The device set that it was checked against.
    pub roster_version: u64,
    /// The rights that it was checked against.
    pub access_version: u64,
}

impl NewControl {
    /// Bytes of ciphertext in it.
    pub fn bytes(&self) -> usize {
        let bodies = self.bodies.iter();
        bodies.map(|(_, body)| body.ciphertext.len()).sum()
    }
}

/// What became of a control message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlOutcome {
    /// It is in the log.
    Sent(SentControl),
    /// It had been sent before; the original answer.
    Repeat(SentControl),
    /// Its id had been used for another request.
    Conflict,
    /// Roster or rights changed since it was checked: check again.
    Stale,
}

/// A place in the walk through the control messages whose bodies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlPlace {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The revision.
    pub revision: u64,
}

/// Finds the control message that a device has sent under an id.
const BY_CLIENT_ID: &str = "SELECT id, sender_id, revision, request_hash, created_at \
     FROM control_messages WHERE conversation_id = $1 AND sender_device_id = $2 \
     AND client_message_id = $3 AND client_message_id IS NOT NULL";

/// Whether a device that was named in control message `m` may still read its body: it is in the roster
/// and has not acknowledged it.
const WAITED_FOR: &str = "EXISTS (SELECT 1 FROM control_ciphertexts k \
     JOIN devices d ON d.id = k.device_id AND d.keyed AND NOT d.dormant AND d.removed_at IS NULL \
     JOIN participants p ON p.conversation_id = k.conversation_id AND p.user_id = d.user_id \
         AND p.left_revision IS NULL \
     LEFT JOIN device_cursors c ON c.device_id = k.device_id \
         AND c.conversation_id = k.conversation_id \
     WHERE k.conversation_id = m.conversation_id AND k.revision = m.revision \
     AND COALESCE(c.acked_revision, 0) < k.revision)";

fn page_text(backend: DbBackend) -> String {
    format!(
        "SELECT m.conversation_id, m.revision, {WAITED_FOR} AS waited_for FROM control_messages m \
         WHERE m.bodies_kept AND (m.conversation_id, m.revision) > ($1, $2) \
         ORDER BY m.conversation_id, m.revision LIMIT $3{}",
        for_update(backend)
    )
}

impl Store {
    /// Stores a control message in one transaction.
    pub async fn send_control(
        &self,
        new: NewControl,
        now: Timestamp,
    ) -> Result<(ControlOutcome, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let head = lock_head(&tx, new.conversation_id).await?;
        if let Some(known) = find_earlier(&tx, &new).await? {
            return Ok((known, Vec::new()));
        }
        let head = head.filter(|head| {
            head.roster_version == new.roster_version && head.access_version == new.access_version
        });
        let Some(mut head) = head else {
            return Ok((ControlOutcome::Stale, Vec::new()));
        };
        let mut change = Change {
            kind: EventKind::MessageControl,
            subject: Some(new.id.0),
            actor: Some(new.sender_id),
            payload: "{}".to_owned(),
            hidden_from: new.hidden_from,
            at: now,
        };
        write_change(&tx, &mut head, &change).await?;
        save_head(&tx, &head).await?;
        let revision = head.revision;
        write(&tx, &new, revision, now).await?;
        tx.commit().await?;
        change.payload = payload(&ControlSender {
            message_id: new.id,
            sender_id: new.sender_id,
            sender_device_id: Some(new.sender_device_name),
            sender_device_uuid: new.sender_device_id,
            client_message_id: new.client_message_id.clone(),
            created_at: now,
        });
        let sent = SentControl {
            id: new.id,
            conversation_id: new.conversation_id,
            sender_id: new.sender_id,
            client_message_id: new.client_message_id,
            revision,
            created_at: now,
        };
        let committed = Committed {
            conversation_id: new.conversation_id,
            revision,
            entry: Entry::Control(Arc::new(ControlMessage {
                change,
                bodies: new.bodies,
                urgent: new.urgent,
            })),
        };
        Ok((ControlOutcome::Sent(sent), vec![committed]))
    }

    /// What an earlier control message under this one's id makes of it: for retries that would be
    /// refused now although they succeeded then.
    pub async fn find_earlier_control(
        &self,
        new: &NewControl,
    ) -> Result<Option<ControlOutcome>, StoreError> {
        find_earlier(self.read(), new).await
    }

    /// One round of forgetting bodies of control messages that nobody waits for any more: looks at
    /// `limit` of those that are kept behind `after`. Answers where the next round begins; `None` at
    /// the end of the walk.
    pub async fn forget_control_bodies(
        &self,
        after: Option<ControlPlace>,
        limit: u64,
    ) -> Result<Option<ControlPlace>, StoreError> {
        let backend = self.backend();
        let (id, revision) = after.map_or((uuid::Uuid::nil(), 0), |place| {
            (place.conversation_id.0, place.revision)
        });
        let values: [Value; 3] = [id.into(), signed(revision).into(), signed(limit).into()];
        // Nearly always there is nothing: no writer has to wait for that.
        let kept = "SELECT 1 FROM control_messages m WHERE m.bodies_kept \
                    AND (m.conversation_id, m.revision) > ($1, $2) LIMIT 1";
        let [id_value, revision_value, _] = values.clone();
        let found = self
            .read()
            .query_one_raw(sql(backend, kept, [id_value, revision_value]));
        if found.await?.is_none() {
            return Ok(None);
        }
        let tx = self.begin().await?;
        let rows = tx
            .query_all_raw(sql(backend, page_text(backend), values))
            .await?;
        let mut last = None;
        for row in &rows {
            let place = ControlPlace {
                conversation_id: ConversationId(column(row, "conversation_id")?),
                revision: counter(row, "revision")?,
            };
            last = Some(place);
            if column(row, "waited_for")? {
                continue;
            }
            for text in [
                "DELETE FROM control_ciphertexts WHERE conversation_id = $1 AND revision = $2",
                "UPDATE control_messages SET bodies_kept = FALSE \
                 WHERE conversation_id = $1 AND revision = $2",
            ] {
                let values = [
                    place.conversation_id.0.into(),
                    signed(place.revision).into(),
                ];
                tx.execute_raw(sql(backend, text, values)).await?;
            }
        }
        tx.commit().await?;
        let is_full = rows.len() as u64 >= limit;
        Ok(last.filter(|_| is_full))
    }
}

async fn find_earlier<C: ConnectionTrait>(
    connection: &C,
    new: &NewControl,
) -> Result<Option<ControlOutcome>, StoreError> {
    let Some(client_message_id) = &new.client_message_id else {
        return Ok(None);
    };
    let values = [
        new.conversation_id.0.into(),
        new.sender_device_id.0.into(),
        client_message_id.clone().into(),
    ];
    let statement = sql(connection.get_database_backend(), BY_CLIENT_ID, values);
    let Some(row) = connection.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let hash: Vec<u8> = column(&row, "request_hash")?;
    if hash != new.request_hash {
        return Ok(Some(ControlOutcome::Conflict));
    }
    Ok(Some(ControlOutcome::Repeat(SentControl {
        id: MessageId(column(&row, "id")?),
        conversation_id: new.conversation_id,
        sender_id: UserId(column(&row, "sender_id")?),
        client_message_id: new.client_message_id.clone(),
        revision: counter(&row, "revision")?,
        created_at: Timestamp(column(&row, "created_at")?),
    })))
}

const BODY_TYPES: [&str; 5] = ["uuid", "uuid", "int8", "bytea", "text"];

/// Writes what a control message consists of beside its revision.
async fn write(
    tx: &Transaction,
    new: &NewControl,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let text = "INSERT INTO control_messages (conversation_id, revision, id, sender_id, \
                sender_device_id, client_message_id, request_hash, bodies_kept, created_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = [
        new.conversation_id.0.into(),
        signed(revision).into(),
        new.id.0.into(),
        new.sender_id.0.into(),
        new.sender_device_id.0.into(),
        new.client_message_id.clone().into(),
        new.request_hash.to_vec().into(),
        (!new.bodies.is_empty()).into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    for chunk in new.bodies.chunks(VARIABLES_MAX / BODY_TYPES.len()) {
        let text = format!(
            "INSERT INTO control_ciphertexts (conversation_id, device_id, revision, ciphertext, \
             header) VALUES {}",
            values_rows(backend, &BODY_TYPES, chunk.len(), 1)
        );
        let values = chunk.iter().flat_map(|(device_id, body)| -> [Value; 5] {
            [
                new.conversation_id.0.into(),
                device_id.0.into(),
                signed(revision).into(),
                body.ciphertext.clone().into(),
                body.header.clone().into(),
            ]
        });
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

/// What is told of the control message in a row of the log; `None` if it is not known any more who
/// sent it.
pub(crate) fn sender_of(row: &QueryResult) -> Result<Option<String>, StoreError> {
    let Some(id) = column::<Option<uuid::Uuid>>(row, "control_id")? else {
        return Ok(None);
    };
    Ok(Some(payload(&ControlSender {
        message_id: MessageId(id),
        sender_id: UserId(column(row, "control_sender")?),
        sender_device_id: column(row, "control_device_name")?,
        sender_device_uuid: DeviceId(column(row, "control_device")?),
        client_message_id: column(row, "control_client_id")?,
        created_at: Timestamp(column(row, "created_at")?),
    })))
}

fn payload(sender: &ControlSender) -> String {
    // Serialising our own plain structures cannot fail; an empty object would be a visible bug.
    serde_json::to_string(sender).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn control_messages_are_found_by_an_index() {
        let id = || Value::from(Uuid::nil());
        let scans = table_scans(BY_CLIENT_ID, vec![id(), id(), "a".into()], &[]).await;
        assert_eq!(scans, Vec::<String>::new());
        let values = vec![id(), 0_i64.into(), 100_i64.into()];
        let scans = table_scans(&page_text(DbBackend::Sqlite), values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
