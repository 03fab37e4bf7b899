//! Deleting messages, and what changes a message for the caller alone.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::event::EventKind;
use sentinal_store::{Deletion, OwnChange};
use serde_json::Map;

use super::edits::message_error;
use super::{ApiError, App, Caller};

impl App {
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
        let change = self.store.hide_message(id, caller.user_id).await?;
        self.own_change(caller, change)
    }

    async fn delete(
        &self,
        caller: &Caller,
        id: MessageId,
        deletion: Deletion,
    ) -> Result<(), ApiError> {
        let (user_id, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move { store.delete_message(id, user_id, deletion, now).await })
            })
            .await?
            .map_err(message_error)
    }

    /// Tells the caller's devices that their view of a message has changed.
    pub(super) fn own_change(&self, caller: &Caller, change: OwnChange) -> Result<(), ApiError> {
        match change {
            OwnChange::NoMessage => Err(ApiError::not_found("message")),
            OwnChange::Unchanged => Ok(()),
            OwnChange::Changed(account_revision) => {
                let fields =
                    Map::from_iter([("account_revision".to_owned(), account_revision.into())]);
                self.account_event(caller.user_id, EventKind::AccountChanged, fields);
                Ok(())
            }
        }
    }
}
