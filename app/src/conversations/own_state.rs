//! What callers arrange for themselves alone: mute, pin, archive; and what they have not read.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::{Conversation, MuteRequest};
use sentinal_protocol::api::sync::Unread;
use sentinal_protocol::{ConversationId, Timestamp};
use sentinal_store::{OwnState, OwnStateChange};

use super::ConversationService;
use crate::conversations::no_conversation;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl ConversationService {
    /// No notifications until a time, or for ever.
    pub async fn mute_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: MuteRequest,
    ) -> Result<Conversation, ApiError> {
        if request
            .until
            .is_some_and(|until| until <= self.context.clock.now())
        {
            return Err(ApiError::invalid("until", "must be in the future"));
        }
        let until = request.until.unwrap_or(Timestamp::FOREVER);
        self.arrange(caller, id, OwnState::MutedUntil(until)).await
    }

    /// Notifications again.
    pub async fn unmute_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        self.arrange(caller, id, OwnState::Unmuted).await
    }

    /// Above all conversations that are not pinned.
    pub async fn pin_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        let pinned = OwnState::PinnedSince(self.context.clock.now());
        self.arrange(caller, id, pinned).await
    }

    /// By its last message again.
    pub async fn unpin_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        self.arrange(caller, id, OwnState::Unpinned).await
    }

    /// Out of the ordinary lists.
    pub async fn archive_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        let archived = OwnState::ArchivedSince(self.context.clock.now());
        self.arrange(caller, id, archived).await
    }

    /// Into the ordinary lists again.
    pub async fn unarchive_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Conversation, ApiError> {
        self.arrange(caller, id, OwnState::Unarchived).await
    }

    async fn arrange(
        &self,
        caller: &Caller,
        id: ConversationId,
        state: OwnState,
    ) -> Result<Conversation, ApiError> {
        let change = self
            .context
            .store
            .set_own_state(id, caller.user_id, state)
            .await?;
        match change.ok_or_else(no_conversation)? {
            OwnStateChange::Unchanged => {}
            OwnStateChange::Changed { account_revision } => {
                self.context.tell_account_changed(caller, account_revision);
            }
        }
        self.get_conversation(caller, id).await
    }

    /// A page of the caller's conversations with unread messages, and the count over all.
    pub async fn list_unread(&self, caller: &Caller, query: PageQuery) -> Result<Unread, ApiError> {
        let page = slice(query.page, query.limit)?;
        let unread = self
            .context
            .store
            .list_unread(
                caller.user_id,
                (page.limit, page.offset),
                self.context.clock.now(),
            )
            .await?;
        Ok(unread)
    }
}
