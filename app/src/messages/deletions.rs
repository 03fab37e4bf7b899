//! Deleting messages, and what changes a message for the caller alone.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;
use sentinal_store::{Deletion, OwnChange};

use super::MessageService;
use crate::messages::edits::message_error;
use crate::{ApiError, Caller};

impl MessageService {
    /// Takes a message's content away for everybody; answers its tombstone.
    pub async fn delete_message(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<Message, ApiError> {
        self.delete(caller, id, Deletion::Soft).await?;
        self.get_message(caller, id).await
    }

    /// Takes a message away for everybody, its place in history too.
    pub async fn hard_delete_message(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<(), ApiError> {
        self.delete(caller, id, Deletion::Hard).await
    }

    /// Takes a message away for the caller alone.
    pub async fn hide_message(&self, caller: &Caller, id: MessageId) -> Result<(), ApiError> {
        let change = self.context.store.hide_message(id, caller.user_id).await?;
        self.own_change(caller, change)
    }

    async fn delete(
        &self,
        caller: &Caller,
        id: MessageId,
        deletion: Deletion,
    ) -> Result<(), ApiError> {
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.delete_message(id, user_id, deletion, now).await })
            })
            .await?
            .map_err(message_error)
    }

    /// Tells the caller's devices that their view of a message has changed.
    pub(crate) fn own_change(&self, caller: &Caller, change: OwnChange) -> Result<(), ApiError> {
        match change {
            OwnChange::NoMessage => Err(ApiError::not_found("message")),
            OwnChange::Unchanged => Ok(()),
            OwnChange::Changed(account_revision) => {
                self.context.tell_account_changed(caller, account_revision);
                Ok(())
            }
        }
    }
}
