//! Messages that a conversation keeps at hand.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::pins::{Pin, Pins};
use sentinal_protocol::event::MessagePinned;
use sentinal_protocol::{ConversationId, MessageId, Timestamp, UserId, limits};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::history::{SELECT, from, message};
use crate::log::save_head;
use crate::message_changes::{Deed, LockedMessage, MessageRefusal, append_deed, lock_message};
use crate::reactions::add_reactions;
use crate::stop::{Settled, Stop, settle};
use crate::viewer::Viewer;
use crate::visible::{OPEN, SPEAKS, THERE, VISIBLE};
use crate::{Committed, Store, StoreError};

type Done = Result<((), Vec<Committed>), Stop<MessageRefusal>>;

impl Store {
    /// Pins a message; again: nothing changes.
    pub async fn pin_message(
        &self,
        id: MessageId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = pin(&tx, id, user_id, now).await;
        settle(tx, done).await
    }

    /// Ends the pinning of a message; one that is not pinned: nothing changes.
    pub async fn unpin_message(
        &self,
        id: MessageId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Settled<(), MessageRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = unpin(&tx, id, user_id, now).await;
        settle(tx, done).await
    }

    /// A page of a conversation's pinned messages that the viewer may see, the one pinned last first;
    /// `None` if the viewer takes part in no such conversation.
    pub async fn list_pins(
        &self,
        viewer: Viewer<'_>,
        conversation_id: ConversationId,
        (offset, limit): (u64, u64),
    ) -> Result<Option<Pins>, StoreError> {
        if self
            .find_last_sequence(conversation_id, viewer.user_id)
            .await?
            .is_none()
        {
            return Ok(None);
        }
        let backend = self.backend();
        let which = format!(
            "JOIN pins x ON x.conversation_id = m.conversation_id \
             AND x.sequence_number = m.sequence_number \
             JOIN participants p ON p.conversation_id = m.conversation_id AND p.user_id = $1 \
             WHERE x.conversation_id = $2 AND {OPEN} AND {VISIBLE} AND {THERE} AND {SPEAKS}"
        );
        let text = format!("SELECT COUNT(*) AS total FROM messages m {which}");
        let values = [
            viewer.user_id.0.into(),
            conversation_id.0.into(),
            viewer.now.0.into(),
        ];
        let statement = sql(backend, text, values.clone());
        let row = self.read().query_one_raw(statement).await?;
        let total = row.map_or(Ok(0), |row| counter(&row, "total"))?;
        let text = format!(
            "{SELECT}, x.user_id AS pinned_by, x.created_at AS pinned_at {} {which} \
             ORDER BY x.created_at DESC, m.sequence_number DESC LIMIT $5 OFFSET $6",
            from("$4")
        );
        let more = [
            viewer.device_id.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let values = values.into_iter().chain(more);
        let rows = self
            .read()
            .query_all_raw(sql(backend, text, values))
            .await?;
        let messages: Result<Vec<_>, _> = rows.iter().map(|row| message(row, viewer)).collect();
        let mut messages = messages?;
        add_reactions(self.read(), viewer, &mut messages).await?;
        let pins: Result<Vec<_>, StoreError> = rows
            .iter()
            .zip(messages)
            .map(|(row, message)| {
                Ok(Pin {
                    message_id: message.id,
                    pinned_by: UserId(column(row, "pinned_by")?),
                    pinned_at: Timestamp(column(row, "pinned_at")?),
                    message,
                })
            })
            .collect();
        let pins = pins?;
        let end = offset.saturating_add(u64::try_from(pins.len()).unwrap_or(u64::MAX));
        Ok(Some(Pins {
            has_more: end < total,
            pins,
            total,
        }))
    }
}

/// Pinning is for those who may write, as what they pin is shown to everybody.
fn check_rights(message: &LockedMessage) -> Result<(), Stop<MessageRefusal>> {
    let conversation = &message.conversation;
    if conversation.allows(conversation.permission_send) {
        Ok(())
    } else {
        Err(Stop::Refused(MessageRefusal::NotAllowed))
    }
}

async fn pin(tx: &Transaction, id: MessageId, user_id: UserId, now: Timestamp) -> Done {
    let mut message = lock_message(tx, id, user_id).await?;
    check_rights(&message)?;
    message.check_open(now)?;
    let backend = tx.get_database_backend();
    if find_pin(tx, &message, user_id).await?.is_some() {
        return Ok(((), Vec::new()));
    }
    let text = "SELECT COUNT(*) AS pinned FROM pins WHERE conversation_id = $1";
    let values = [message.conversation_id().0.into()];
    let row = tx
        .query_one_raw(sql(backend, text, values))
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    let most = u64::try_from(limits::PINS_MAX).unwrap_or(u64::MAX);
    if counter(&row, "pinned")? >= most {
        return Err(Stop::Refused(MessageRefusal::TooMany));
    }
    // One that is there nevertheless is hidden from the user, who makes it their own.
    let text = "INSERT INTO pins (conversation_id, sequence_number, user_id, hidden_from, \
                created_at) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (conversation_id, sequence_number) DO UPDATE SET \
                user_id = excluded.user_id, hidden_from = excluded.hidden_from, \
                created_at = excluded.created_at";
    let [conversation_id, sequence_number] = message.key();
    let values = [
        conversation_id,
        sequence_number,
        user_id.0.into(),
        message.hidden_from.map(|user| user.0).into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let hidden_from = message.hidden_from;
    tell(
        tx,
        &mut message,
        Told {
            user_id,
            pinned: true,
            hidden_from,
        },
        now,
    )
    .await
}

async fn unpin(tx: &Transaction, id: MessageId, user_id: UserId, now: Timestamp) -> Done {
    let mut message = lock_message(tx, id, user_id).await?;
    check_rights(&message)?;
    if message.blocks_other {
        return Err(Stop::Refused(MessageRefusal::Blocked));
    }
    let Some(unseen) = find_pin(tx, &message, user_id).await? else {
        return Ok(((), Vec::new()));
    };
    let text = "DELETE FROM pins WHERE conversation_id = $1 AND sequence_number = $2";
    tx.execute_raw(sql(tx.get_database_backend(), text, message.key()))
        .await?;
    // Who never saw it come does not see it go.
    let hidden_from = unseen.or(message.hidden_from);
    tell(
        tx,
        &mut message,
        Told {
            user_id,
            pinned: false,
            hidden_from,
        },
        now,
    )
    .await
}

/// The pin of a message that this user may see: who may not.
async fn find_pin(
    tx: &Transaction,
    message: &LockedMessage,
    user_id: UserId,
) -> Result<Option<Option<UserId>>, StoreError> {
    let text = format!(
        "SELECT x.hidden_from FROM pins x WHERE x.conversation_id = $2 \
         AND x.sequence_number = $3 AND {OPEN}"
    );
    let [conversation_id, sequence_number] = message.key();
    let values = [user_id.0.into(), conversation_id, sequence_number];
    let statement = sql(tx.get_database_backend(), text, values);
    let row = tx.query_one_raw(statement).await?;
    row.map(|row| Ok(column::<Option<Uuid>>(&row, "hidden_from")?.map(UserId)))
        .transpose()
}

/// What the log says of a pin.
struct Told {
    user_id: UserId,
    pinned: bool,
    hidden_from: Option<UserId>,
}

async fn tell(tx: &Transaction, message: &mut LockedMessage, told: Told, now: Timestamp) -> Done {
    let deed = Deed {
        entry: MessagePinned {
            message_id: message.id,
            sequence_number: message.sequence_number,
            pinned: told.pinned,
        },
        actor: told.user_id,
        hidden_from: told.hidden_from,
        content: None,
        at: now,
    };
    let committed = append_deed(tx, message, deed).await?;
    save_head(tx, &message.conversation.head).await?;
    Ok(((), vec![committed]))
}
