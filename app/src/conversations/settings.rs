//! Changing a conversation as a whole: what it is called and allows, whose it is, and its end.

use std::time::Duration;

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{
    Conversation, TransferRequest, UpdateConversationRequest,
};
use sentinal_store::{DeleteRefusal, Deleted, Purged, UpdateRefusal};

use super::ConversationService;
use crate::conversations::no_conversation;
use crate::conversations::participants::membership_error;
use crate::{ApiError, Caller};

/// Deleted conversations looked at in one statement.
const PURGE_PAGE: u64 = 100;
/// Rows of a deleted conversation erased in one transaction: some ten milliseconds of the writer.
const PURGE_ROWS: u64 = 1_000;
/// Transactions in one round of tidying; the next round goes on.
const PURGES_PER_ROUND: usize = 50;
/// How long what is deleted waits for devices that have not heard of it.
const PURGE_AFTER: Duration = Duration::from_hours(90 * 24);

impl ConversationService {
    /// Changes what the request names and answers the conversation as it is then.
    pub async fn update_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: UpdateConversationRequest,
    ) -> Result<Conversation, ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    store
                        .update_conversation(id, caller_id, &request, now)
                        .await
                })
            })
            .await?
            .map_err(update_error)?;
        self.get_conversation(caller, id).await
    }

    /// Deletes a group for everybody; hides and clears a DM for the caller.
    pub async fn delete_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<(), ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        let deleted = self
            .context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move { store.delete_conversation(id, caller_id, now).await })
            })
            .await?
            .map_err(|refusal| match refusal {
                DeleteRefusal::NoConversation => no_conversation(),
                DeleteRefusal::Rank => ApiError::forbidden("Only its owner deletes a group."),
            })?;
        match deleted {
            Deleted::ForAll => {}
            Deleted::ForCaller { account_revision } => {
                self.context.tell_account_changed(caller, account_revision);
            }
        }
        Ok(())
    }

    /// Hands a group over to another participant.
    pub async fn transfer_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: TransferRequest,
    ) -> Result<Conversation, ApiError> {
        let (caller_id, heir, now) = (caller.user_id, request.user_id, self.context.clock.now());
        if heir == caller_id {
            return Err(ApiError::invalid("user_id", "must be someone else"));
        }
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move { store.transfer_conversation(id, caller_id, heir, now).await })
            })
            .await?
            .map_err(membership_error)?;
        self.get_conversation(caller, id).await
    }

    /// One round of taking old changes out of logs: those that every device has had for some days, and all
    /// after 90 days. Bounded; answers whether there is more to do at once.
    pub async fn compact_changes(&self) -> Result<bool, ApiError> {
        let now = self.context.clock.now();
        let compacted = self.context.store.compact_changes(now).await?;
        if compacted.changes > 0 {
            tracing::debug!(changes = compacted.changes, "old changes left the log");
        }
        Ok(compacted.is_more)
    }

    /// One round of erasing deleted conversations of whose end every device has heard, or that were
    /// deleted 90 days ago. Bounded; answers whether there is more to do at once.
    pub async fn tidy_conversations(&self) -> Result<bool, ApiError> {
        let before = self.context.clock.now().minus(PURGE_AFTER);
        let mut purges = PURGES_PER_ROUND;
        let mut last = None;
        loop {
            let page = self
                .context
                .store
                .list_deleted_conversations(last, PURGE_PAGE)
                .await?;
            for deleted in &page {
                if !deleted.heard_by_all && deleted.deleted_at > before {
                    continue;
                }
                loop {
                    if purges == 0 {
                        return Ok(true);
                    }
                    purges -= 1;
                    match self
                        .context
                        .store
                        .purge_conversation(deleted.id, PURGE_ROWS)
                        .await?
                    {
                        Purged::Partly => {}
                        Purged::Wholly => break,
                    }
                }
            }
            last = page.last().copied();
            if last.is_none() {
                return Ok(false);
            }
        }
    }
}

fn update_error(refusal: UpdateRefusal) -> ApiError {
    match refusal {
        UpdateRefusal::NoConversation => no_conversation(),
        UpdateRefusal::Rank => ApiError::forbidden("Your rank in this group does not allow it."),
        UpdateRefusal::Blocked => ApiError::blocked(),
        UpdateRefusal::NotInDm(field) => ApiError::invalid(field, "is for groups only"),
    }
}
