//! What putting people into groups costs, beside what every request costs: people who do not have the
//! adder as a contact, and those who come back again and again.
//!
//! Taken before the change is handed in, and given back if it put nobody anywhere: no rate is used up by
//! attempts that fail.

use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::Membership;

use super::ConversationService;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// What was taken for people who are to be put into a group.
#[derive(Default)]
pub(super) struct Admissions {
    /// By whom, and how many strangers there were.
    by: Option<(UserId, u32)>,
    /// Strangers of whom it was taken, too.
    strangers: Vec<UserId>,
    rejoin: Option<(UserId, ConversationId)>,
}

/// Why people cannot be put into a group.
pub(super) enum AdmissionRefusal {
    /// These have been put into too many groups by strangers lately: the caller is told what they would
    /// be told if the privacy of these people forbade it.
    TooOften(Vec<UserId>),
    /// Anything else.
    Error(ApiError),
}

impl From<ApiError> for AdmissionRefusal {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

impl ConversationService {
    /// Takes what it costs to put people into a group.
    pub(super) async fn take_admissions(
        &self,
        caller: &Caller,
        users: &[UserId],
    ) -> Result<Admissions, AdmissionRefusal> {
        let mut admissions = Admissions::default();
        let strangers = self
            .context
            .store
            .list_strangers(caller.user_id, users)
            .await
            .map_err(ApiError::from)?;
        let limits = &self.context.limits;
        let cost = u32::try_from(strangers.len()).unwrap_or(u32::MAX);
        limits.check_many(Bucket::Strangers, caller.user_id, cost)?;
        admissions.by = Some((caller.user_id, cost));
        let (taken, too_often) = strangers
            .into_iter()
            .partition::<Vec<_>, _>(|user| limits.admit_stranger(*user));
        admissions.strangers = taken;
        if too_often.is_empty() {
            return Ok(admissions);
        }
        self.give_back(admissions);
        Err(AdmissionRefusal::TooOften(too_often))
    }

    /// Takes what it costs that somebody comes back to a conversation, if it is that.
    pub(super) async fn take_rejoin(
        &self,
        admissions: &mut Admissions,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<(), ApiError> {
        let membership = self
            .context
            .store
            .find_membership(conversation, user)
            .await?;
        if membership == Membership::Left {
            self.context.limits.check_rejoin(user, conversation)?;
            admissions.rejoin = Some((user, conversation));
        }
        Ok(())
    }

    /// Gives back what was taken for people who were not put anywhere.
    pub(super) fn give_back(&self, admissions: Admissions) {
        let limits = &self.context.limits;
        if let Some((user, cost)) = admissions.by {
            limits.give_back_many(Bucket::Strangers, user, cost);
        }
        for user in admissions.strangers {
            limits.forget_stranger(user);
        }
        if let Some((user, conversation)) = admissions.rejoin {
            limits.forget_rejoin(user, conversation);
        }
    }
}
