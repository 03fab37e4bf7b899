//! Who takes part in a conversation: listing, adding, removing, leaving, ranks.

use sentinal_protocol::api::conversations::{
    AddParticipantRequest, Participant, Participants, UpdateRoleRequest,
};
use sentinal_protocol::{ConversationId, ErrorCode, Role, UserId};
use sentinal_store::{AddedParticipant, MembershipRefusal};

use super::conversations::{group_full, no_conversation};
use super::{ApiError, App, Caller};

/// What adding someone gave.
#[derive(Clone, Debug)]
pub enum Joined {
    /// They take part from now on.
    New(Participant),
    /// They did already, with the rank shown.
    Present(Participant),
}

impl App {
    /// Everybody who takes part, with the devices that senders must encrypt to.
    pub async fn list_participants(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<Participants, ApiError> {
        let listed = self
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
        let (caller_id, user_id, now) = (caller.user_id, request.user_id, self.clock.now());
        let role = request.role.unwrap_or(Role::Member);
        let added = self
            .journal
            .change(move |store| {
                Box::pin(async move {
                    store
                        .add_participant(conversation_id, caller_id, user_id, role, now)
                        .await
                })
            })
            .await?
            .map_err(membership_error)?;
        let participant = self
            .get_participant(caller, conversation_id, user_id)
            .await?;
        Ok(match added {
            AddedParticipant::Added => Joined::New(participant),
            AddedParticipant::Present => Joined::Present(participant),
        })
    }

    /// Takes someone out of a group; oneself: leaves it.
    pub async fn remove_participant(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<(), ApiError> {
        let (caller_id, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
                Box::pin(async move {
                    store
                        .remove_participant(conversation_id, caller_id, user_id, now)
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
        let (caller_id, now) = (caller.user_id, self.clock.now());
        self.journal
            .change(move |store| {
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
            .store
            .find_participant(conversation_id, caller.user_id, user_id)
            .await?;
        found.ok_or_else(|| ApiError::not_found("participant"))
    }
}

/// What a caller is told of a membership that was not changed.
pub(super) fn membership_error(refusal: MembershipRefusal) -> ApiError {
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
        MembershipRefusal::LastOwner => ApiError::new(
            ErrorCode::Conflict,
            "A group always has an owner; name another one first.",
        ),
    }
}
