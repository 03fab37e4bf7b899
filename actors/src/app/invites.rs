//! Invite links: making, showing and following them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::api::invites::{InviteLink, InviteQuery, InvitedTo, JoinRequest};
use sentinal_store::{AddedParticipant, Stored};

use super::conversations::no_conversation;
use super::participants::membership_error;
use super::{ApiError, App, Caller};

impl App {
    /// Makes a new invite code; the one before leads nowhere from then on.
    pub async fn renew_invite(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<InviteLink, ApiError> {
        let (caller_id, now) = (caller.user_id, self.clock.now());
        let code = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let written = code.clone();
        self.journal
            .change(move |store| {
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
        let found = self.store.find_invited(caller.user_id, code).await?;
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
        let (caller_id, now) = (caller.user_id, self.clock.now());
        let code = code_of(&request.code).to_owned();
        let (id, added) = self
            .journal
            .change(move |store| {
                Box::pin(async move { store.join_conversation(caller_id, &code, now).await })
            })
            .await?
            .map_err(membership_error)?;
        let conversation = self.get_conversation(caller, id).await?;
        Ok(match added {
            AddedParticipant::Added => Stored::Created(conversation),
            AddedParticipant::Present => Stored::Unchanged(conversation),
        })
    }

    /// A conversation as it is shown: its invite code as a link.
    pub(super) fn with_link(&self, mut conversation: Conversation) -> Conversation {
        let code = conversation.invite_link.take();
        conversation.invite_link = code.map(|code| self.link_of(&code));
        conversation
    }

    fn link_of(&self, code: &str) -> String {
        match &self.settings.public_url {
            Some(base) => format!("{base}/invite/{code}"),
            None => code.to_owned(),
        }
    }
}

/// The code of a link, which may be the code itself. Links of another address will do: what counts
/// is the code.
fn code_of(link: &str) -> &str {
    let path = link.split(['?', '#']).next().unwrap_or(link);
    let path = path.trim().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_whatever_people_paste() {
        for link in [
            "abc_12-3",
            "https://chat.example/invite/abc_12-3",
            " https://chat.example/app/invite/abc_12-3/?from=mail#top ",
        ] {
            assert_eq!(code_of(link), "abc_12-3", "{link}");
        }
        assert_eq!(code_of(""), "");
    }
}
