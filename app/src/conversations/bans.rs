//! Keeping people out of a group.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::bans::{Ban, Bans};
use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::{BanChange, Removal, Stored};

use super::ConversationService;
use super::codes::new_code;
use super::participants::membership_error;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl ConversationService {
    /// Keeps somebody out of a group, who is removed if they take part.
    pub async fn ban_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Stored<Ban>, ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        let new_code = new_code();
        let banned = self
            .context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    let removal = Removal {
                        user_id,
                        new_code: &new_code,
                        at: now,
                    };
                    store
                        .ban_participant(conversation_id, caller_id, removal)
                        .await
                })
            })
            .await?
            .map_err(membership_error)?;
        Ok(match banned {
            BanChange::Added(ban) => Stored::Created(ban),
            BanChange::Present(ban) => Stored::Unchanged(ban),
        })
    }

    /// Lets somebody come back who was banned.
    pub async fn unban_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<(), ApiError> {
        let caller_id = caller.user_id;
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    store
                        .unban_participant(conversation_id, caller_id, user_id)
                        .await
                })
            })
            .await?
            .map_err(membership_error)
    }

    /// Those who are banned from a group, for its admins.
    pub async fn list_bans(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        page: PageQuery,
    ) -> Result<Bans, ApiError> {
        let slice = slice(page.page, page.limit)?;
        let listed = self
            .context
            .store
            .list_bans(conversation_id, caller.user_id, (slice.offset, slice.limit))
            .await?;
        listed.map_err(membership_error)
    }
}
