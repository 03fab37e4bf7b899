//! Who takes part in a conversation: listing, adding, removing, leaving, ranks.

use sentinal_protocol::api::conversations::{
    AddParticipantRequest, Participant, Participants, UpdateRoleRequest,
};
use sentinal_protocol::{ConversationId, ErrorCode, Role, UserId, limits};
use sentinal_store::{AddedParticipant, Membership, MembershipRefusal, Removal};

use super::ConversationService;
use super::admissions::{AdmissionRefusal, Admissions};
use super::codes::new_code;
use crate::conversations::{group_full, no_conversation, too_many_conversations};
use crate::{ApiError, Caller};

/// What adding someone gave.
#[derive(Clone, Debug)]
pub enum Joined {
    /// They take part from now on.
    New(Participant),
    /// They did already, with the rank shown.
    Present(Participant),
}

impl ConversationService {
    /// Everybody who takes part, with the devices that senders must encrypt to.
    pub async fn list_participants(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<Participants, ApiError> {
        let listed = self
            .context
            .store
            .list_participants(conversation_id, caller.user_id)
            .await?;
        listed.ok_or_else(no_conversation)
    }

    /// Puts someone into a group.
    pub async fn add_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        request: AddParticipantRequest,
    ) -> Result<Joined, ApiError> {
        let (caller_id, user_id, now) = (caller.user_id, request.user_id, self.context.clock.now());
        let role = request.role.unwrap_or(Role::Member);
        let admissions = self
            .take_admission(caller, conversation_id, user_id)
            .await?;
        let added = self
            .context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    store
                        .add_participant(conversation_id, caller_id, user_id, role, now)
                        .await
                })
            })
            .await
            .and_then(|added| added.map_err(membership_error));
        if !matches!(added, Ok(AddedParticipant::Added)) {
            self.give_back(admissions);
        }
        let added = added?;
        let participant = self
            .get_participant(caller, conversation_id, user_id)
            .await?;
        Ok(match added {
            AddedParticipant::Added => Joined::New(participant),
            AddedParticipant::Present => Joined::Present(participant),
        })
    }

    async fn take_admission(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Admissions, ApiError> {
        let membership = self
            .context
            .store
            .find_membership(conversation_id, user_id)
            .await?;
        if membership == Membership::Present {
            // A repeat.
            return Ok(Admissions::default());
        }
        let taken = self.take_admissions(caller, &[user_id]).await;
        let mut admissions = taken.map_err(|refusal| match refusal {
            AdmissionRefusal::TooOften(_) => membership_error(MembershipRefusal::UnknownUser),
            AdmissionRefusal::Error(error) => error,
        })?;
        let rejoin = self.take_rejoin(&mut admissions, user_id, conversation_id);
        if let Err(refusal) = rejoin.await {
            self.give_back(admissions);
            return Err(refusal);
        }
        Ok(admissions)
    }

    /// Takes someone out of a group, whose invite code is another one then; oneself: leaves it.
    pub async fn remove_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<(), ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        let new_code = new_code();
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    let removal = Removal {
                        user_id,
                        new_code: &new_code,
                        at: now,
                    };
                    store
                        .remove_participant(conversation_id, caller_id, removal)
                        .await
                })
            })
            .await?
            .map_err(membership_error)
    }

    /// Leaves a group. An owner who is the only one hands it over to the oldest admin, else to the
    /// oldest member.
    pub async fn leave_conversation(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<(), ApiError> {
        self.remove_participant(caller, conversation_id, caller.user_id)
            .await
    }

    /// Gives someone another rank.
    pub async fn update_participant_role(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
        request: UpdateRoleRequest,
    ) -> Result<Participant, ApiError> {
        let (caller_id, now) = (caller.user_id, self.context.clock.now());
        self.context
            .journal
            .change(caller_id, move |store| {
                Box::pin(async move {
                    store
                        .update_role(conversation_id, caller_id, user_id, request.role, now)
                        .await
                })
            })
            .await?
            .map_err(membership_error)?;
        self.get_participant(caller, conversation_id, user_id).await
    }

    async fn get_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Participant, ApiError> {
        let found = self
            .context
            .store
            .find_participant(conversation_id, caller.user_id, user_id)
            .await?;
        found.ok_or_else(|| ApiError::not_found("participant"))
    }
}

/// What a caller is told of a membership that was not changed.
pub(crate) fn membership_error(refusal: MembershipRefusal) -> ApiError {
    match refusal {
        MembershipRefusal::NoConversation => no_conversation(),
        MembershipRefusal::NoParticipant => ApiError::not_found("participant"),
        MembershipRefusal::Dm => ApiError::new(
            ErrorCode::DmImmutable,
            "The participants of a direct conversation are fixed.",
        ),
        MembershipRefusal::Rank => {
            ApiError::forbidden("Your rank in this group does not allow it.")
        }
        MembershipRefusal::UnknownUser => ApiError::invalid("user_id", "no such user"),
        MembershipRefusal::GroupFull => group_full(),
        MembershipRefusal::BansFull => ApiError::new(
            ErrorCode::Conflict,
            format!(
                "A group has at most {} bans; lift another one first.",
                limits::BANS_MAX
            ),
        ),
        MembershipRefusal::TooManyConversations => too_many_conversations(),
        MembershipRefusal::LastOwner => ApiError::new(
            ErrorCode::Conflict,
            "A group always has an owner; name another one first.",
        ),
    }
}
