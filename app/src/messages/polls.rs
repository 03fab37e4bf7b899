//! Voting in polls, and their results.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::polls::{Poll, VoteRequest};

use super::MessageService;
use crate::messages::edits::message_error;
use crate::{ApiError, Caller};

impl MessageService {
    /// Makes these options all that the caller votes for.
    pub async fn vote(
        &self,
        caller: &Caller,
        id: MessageId,
        request: VoteRequest,
    ) -> Result<Poll, ApiError> {
        let mut options = request.options;
        options.sort_unstable();
        options.dedup();
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.vote(id, user_id, options, now).await })
            })
            .await?
            .map_err(message_error)?;
        self.get_poll(caller, id).await
    }

    /// A poll with its votes.
    pub async fn get_poll(&self, caller: &Caller, id: MessageId) -> Result<Poll, ApiError> {
        let now = self.context.clock.now();
        let found = self
            .context
            .store
            .find_poll(id, caller.user_id, now)
            .await?;
        found.ok_or_else(|| ApiError::not_found("poll"))
    }
}
