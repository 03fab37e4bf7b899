//! Reactions to messages.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::reactions::{ReactionCounts, Reactions};
use sentinal_protocol::{MessageId, limits};

use super::MessageService;
use crate::messages::edits::message_error;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl MessageService {
    /// Adds the caller's reaction to a message.
    pub async fn add_reaction(
        &self,
        caller: &Caller,
        id: MessageId,
        reaction: String,
    ) -> Result<ReactionCounts, ApiError> {
        check_reaction(&reaction)?;
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.add_reaction(id, user_id, reaction, now).await })
            })
            .await?
            .map_err(message_error)?;
        self.count_reactions(caller, id).await
    }

    /// Takes the caller's reaction back.
    pub async fn remove_reaction(
        &self,
        caller: &Caller,
        id: MessageId,
        reaction: String,
    ) -> Result<ReactionCounts, ApiError> {
        check_reaction(&reaction)?;
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.remove_reaction(id, user_id, reaction, now).await })
            })
            .await?
            .map_err(message_error)?;
        self.count_reactions(caller, id).await
    }

    /// A page of who reacted to a message.
    pub async fn list_reactions(
        &self,
        caller: &Caller,
        id: MessageId,
        query: PageQuery,
    ) -> Result<Reactions, ApiError> {
        let page = slice(query.page, query.limit)?;
        let now = self.context.clock.now();
        let listed = self
            .context
            .store
            .list_reactions(id, caller.user_id, now, (page.offset, page.limit))
            .await?;
        listed.ok_or_else(|| ApiError::not_found("message"))
    }

    async fn count_reactions(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<ReactionCounts, ApiError> {
        let message = self.get_message(caller, id).await?;
        Ok(ReactionCounts {
            message_id: id,
            reactions: message.reactions,
        })
    }
}

fn check_reaction(reaction: &str) -> Result<(), ApiError> {
    // PostgreSQL's texts cannot hold it.
    if reaction.contains('\0') {
        return Err(ApiError::bad_request("U+0000 is not accepted."));
    }
    if !(1..=limits::REACTION_BYTES_MAX).contains(&reaction.len()) {
        return Err(ApiError::invalid("reaction", "must have 1 to 64 bytes"));
    }
    Ok(())
}
