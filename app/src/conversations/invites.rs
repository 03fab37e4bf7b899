//! Invite links: making, showing and following them.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::api::invites::{InviteLink, InviteQuery, InvitedTo, JoinRequest};
use sentinal_store::{AddedParticipant, Stored};

use super::ConversationService;
use super::admissions::Admissions;
use super::codes::{code_of, new_code};
use crate::conversations::no_conversation;
use crate::conversations::participants::membership_error;
use crate::{ApiError, Caller};

impl ConversationService {
    /// Makes a new invite code; the one before leads nowhere from then on.
    pub async fn renew_invite(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<InviteLink, ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        let code = new_code();
        let written = code.clone();
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    store
                        .replace_invite_code(id, caller_id, &written, now)
                        .await
                })
            })
            .await?
            .map_err(membership_error)?;
        Ok(InviteLink {
            invite_link: self.link_of(&code),
            code,
        })
    }

    /// The group that a link leads to: all of it for those who take part, else little.
    pub async fn get_invited(
        &self,
        caller: &Caller,
        query: InviteQuery,
    ) -> Result<InvitedTo, ApiError> {
        let code = code_of(&query.link);
        let found = self
            .context
            .store
            .find_invited(caller.user_id, code)
            .await?;
        let invited = found.ok_or_else(no_conversation)?;
        if invited.takes_part {
            let own = self.get_conversation(caller, invited.preview.id).await?;
            return Ok(InvitedTo::Own(Box::new(own)));
        }
        Ok(InvitedTo::Preview(invited.preview))
    }

    /// Follows a link. New if the caller takes part from now on.
    pub async fn join_conversation(
        &self,
        caller: &Caller,
        request: JoinRequest,
    ) -> Result<Stored<Conversation>, ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        let code = code_of(&request.code).to_owned();
        let mut admissions = Admissions::default();
        let invited = self.context.store.find_invited(caller_id, &code).await?;
        if let Some(invited) = invited {
            self.take_rejoin(&mut admissions, caller_id, invited.preview.id)
                .await?;
        }
        let joined = self
            .context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move { store.join_conversation(caller_id, &code, now).await })
            })
            .await
            .and_then(|joined| joined.map_err(membership_error));
        if !matches!(joined, Ok((_, AddedParticipant::Added))) {
            self.give_back(admissions);
        }
        let (id, added) = joined?;
        let conversation = self.get_conversation(caller, id).await?;
        Ok(match added {
            AddedParticipant::Added => Stored::Created(conversation),
            AddedParticipant::Present => Stored::Unchanged(conversation),
        })
    }

    /// A conversation as it is shown: its invite code as a link.
    pub(crate) fn with_link(&self, mut conversation: Conversation) -> Conversation {
        let code = conversation.invite_link.take();
        conversation.invite_link = code.map(|code| self.link_of(&code));
        conversation
    }

    fn link_of(&self, code: &str) -> String {
        match &self.context.settings.public_url {
            Some(base) => format!("{base}/invite/{code}"),
            None => code.to_owned(),
        }
    }
}
