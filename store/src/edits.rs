//! Replacing what a message says.

use sea_orm::ConnectionTrait;
use sentinal_protocol::event;
use sentinal_protocol::{DeviceId, MessageId, Timestamp, UserId};

use crate::connection::Transaction;
use crate::deletions::{Keep, erase_bodies};
use crate::dialect::{column, signed, sql};
use crate::entry::{Body, NewContent};
use crate::log::save_head;
use crate::message_changes::{Deed, LockedMessage, MessageRefusal, append_deed, lock_message};
use crate::send::{BodyRow, write_bodies};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// An edit that passed every check but those that need the head's lock.
#[derive(Clone, Debug)]
pub struct MessageEdit {
    /// The message.
    pub id: MessageId,
    /// Who edits.
    pub editor_id: UserId,
    /// With which device.
    pub editor_device_id: DeviceId,
    /// One body for all devices.
    pub shared: Option<Body>,
    /// Bodies of single devices.
    pub bodies: Vec<(DeviceId, Body)>,
    /// The device set that it was checked against.
    pub roster_version: u64,
    /// The rights that it was checked against.
    pub access_version: u64,
}

impl MessageEdit {
    /// Bytes of ciphertext in it.
    pub fn bytes(&self) -> usize {
        let bodies = self.bodies.iter().map(|(_, body)| body);
        let all = bodies.chain(self.shared.as_ref());
        all.map(|body| body.ciphertext.len()).sum()
    }
}

impl Store {
    /// Replaces the content of a message of the editor's.
    pub async fn edit_message(
        &self,
        edit: MessageEdit,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = apply(&tx, edit, now).await;
        settle(tx, done).await
    }
}

async fn apply(
    tx: &Transaction,
    edit: MessageEdit,
    now: Timestamp,
) -> Result<((), Vec<Committed>), Stop<MessageRefusal>> {
    let mut message = lock_message(tx, edit.id, edit.editor_id).await?;
    if message.sender_id != edit.editor_id {
        return Err(Stop::Refused(MessageRefusal::NotAllowed));
    }
    message.check_open(now)?;
    let head = &message.conversation.head;
    if head.roster_version != edit.roster_version || head.access_version != edit.access_version {
        return Err(Stop::Refused(MessageRefusal::Stale));
    }
    write_edit(tx, &message, &edit, now).await?;
    let deed = Deed {
        entry: event::MessageEdit {
            message_id: message.id,
            sender_id: Some(message.sender_id),
            sequence_number: message.sequence_number,
            edited_at: now,
        },
        actor: edit.editor_id,
        hidden_from: message.hidden_from,
        content: Some(NewContent {
            editor_device_id: edit.editor_device_id,
            shared: edit.shared,
            bodies: edit.bodies,
        }),
        at: now,
    };
    let committed = append_deed(tx, &mut message, deed).await?;
    save_head(tx, &message.conversation.head).await?;
    Ok(((), vec![committed]))
}

/// Writes the new content. Whose block it goes past keeps what they had.
async fn write_edit(
    tx: &Transaction,
    message: &LockedMessage,
    edit: &MessageEdit,
    now: Timestamp,
) -> Result<(), Stop<MessageRefusal>> {
    let backend = tx.get_database_backend();
    let (conversation_id, sequence_number) = (message.conversation_id(), message.sequence_number);
    let text = "UPDATE messages SET shared_ciphertext = $3, shared_header = $4, updated_at = $5, \
                edited_at = $5, edit_hidden_from = $6 \
                WHERE conversation_id = $1 AND sequence_number = $2 AND erased_at IS NULL";
    let (shared, header) = match &edit.shared {
        Some(body) => (Some(body.ciphertext.clone()), body.header.clone()),
        None => (None, None),
    };
    let values = [
        conversation_id.0.into(),
        signed(sequence_number).into(),
        shared.into(),
        header.into(),
        now.0.into(),
        message.hidden_from.map(|user| user.0).into(),
    ];
    let written = tx.execute_raw(sql(backend, text, values)).await?;
    if written.rows_affected() == 0 {
        return Err(Stop::Refused(MessageRefusal::Gone));
    }
    let (keep, keepers) = match message.hidden_from {
        Some(user_id) => (Keep::Of(user_id), list_devices_of(tx, user_id).await?),
        None => (Keep::Nothing, Vec::new()),
    };
    erase_bodies(tx, conversation_id, &[sequence_number], keep).await?;
    let rows = edit.bodies.iter().map(|(device_id, body)| BodyRow {
        conversation_id,
        sequence_number,
        device_id: *device_id,
        body,
    });
    let rows: Vec<_> = rows
        .filter(|row| !keepers.contains(&row.device_id))
        .collect();
    write_bodies(tx, &rows).await?;
    Ok(())
}

async fn list_devices_of(tx: &Transaction, user_id: UserId) -> Result<Vec<DeviceId>, StoreError> {
    let text = "SELECT id FROM devices WHERE user_id = $1";
    let statement = sql(tx.get_database_backend(), text, [user_id.0.into()]);
    let rows = tx.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(DeviceId(column(row, "id")?)))
        .collect()
}
