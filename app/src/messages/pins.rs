//! Messages kept at hand: pinned for everybody, starred for the caller.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::api::pins::{Pins, Starred};
use sentinal_protocol::{ConversationId, MessageId};
use sentinal_store::MessageRefusal;

use super::MessageService;
use crate::conversations::no_conversation;
use crate::messages::edits::message_error;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl MessageService {
    /// Pins a message for everybody; answers it.
    pub async fn pin_message(&self, caller: &Caller, id: MessageId) -> Result<Message, ApiError> {
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.pin_message(id, user_id, now).await })
            })
            .await?
            .map_err(message_error)?;
        self.get_message(caller, id).await
    }

    /// Ends the pinning of a message; answers it.
    pub async fn unpin_message(&self, caller: &Caller, id: MessageId) -> Result<Message, ApiError> {
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.unpin_message(id, user_id, now).await })
            })
            .await?
            .map_err(message_error)?;
        self.get_message(caller, id).await
    }

    /// A page of a conversation's pinned messages.
    pub async fn list_pins(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        query: PageQuery,
    ) -> Result<Pins, ApiError> {
        let page = slice(query.page, query.limit)?;
        let listed = self
            .context
            .store
            .list_pins(
                self.viewer(caller),
                conversation_id,
                (page.offset, page.limit),
            )
            .await?;
        listed.ok_or_else(no_conversation)
    }

    /// Stars a message for the caller; answers it.
    pub async fn star_message(&self, caller: &Caller, id: MessageId) -> Result<Message, ApiError> {
        if self.get_message(caller, id).await?.deleted_at.is_some() {
            return Err(message_error(MessageRefusal::Gone));
        }
        let now = self.context.clock.now();
        let change = self
            .context
            .store
            .star_message(id, caller.user_id, now)
            .await?;
        self.own_change(caller, change)?;
        self.get_message(caller, id).await
    }

    /// Takes the caller's star off a message; answers it.
    pub async fn unstar_message(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<Message, ApiError> {
        let change = self
            .context
            .store
            .unstar_message(id, caller.user_id)
            .await?;
        self.own_change(caller, change)?;
        self.get_message(caller, id).await
    }

    /// A page of the caller's starred messages.
    pub async fn list_starred(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Starred, ApiError> {
        let page = slice(query.page, query.limit)?;
        let viewer = self.viewer(caller);
        let listed = self
            .context
            .store
            .list_starred(viewer, (page.offset, page.limit));
        Ok(listed.await?)
    }
}
